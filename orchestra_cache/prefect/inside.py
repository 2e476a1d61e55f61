"""How something inside of arguments is put in the place of something else.

At all depths of what Prefect looks into for futures: collections of any class, dataclasses and
pydantic models. Only what holds something that is replaced is made anew.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from pydantic import BaseModel

__all__ = ["UnhashableError", "replaced"]

# Most of what there is in large collections.
_PLAIN = frozenset({int, float, str, bytes, bool, type(None)})


class UnhashableError(TypeError):
    """Something cannot be where a part was: in a set, or the key of a dict. It says in which."""


def replaced(value: Any, replacement: Callable[[Any], Any]) -> Any:
    """The value with another one wherever the replacement of a part is not the part itself.

    What was put in is not looked into. Parts that are shared, or hold themselves, are looked at
    once; where one holds itself, it goes on holding the old one.

    Raises:
        UnhashableError: The other value cannot be where the part was.
    """
    return _replaced(value, replacement, {})


def _replaced(value: Any, replacement: Callable[[Any], Any], seen: dict[int, Any]) -> Any:
    if type(value) in _PLAIN:
        return value
    other = replacement(value)
    if other is not value:
        return other
    if id(value) in seen:
        return seen[id(value)]
    seen[id(value)] = value
    seen[id(value)] = result = _with_parts(value, lambda part: _replaced(part, replacement, seen))
    return result


def _with_parts(value: Any, part: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict):
        return _mapping(value, part)
    if isinstance(value, (list, tuple, set, frozenset)):
        parts = [part(old) for old in value]
        same = all(new is old for new, old in zip(parts, value, strict=True))
        return value if same else _collection(value, parts)
    if isinstance(value, BaseModel):
        changed = _changed({**value.__dict__, **(value.__pydantic_extra__ or {})}, part)
        return value.model_copy(update=changed) if changed else value
    if is_dataclass(value) and not isinstance(value, type):
        return _record(value, part)
    return value


def _mapping(value: dict[Any, Any], part: Callable[[Any], Any]) -> dict[Any, Any]:
    items = [(part(key), part(held)) for key, held in value.items()]
    old = value.items()
    if all(a is key and b is held for (a, b), (key, held) in zip(items, old, strict=True)):
        return value
    # Of a class of its own it has what that needs besides, such as a default.
    made = copy.copy(value)
    made.clear()
    try:
        made.update(items)
    except TypeError as error:
        raise UnhashableError(type(value).__name__) from error
    return made


def _collection(value: Any, parts: Iterable[Any]) -> Any:
    if isinstance(value, list):
        made = copy.copy(value)
        made[:] = parts
        return made
    if hasattr(value, "_make"):
        return value._make(parts)
    try:
        return type(value)(parts)
    except TypeError as error:
        if isinstance(value, tuple):
            raise
        raise UnhashableError(type(value).__name__) from error


def _record(value: Any, part: Callable[[Any], Any]) -> Any:
    held = {field.name: getattr(value, field.name, None) for field in fields(value)}
    changed = _changed(held, part)
    if not changed:
        return value
    # Its constructor may want other things than its fields, and a frozen one can be made by none.
    made = copy.copy(value)
    for name, new in changed.items():
        object.__setattr__(made, name, new)
    return made


def _changed(held: Mapping[str, Any], part: Callable[[Any], Any]) -> dict[str, Any]:
    parts = {name: part(old) for name, old in held.items()}
    return {name: new for name, new in parts.items() if new is not held[name]}
