"""What of an instance Python can see: its state, and whether that is all of it."""

from __future__ import annotations

import functools
import types
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

__all__ = ["state_of", "wholly_seen"]

_WORD = tuple.__itemsize__

# Where attrs and msgspec keep a hash that somebody has asked for.
_HASHES = frozenset(("_attrs_cached_hash", "__msgspec_cached_hash__"))


def state_of(value: object, base: type = object) -> dict[str, Any]:
    """Everything an instance holds beside what it has of `base`, without cached properties.

    It is read past `__getattr__`, which might change it.
    """
    kind: Any = type(value)
    state = dict(value.__dict__) if kind.__dictoffset__ else {}
    for name, slot in _slots(kind, base):
        with suppress(AttributeError):
            # Whoever writes to `__dict__` itself may have taken the name of a slot.
            state[name if name not in state else f"{name} in a slot"] = slot.__get__(value)
    if cached := [name for name in state if _computed(kind, name)]:
        return {name: state[name] for name in state.keys() - cached}
    return state


# Looking through all that a model's classes have takes longer than writing the model.
@functools.lru_cache(maxsize=1024)
def _slots(kind: Any, base: Any) -> tuple[tuple[str, Any], ...]:
    """The slots of a class and of its bases up to `base`, by names of which each is one."""
    found: dict[str, Any] = {}
    for one in kind.__mro__:
        for name, slot in _own_slots(one) if one not in base.__mro__ else ():
            # A class may have a slot of the name that one of its bases has.
            found[name if name not in found else f"{one.__qualname__}.{name}"] = slot
    return tuple(found.items())


def _own_slots(kind: Any) -> Iterator[tuple[str, Any]]:
    # attrs keeps its cached properties in slots that are no fields.
    listed = vars(kind).get("__attrs_attrs__")
    names = vars(kind).keys() if listed is None else {field.name for field in listed}
    for name, part in vars(kind).items():
        if isinstance(part, types.MemberDescriptorType) and name in names:
            yield name, part


def _computed(kind: type, name: str) -> bool:
    return name in _HASHES or isinstance(getattr(kind, name, None), functools.cached_property)


def wholly_seen(kind: type, base: type = object) -> bool:
    """Whether `__dict__`, slots and weak references explain all that `kind` adds to `base`.

    State that C keeps beside them cannot be seen from here.
    """
    members = types.MemberDescriptorType
    slots = sum(
        isinstance(part, members)
        for one in kind.__mro__
        # A class written in C may show fewer members, or smaller ones, than it has.
        if one not in base.__mro__ and "__slots__" in vars(one)
        for part in vars(one).values()
    )
    places = _places(kind) - _places(base)
    added = kind.__basicsize__ - base.__basicsize__
    return kind.__itemsize__ == base.__itemsize__ and added <= _WORD * (slots + places)


def _places(kind: type) -> int:
    """Words of the instance that hold its `__dict__` and weak references.

    Newer Pythons keep them before the instance, and an instance of variable size at its end.
    """
    offsets = (kind.__dictoffset__, kind.__weakrefoffset__)
    return sum(offset > 0 or (offset != 0 and kind.__itemsize__ > 0) for offset in offsets)
