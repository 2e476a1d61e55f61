"""Whether anything that a trace has read is another thing now: asked at every call of a task.

What was read are bindings: names of modules, cells of closures, members of classes. They are
compared by identity; a value that can change in place is written again, at its own cost.
"""

from __future__ import annotations

import abc
import builtins
import datetime
import decimal
import enum
import fractions
import functools
import operator
import pathlib
import re
import sys
import types
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from orchestra_cache.errors import DatasetError, FingerprintError
from orchestra_cache.fingerprints.code.conditions import Conditions
from orchestra_cache.fingerprints.code.makings import Making
from orchestra_cache.fingerprints.code.orchestrators import attributes_of, orchestrated
from orchestra_cache.fingerprints.code.reach import Several, Unbound
from orchestra_cache.fingerprints.code.sketches import Sketch
from orchestra_cache.fingerprints.code.tracer import Tracer
from orchestra_cache.fingerprints.grammar import binary
from orchestra_cache.fingerprints.origin import origin_of

__all__ = ["Watch"]

# Not so their subclasses, which can hold more.
_UNCHANGING = frozenset((
    type(None), bool, int, float, complex, str, bytes, type(...), range, re.Pattern, uuid.UUID,
    datetime.date, datetime.time, datetime.datetime, datetime.timedelta, datetime.timezone,
    decimal.Decimal, fractions.Fraction, pathlib.PosixPath, pathlib.PurePosixPath,
    types.BuiltinFunctionType, types.MethodDescriptorType,
))  # fmt: skip

# Bindings that are no names of the code; and those that are written anew from what is watched.
_NO_NAMES = frozenset(("class", "metaclass", "options"))
_TAKEN_FROM_CLASSES = frozenset(("field", "options"))

_CACHED = type(functools.lru_cache(lambda: None))
_MISSING = Unbound()


class Watch:
    """All that a tracer has looked at.

    Attributes:
        settled: Nothing has changed since the tracer looked at it.
    """

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self._conditions = Conditions()
        self._complete = True
        self.settled = True
        self._known: dict[int, object] = {}
        self._looked: list[tuple[object, object]] = []
        # Attributes of functions that have none; asked together.
        self._empty: list[dict[str, Any]] = []
        for thing in tracer.found:
            self._take(thing, tracer.sketches[id(thing)])

    def unchanged(self) -> bool:
        """Whether a trace now would find the same; False also where that cannot be told."""
        if not self._complete or any(self._empty) or not self._conditions.hold():
            return False
        return not self._looked or all(self._look(one) == before for one, before in self._looked)

    def _take(self, thing: Any, found: Sketch) -> None:
        names = _names_of(thing)
        cells: dict[str, types.CellType] = {}
        if isinstance(thing, types.FunctionType):
            cells = _cells(thing)
            self._function(thing)
        elif isinstance(thing, type):
            self._class(names, thing)
        elif isinstance(thing, types.ModuleType):
            # Also a reload, which binds `__spec__` anew.
            self._items(names, names)
        else:
            # What a notebook has run grows, and none of it need bind anything.
            self._complete = self._complete and "In" not in names
        for name, value in found.bindings.items():
            kind, space, what = name.partition(" ")
            if not space and kind not in _NO_NAMES:
                self._chain(names, cells, found.imports, name.split("."), value)
            elif kind == "import" and isinstance(thing, types.FunctionType):
                self._imported(names, what, "")
            # Nobody tells of a class that it has one more subclass.
            self._complete = self._complete and kind != "subclasses"
            if kind not in _TAKEN_FROM_CLASSES:
                self._content(names, value, self._tracer.seen[id(thing), name])

    def _content(self, names: dict[str, Any], value: object, seen: bytes) -> None:
        count = len(self._looked)
        self._value(names, value)
        if len(self._looked) > count:
            self._settle(value, seen)

    def _settle(self, value: object, seen: bytes) -> None:
        """Compare with what the trace saw: what it imported may have changed this meanwhile."""
        try:
            self.settled = self.settled and self._tracer.written(value, lambda _: b"") == seen
        except (DatasetError, FingerprintError):
            self.settled = False

    def _class(self, names: dict[str, Any], kind: type) -> None:
        self._conditions.add(names, "{0}.__bases__ is {1}", kind, kind.__bases__)
        self._items(names, vars(kind))
        for one in vars(kind).values():
            if isinstance(one, functools.cached_property):
                self._conditions.add(names, "{0}.func is {1}", one, one.func)
        for one in kind if isinstance(kind, enum.EnumMeta) else ():
            self._conditions.add(names, "{0}._value_ is {1}", one, one._value_)
        annotations = vars(kind).get("__annotations__")
        if isinstance(annotations, dict):
            self._items(names, annotations)
        if isinstance(kind, abc.ABCMeta):
            token = abc.get_cache_token
            self._conditions.add(names, "{0}() == {1}", token, token())

    def _function(self, function: types.FunctionType) -> None:
        names, add = function.__globals__, self._conditions.add
        # IPython's autoreload gives a loaded function the code of the new one.
        add(names, "{0}.__code__ is {1}", function, function.__code__)
        if function.__defaults__ is not None:
            add(names, "{0}.__defaults__ is {1}", function, function.__defaults__)
        if function.__kwdefaults__ is not None:
            add(names, "{0}.__kwdefaults__ is {1}", function, function.__kwdefaults__)
            self._items(names, function.__kwdefaults__)
        own = attributes_of(function)
        if len(own) < len(vars(function)):
            add(names, "{0}({1}, {2})", _has_attributes, function, own)
        elif own:
            self._items(names, vars(function))
        else:
            self._empty.append(vars(function))
        self._owner(names, function.__qualname__.split(".")[:-1])

    def _owner(self, names: dict[str, Any], path: list[str]) -> None:
        """Watch the names by which the class of a method is found."""
        if not path or path[0] not in names:
            return
        held = self._bound(names, path[0])
        for name in path[1:]:
            if not isinstance(held, type) or name not in vars(held):
                break
            self._conditions.add(names, "{0}[{1}] is {2}", vars(held), name, vars(held)[name])
            held = vars(held)[name]

    def _items(self, names: dict[str, Any], held: Mapping[str, object]) -> None:
        """Watch everything that a dict or class holds, and that it holds no more."""
        same = (all, map, operator.is_, held, tuple(held.values()), tuple, tuple(held))
        self._conditions.add(names, "{5}({3}) == {6} and {0}({1}({2}, {3}.values(), {4}))", *same)

    def _chain(
        self,
        names: dict[str, Any],
        cells: Mapping[str, types.CellType],
        imports: Mapping[str, Sequence[tuple[str, str]]],
        chain: list[str],
        value: object,
    ) -> None:
        """Watch every step of a dotted name, up to what it was resolved to."""
        root, *rest = chain
        held: object
        if isinstance(value, Several):
            found = [self._imported(names, *one) for one in imports.get(root, ())]
            told = all(one is _MISSING or any(one is v for v in value.values) for one in found)
            self._complete = self._complete and bool(found) and told
            return
        if root in imports:
            held = self._imported(names, *imports[root][-1])
        elif root in cells:
            held = self._cell(names, cells[root])
        else:
            held = self._bound(names, root)
        if root == "__name__":
            return
        held = self._last(names, held, rest)
        missing = held is _MISSING and isinstance(value, Unbound)
        self._complete = self._complete and (held is value or missing)

    def _last(self, names: dict[str, Any], held: object, rest: list[str]) -> object:
        for name in rest:
            if not isinstance(held, types.ModuleType) or not self._follows(held):
                break
            if name not in vars(held):
                # What a module gives by its own `__getattr__` is not what it holds.
                break
            held = self._bound(vars(held), name)
        return held

    def _bound(self, names: dict[str, Any], name: str) -> object:
        held = names.get(name, getattr(builtins, name, _MISSING))
        if held is _MISSING:
            self._conditions.add(names, "{0} not in {1}", name, names)
        else:
            self._conditions.bound(names, name, held)
        return held

    def _cell(self, names: dict[str, Any], cell: types.CellType) -> object:
        try:
            held = cell.cell_contents
        except ValueError:
            self._complete = False
            return _MISSING
        self._conditions.add(names, "{0}.cell_contents is {1}", cell, held)
        return held

    def _imported(self, names: dict[str, Any], module: str, attribute: str) -> object:
        """What an import within a function binds: a module, or something of one."""
        held = sys.modules.get(module)
        if not origin_of(module, self._tracer.first_party).first_party:
            return _MISSING
        if held is None:
            # The trace has tried to import it; whoever succeeds leaves it there.
            self._conditions.add(names, "{0}({1}) is {2}", sys.modules.get, module, None)
            return _MISSING
        if attribute and attribute not in vars(held):
            self._complete = False
            return _MISSING
        self._conditions.add(names, "{0}({1}) is {2}", sys.modules.get, module, held)
        return self._bound(vars(held), attribute) if attribute else held

    def _follows(self, module: types.ModuleType) -> bool:
        return origin_of(module.__name__, self._tracer.first_party).first_party

    def _value(self, names: dict[str, Any], value: Any) -> None:
        """Watch what a value can change to without being another one."""
        if id(value) in self._known or type(value) in _UNCHANGING:
            return
        self._known[id(value)] = value
        inner = getattr(value, "__wrapped__", None)
        if type(value) in (tuple, frozenset):
            for part in value:
                self._value(names, part)
        elif type(value) is _CACHED or (inner is not None and orchestrated(value)):
            self._conditions.add(names, "{0}.__wrapped__ is {1}", value, inner)
            self._value(names, inner)
        elif not self._is_definition(value):
            before = self._look(value)
            if before is not None:
                self._looked.append((value, before))

    def _is_definition(self, value: Any) -> bool:
        """Whether a value is watched as a definition, or is another's and as it is."""
        if isinstance(value, (type, types.ModuleType, Making, Several, Unbound)):
            return True
        if not isinstance(value, types.FunctionType):
            return False
        module = str(value.__globals__.get("__name__", ""))
        followed = origin_of(module, self._tracer.first_party).first_party
        return followed or not (hasattr(value, "__wrapped__") or hasattr(value, "registry"))

    def _look(self, value: object) -> object:
        """Write a value, with the definitions in it; None if it has no identity."""
        try:
            return self._tracer.written(value, _identity)
        except (DatasetError, FingerprintError):
            return None


def _identity(thing: object) -> bytes:
    # What was found is held, so that no other definition comes to have its number.
    return binary(str(id(thing)).encode())


def _names_of(thing: Any) -> dict[str, Any]:
    if isinstance(thing, types.FunctionType):
        return thing.__globals__
    if isinstance(thing, type):
        return vars(sys.modules.get(thing.__module__, types.ModuleType("")))
    held: Any = thing.names if isinstance(thing, Making) else vars(thing)
    names: dict[str, Any] = held
    return names


def _cells(function: types.FunctionType) -> dict[str, types.CellType]:
    return dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))


def _has_attributes(function: types.FunctionType, own: Mapping[str, object]) -> bool:
    now = attributes_of(function)
    return now.keys() == own.keys() and all(now[name] is own[name] for name in own)
