"""What an instance of a subclass of a built-in type holds, as an instance of that type.

It is read by the built-in type's own methods, whatever the subclass overrides.
"""

from __future__ import annotations

import array
import collections
import datetime
import decimal
import functools
import pathlib
import zoneinfo
from collections.abc import Callable
from typing import Any

from orchestra_cache.fingerprints.values.nodes import RefusedError

__all__ = ["UNNAMED_ZONE", "built_in_base", "content_of"]

UNNAMED_ZONE = "a time zone read from a file has no name: use ZoneInfo('Area/City')"


def built_in_base(kind: type) -> type | None:
    """The built-in type that `kind` is a special case of, if its content can be told."""
    return next((base for base in _CONTENT if issubclass(kind, base)), None)


def content_of(value: object, base: type) -> object:
    """The content of `value` as a plain `base`."""
    return _CONTENT[base](value)


def _pairs(base: Any) -> Callable[[Any], object]:
    return lambda value: base(base.items(value))


def _items(base: Any) -> Callable[[Any], object]:
    return lambda value: base(base.__iter__(value))


def _method(base: Any, name: str, *arguments: object) -> Callable[[Any], object]:
    return lambda value: getattr(base, name)(value, *arguments)


def _fields(base: Any, *names: str) -> Callable[[Any], object]:
    return lambda value: base(**{name: getattr(base, name).__get__(value) for name in names})


def _default_dict(value: Any) -> object:
    base: Any = collections.defaultdict
    return base(base.default_factory.__get__(value), dict.items(value))


def _deque(value: Any) -> object:
    base: Any = collections.deque
    return base(base.__iter__(value), base.maxlen.__get__(value))


def _array(value: Any) -> object:
    base: Any = array.array
    return base(base.typecode.__get__(value), base.tolist(value))


def _partial(value: Any) -> object:
    base: Any = functools.partial
    given = base.args.__get__(value), base.keywords.__get__(value)
    return base(base.func.__get__(value), *given[0], **given[1])


def _path(value: Any) -> object:
    # Paths to other stores keep the protocol apart from what `pathlib` knows.
    windows = isinstance(value, pathlib.PureWindowsPath)
    return (windows, pathlib.PurePath.__str__(value), str(value))


def _zone(value: Any) -> object:
    key = vars(zoneinfo.ZoneInfo)["key"].__get__(value)
    if key is None:
        raise RefusedError(value, UNNAMED_ZONE)
    return zoneinfo.ZoneInfo(key)


_DAY = ("year", "month", "day")
_CLOCK = ("hour", "minute", "second", "microsecond", "tzinfo", "fold")

# A more special base before the one it is made from.
_CONTENT: dict[type, Callable[[Any], Any]] = {
    collections.OrderedDict: _pairs(collections.OrderedDict),
    collections.defaultdict: _default_dict,
    dict: _pairs(dict),
    **{base: _items(base) for base in (list, tuple, set, frozenset, bytearray)},
    str: _method(str, "__str__"),
    bytes: _method(bytes, "__getitem__", slice(None)),
    int: _method(int, "__int__"),
    float: _method(float, "__float__"),
    complex: _fields(complex, "real", "imag"),
    collections.deque: _deque,
    array.array: _array,
    functools.partial: _partial,
    decimal.Decimal: decimal.Decimal,
    datetime.datetime: _fields(datetime.datetime, *_DAY, *_CLOCK),
    datetime.date: _fields(datetime.date, *_DAY),
    datetime.time: _fields(datetime.time, *_CLOCK),
    datetime.timedelta: _fields(datetime.timedelta, "days", "seconds", "microseconds"),
    pathlib.PurePath: _path,
    zoneinfo.ZoneInfo: _zone,
}
