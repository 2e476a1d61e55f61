"""Which of the names that somebody watches an object goes by, however its user spelt it.

Objects are compared, not spellings, as far as they are loaded; nothing is loaded to compare it.
What is not loaded yet is told by the name that it is about to be imported by.
"""

from __future__ import annotations

import functools
import inspect
import re
import sys
import types
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from orchestra_cache.fingerprints.origin import module_name_of, origin_of
from orchestra_cache.fingerprints.values.objects import class_name

__all__ = ["Named", "Watched", "loaded"]

_NOTHING = object()


@dataclass(frozen=True, slots=True)
class Named:
    """Something that is not loaded, by its dotted name."""

    name: str


class Watched:
    """Names of modules, with all below them; of functions; of methods, with those of subclasses.

    Args:
        names: As one would import them: `prefect.runtime`, `prefect.blocks.core.Block.load`.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = sorted(names)
        self._tops = frozenset(name.partition(".")[0] for name in self._names)
        self._functions: list[tuple[str, object]] = []
        self._methods: list[tuple[type, str]] = []
        for name in self._names:
            self._add(name)

    def _add(self, name: str) -> None:
        parent, _, last = name.rpartition(".")
        owner = loaded(parent)
        if isinstance(owner, type):
            self._methods.append((owner, last))
        elif isinstance(owner, types.ModuleType):
            held = _member(owner, last)
            if not isinstance(held, (types.ModuleType, Named)):
                self._functions.append((name, held))

    def use(self, held: object, names: tuple[str, ...], *, whole: bool) -> str | None:
        """What is watched of `held.names…`, as people know it; None if nothing is.

        Args:
            whole: It is handed on: of a module or class, anything may be used then.
        """
        while not isinstance(held, Named):
            found = self._known(held, names)
            if found is not None or held is _NOTHING:
                return found
            if not names:
                return self._handed_on(held) if whole else None
            held, names = self._step(held, names[0]), names[1:]
        return self._by_name(held.name, names, whole=whole)

    def _known(self, held: Any, names: tuple[str, ...]) -> str | None:
        if isinstance(held, types.ModuleType):
            return self._below(held, names)
        if isinstance(held, types.MethodType):
            return self._known(held.__self__, (held.__name__,))
        kind = held if isinstance(held, type) else type(held)
        if names and self._has(kind, names[0]):
            return f"{class_name(kind)}.{names[0]}"
        return next((name for name, one in self._functions if _same(held, one)), None)

    def _below(self, module: types.ModuleType, names: tuple[str, ...]) -> str | None:
        if any(_is_within(module.__name__, name) for name in self._names):
            return _dotted(module, names)
        if not names or not isinstance(_member(module, names[0]), Named):
            return None
        # As it is spelt: a module may be about to get it, when it is asked.
        full = ".".join((module.__name__, *names))
        return next((name for name in self._names if _is_within(full, name)), None)

    def _has(self, kind: type, method: str) -> bool:
        return any(method == name and issubclass(kind, owner) for owner, name in self._methods)

    def _handed_on(self, held: object) -> str | None:
        if isinstance(held, types.ModuleType):
            above = any(_is_within(name, held.__name__) for name in self._names)
            return held.__name__ if above else None
        if isinstance(held, type) and any(issubclass(held, owner) for owner, _ in self._methods):
            return class_name(held)
        return None

    def _step(self, held: object, name: str) -> object:
        if isinstance(held, types.ModuleType):
            lazy = held.__name__.partition(".")[0] in self._tops
            return _asked(held, name) if lazy else _member(held, name)
        # Of a class `type(self)` and `self.__class__` are asked as well.
        return held if name == "__class__" else _attribute(held, name)

    def _by_name(self, name: str, names: tuple[str, ...], *, whole: bool) -> str | None:
        full = ".".join((name, *names))
        for one in self._names:
            if _is_within(full, one) or (whole and _is_within(one, full)):
                return one if _is_within(full, one) else full
        methods = {method for _, method in self._methods}
        # A block of an integration: whatever its class is, the package needs the watched one.
        told = bool(methods.intersection(names)) and self._builds_on(full.partition(".")[0])
        return full if told else None

    def _builds_on(self, top: str) -> bool:
        if top in self._tops:
            return True
        needed = {origin_of(one).distribution for one in self._tops} - {None}
        return not needed.isdisjoint(_requirements(origin_of(top).distribution or ""))


@functools.lru_cache(maxsize=256)
def _requirements(distribution: str) -> frozenset[str]:
    import importlib.metadata

    try:
        found = importlib.metadata.requires(distribution) or []
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return frozenset()
    always = [one for one in found if "extra ==" not in one]
    return frozenset(re.split(r"[^\w.-]", one, maxsplit=1)[0] for one in always)


def _is_within(name: str, above: str) -> bool:
    return name == above or name.startswith(above + ".")


def _dotted(module: types.ModuleType, names: tuple[str, ...]) -> str:
    """A name below a module: of what a value in it has, nothing."""
    name = module.__name__
    for one in names:
        name = f"{name}.{one}"
        if name not in sys.modules:
            break
    return name


def _same(held: Any, one: Any) -> bool:
    """Whether two are one function: loaded twice or pickled by value, it is another object."""
    if held is one:
        return True
    if not isinstance(held, types.FunctionType) or not isinstance(one, types.FunctionType):
        return False
    inner, other = inspect.unwrap(held), inspect.unwrap(one)
    places = [(module_name_of(one), one.__qualname__) for one in (inner, other)]
    return inner is other or places[0] == places[1]


def loaded(name: str) -> object:
    """What is loaded under a dotted name, a module or something in one; else the name."""
    if not name or name in sys.modules:
        return sys.modules.get(name, Named(name))
    parent, _, last = name.rpartition(".")
    owner = loaded(parent)
    return _member(owner, last) if isinstance(owner, types.ModuleType) else Named(name)


def _member(module: types.ModuleType, name: str) -> object:
    full = f"{module.__name__}.{name}"
    return vars(module).get(name, sys.modules.get(full, Named(full)))


def _asked(module: types.ModuleType, name: str) -> object:
    """The same of a module that gets some of its names when it is asked for them."""
    held = _member(module, name)
    if isinstance(held, Named) and "__getattr__" in vars(module):
        with suppress(Exception):
            return getattr(module, name)
    return held


def _attribute(held: object, name: str) -> object:
    """What an object or class has by a name, without running any of its code."""
    own: Any = {}
    with suppress(AttributeError, TypeError):
        own = object.__getattribute__(held, "__dict__") if not isinstance(held, type) else {}
    if isinstance(own, dict) and name in own:
        return own[name]
    for kind in (held if isinstance(held, type) else type(held)).__mro__:
        if name in vars(kind):
            found = vars(kind)[name]
            return found.__func__ if isinstance(found, staticmethod) else found
    return _NOTHING
