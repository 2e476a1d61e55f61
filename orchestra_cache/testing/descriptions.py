"""What a value is made of: facts to compare with `==`, and parts that are values themselves."""

from __future__ import annotations

import array
import collections
import contextlib
import datetime
import decimal
import enum
import fractions
import functools
import ipaddress
import pathlib
import re
import struct
import types
import uuid
import zoneinfo
from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple

__all__ = ["Description", "describe", "held", "real"]


class Description(NamedTuple):
    """What tells a value from others of its type."""

    facts: tuple[Hashable, ...] = ()
    parts: Sequence[object] = ()
    unordered: bool = False


class _Pair(tuple[object, object]):
    """A key and its value: no tuple of the user's."""

    __slots__ = ()


def describe(value: Any) -> Description:
    """Take a value apart.

    Raises:
        TypeError: It says nothing about what it holds.
    """
    kind = type(value)
    own = getattr(kind, "__fingerprint__", None)
    if own is not None:
        return Description(parts=[own(value)])
    if kind in _TYPES:
        return _TYPES[kind](value)
    library = _library_of(kind)
    if library is not None:
        return library(value)
    return _by_kind(value)


def real(value: float) -> Hashable:
    """A double by its bits; NaN is one."""
    return "nan" if value != value else struct.pack(">d", value)


def _library_of(kind: type) -> Callable[[Any], Description] | None:
    from orchestra_cache.testing.libraries import describe_library_value, known
    from orchestra_cache.testing.structures import structure_of

    return structure_of(kind) or (describe_library_value if known(kind) else None)


def _by_kind(value: Any) -> Description:
    if isinstance(value, enum.Enum):
        return Description((value.name,), [value._value_])
    if isinstance(value, (type, types.ModuleType, types.BuiltinFunctionType)):
        return Description((id(value),))
    for base in _BASES:
        if isinstance(value, base):
            return Description(parts=[_plain(base, value), held(value)])
    if isinstance(value, BaseException):
        return Description(parts=[value.args, held(value)])
    if hasattr(value, "__dict__") or _slots(value):
        return Description(parts=[held(value)])
    return Description(parts=_reduced(value))


def _plain(base: Any, value: Any) -> object:
    """The content of a subclass's instance as an instance of its built-in base."""
    if base is collections.defaultdict:
        return [value.default_factory, dict(dict.items(value))]
    if issubclass(base, dict):
        return base(dict.items(value))
    if base in _READERS:
        return _READERS[base](value)
    return base(base.__iter__(value)) if hasattr(base, "__iter__") else base.__new__(base, value)


def held(value: Any) -> dict[str, object]:
    """What an instance keeps in its `__dict__` and slots, but for what was only computed."""
    kind = type(value)
    cached = {
        name
        for base in kind.__mro__
        for name, part in vars(base).items()
        if isinstance(part, functools.cached_property)
    }
    own = value.__dict__ if any("__dict__" in vars(base) for base in kind.__mro__) else {}
    state = {**own, **_slots(value)}
    return {name: state[name] for name in state.keys() - cached - _CACHED_HASHES}


def _slots(value: Any) -> dict[str, object]:
    """What the slots hold, but for those where attrs keeps cached properties."""
    found = {}
    for base in type(value).__mro__:
        fields = vars(base).get("__attrs_attrs__")
        known = None if fields is None else {field.name for field in fields}
        for name, part in vars(base).items():
            if isinstance(part, types.MemberDescriptorType) and (known is None or name in known):
                with contextlib.suppress(AttributeError):
                    found[name] = part.__get__(value, base)
    return found


def _reduced(value: Any) -> list[object]:
    """How pickle would rebuild a compiled object; one that cannot say raises TypeError."""
    function, arguments, *rest = value.__reduce_ex__(4)
    return [
        function,
        arguments,
        *(list(part) if hasattr(part, "__next__") else part for part in rest),
    ]


def _only(*names: str) -> Callable[[Any], Description]:
    return lambda value: Description(tuple(getattr(value, name) for name in names))


def _parts(*names: str) -> Callable[[Any], Description]:
    return lambda value: Description(parts=[getattr(value, name) for name in names])


def _itself(value: Any) -> Description:
    return Description((value,))


def _sequence(value: Any) -> Description:
    return Description(parts=list(value))


def _set(value: Any) -> Description:
    return Description(parts=list(value), unordered=True)


def _pairs(value: Any) -> Description:
    return Description(parts=[_Pair(pair) for pair in value.items()], unordered=True)


def _ordered_pairs(value: Any) -> Description:
    return Description(parts=[vars(value), *(_Pair(pair) for pair in value.items())])


def _counter(value: Any) -> Description:
    return Description(parts=[dict(value), vars(value)])


def _default_dict(value: Any) -> Description:
    return Description(parts=[value.default_factory, dict(value)])


def _clock(value: Any) -> Description:
    names = ["hour", "minute", "second", "microsecond", "fold"]
    if isinstance(value, datetime.datetime):
        names += ["year", "month", "day"]
    return Description(tuple(getattr(value, name) for name in names), [value.tzinfo])


def _timezone(value: datetime.timezone) -> Description:
    return Description((value.utcoffset(None), value.tzname(None)))


def _function(value: types.FunctionType) -> Description:
    cells = [cell.cell_contents for cell in value.__closure__ or ()]
    parts = [value.__defaults__, value.__kwdefaults__, cells]
    return Description((value.__code__, id(value.__globals__)), parts)


_TYPES: dict[type, Callable[[Any], Description]] = {
    **dict.fromkeys((bool, int, str, bytes, range), _itself),
    **dict.fromkeys((type(None), type(...), type(NotImplemented)), lambda value: Description()),
    **dict.fromkeys((list, tuple, _Pair), _sequence),
    **dict.fromkeys((set, frozenset), _set),
    **dict.fromkeys((dict, types.MappingProxyType), _pairs),
    collections.Counter: _counter,
    bytearray: lambda value: Description((bytes(value),)),
    float: lambda value: Description((real(value),)),
    complex: lambda value: Description((real(value.real), real(value.imag))),
    range: _only("start", "stop", "step"),
    slice: _parts("start", "stop", "step"),
    collections.OrderedDict: _ordered_pairs,
    collections.defaultdict: _default_dict,
    collections.deque: lambda value: Description((value.maxlen,), list(value)),
    array.array: lambda value: Description((value.typecode,), value.tolist()),
    decimal.Decimal: lambda value: Description((value.as_tuple(),)),
    fractions.Fraction: _only("numerator", "denominator"),
    datetime.date: _only("year", "month", "day"),
    datetime.time: _clock,
    datetime.datetime: _clock,
    datetime.timedelta: _only("days", "seconds", "microseconds"),
    datetime.timezone: _timezone,
    zoneinfo.ZoneInfo: _only("key"),
    uuid.UUID: _only("bytes"),
    re.Pattern: _only("pattern", "flags"),
    functools.partial: _parts("func", "args", "keywords", "__dict__"),
    types.FunctionType: _function,
    types.MethodType: _parts("__func__", "__self__"),
    types.SimpleNamespace: lambda value: Description(parts=[vars(value)]),
}
_TEXTS: tuple[type, ...] = (
    pathlib.PurePosixPath, pathlib.PureWindowsPath, pathlib.PosixPath, pathlib.WindowsPath,
    ipaddress.IPv4Address, ipaddress.IPv6Address, ipaddress.IPv4Network, ipaddress.IPv6Network,
    ipaddress.IPv4Interface, ipaddress.IPv6Interface,
)  # fmt: skip
_TYPES |= dict.fromkeys(_TEXTS, lambda value: Description((str(value),)))

_CACHED_HASHES = {"_attrs_cached_hash", "__msgspec_cached_hash__"}

# Methods that a subclass may override are those of the base here.
_READERS: dict[type, Callable[[Any], object]] = {
    str: lambda value: str.__getitem__(value, slice(None)),
    bytes: lambda value: bytes.__getitem__(value, slice(None)),
    int: lambda value: int.__index__(value),
    float: lambda value: float.__pos__(value),
    collections.deque: lambda value: collections.deque(value, value.maxlen),
    array.array: lambda value: array.array(value.typecode, array.array.tolist(value)),
    functools.partial: lambda value: [value.func, value.args, value.keywords],
    pathlib.PurePath: lambda value: [str(value), *value.parts],
    datetime.datetime: lambda value: [*_clock(value).facts, value.tzinfo],
    datetime.date: lambda value: [value.year, value.month, value.day],
    datetime.time: lambda value: [*_clock(value).facts, value.tzinfo],
    datetime.timedelta: lambda value: datetime.timedelta.__str__(value),
    zoneinfo.ZoneInfo: lambda value: value.key,
}

# A more special base before the one it is made from.
_BASES: tuple[type, ...] = (
    collections.OrderedDict, collections.defaultdict, dict, list, tuple, set, frozenset,
    str, bytes, bytearray, int, float, complex, collections.deque, array.array,
    functools.partial, decimal.Decimal, pathlib.PurePath, datetime.datetime, datetime.date,
    datetime.time, datetime.timedelta, zoneinfo.ZoneInfo,
)  # fmt: skip
