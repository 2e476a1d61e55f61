"""How the standard library's scalars and other small types are written."""

from __future__ import annotations

import array as arrays
import datetime
import decimal
import fractions
import functools
import ipaddress
import logging
import operator
import pathlib
import re
import types
import uuid
import weakref
import zoneinfo
from typing import Any

from orchestra_cache.fingerprints.digest import Digest, combine
from orchestra_cache.fingerprints.grammar import (
    NONE,
    binary,
    binary_head,
    boolean,
    integer,
    node,
    real,
    text,
)
from orchestra_cache.fingerprints.values.annotations import ANNOTATIONS
from orchestra_cache.fingerprints.values.containers import CONTAINERS
from orchestra_cache.fingerprints.values.nodes import (
    Context,
    Handler,
    Node,
    RefusedError,
    register_handler,
)
from orchestra_cache.fingerprints.values.refusals import hint_for
from orchestra_cache.fingerprints.values.subclasses import UNNAMED_ZONE

__all__ = ["load"]

# From here on a copy costs more than a hash: such bytes are streamed and stand as a digest.
_STREAMED_FROM = 1 << 20


@functools.cache
def load() -> None:
    """Register every handler here, once."""
    for kind, handler in _HANDLERS.items():
        register_handler(kind, handler)


def _text(value: str, context: Context) -> bytes:
    return text(value)


def _bytes(value: bytes, context: Context) -> bytes:
    return binary(value)


def _bytearray(value: bytearray, context: Context) -> bytes | Digest:
    if len(value) < _STREAMED_FROM:
        return node("bytearray", binary(value))
    return combine("value", [text("bytearray"), binary_head(len(value)), value])


def _complex(value: complex, context: Context) -> bytes:
    return node("complex", real(value.real), real(value.imag))


def _decimal(value: decimal.Decimal, context: Context) -> bytes:
    sign, digits, exponent = value.as_tuple()
    shown = "".join(map(str, digits))
    return node("decimal", integer(sign), text(shown), text(str(exponent)))


def _fraction(value: fractions.Fraction, context: Context) -> bytes:
    return node("fraction", integer(value.numerator), integer(value.denominator))


def _date(value: datetime.date, context: Context) -> bytes:
    return node("date", integer(value.year), integer(value.month), integer(value.day))


def _clock(value: datetime.time | datetime.datetime) -> list[bytes]:
    parts = (value.hour, value.minute, value.second, value.microsecond, value.fold)
    return [integer(part) for part in parts]


def _time(value: datetime.time, context: Context) -> Node:
    fields = _clock(value)
    return Node((value.tzinfo,), lambda written: node("time", *fields, *written), _zone_step)


def _datetime(value: datetime.datetime, context: Context) -> Node:
    fields = [integer(part) for part in (value.year, value.month, value.day)] + _clock(value)
    return Node((value.tzinfo,), lambda written: node("datetime", *fields, *written), _zone_step)


def _zone_step(_: int) -> str:
    return ".tzinfo"


def _timedelta(value: datetime.timedelta, context: Context) -> bytes:
    parts = (value.days, value.seconds, value.microseconds)
    return node("timedelta", *(integer(part) for part in parts))


def _timezone(value: datetime.timezone, context: Context) -> bytes:
    offset = value.utcoffset(None)
    name = value.tzname(None)
    return node("timezone", integer(offset // datetime.timedelta(microseconds=1)), text(name))


def _zoneinfo(value: zoneinfo.ZoneInfo, context: Context) -> bytes:
    if value.key is None:
        raise RefusedError(value, UNNAMED_ZONE)
    return node("zoneinfo", text(value.key))


def _uuid(value: uuid.UUID, context: Context) -> bytes:
    return node("uuid", binary(value.bytes))


def _path(value: pathlib.PurePath, context: Context) -> bytes:
    return node("path", text(type(value).__name__), text(str(value)))


def _range(value: range, context: Context) -> bytes:
    return node("range", integer(value.start), integer(value.stop), integer(value.step))


def _slice(value: slice, context: Context) -> Node:
    parts = (value.start, value.stop, value.step)
    return Node(parts, lambda written: node("slice", *written))


def _pattern(value: re.Pattern[Any], context: Context) -> Node:
    parts = (value.pattern, value.flags)
    return Node(parts, lambda written: node("pattern", *written))


def _array(value: arrays.array[Any], context: Context) -> Node:
    parts = (value.typecode, value.tolist())
    return Node(parts, lambda written: node("array", *written), digested=True)


def _address(value: Any, context: Context) -> bytes:
    return node("ip", text(type(value).__name__), text(str(value)))


def _partial(value: functools.partial[object], context: Context) -> Node:
    parts = (value.func, value.args, value.keywords, *filter(None, [vars(value)]))
    steps = (".func", ".args", ".keywords", ".__dict__")
    return Node(parts, lambda written: node("partial", *written), steps.__getitem__)


def _builtin(value: types.BuiltinFunctionType, context: Context) -> Node | bytes:
    if value.__self__ is None or isinstance(value.__self__, types.ModuleType):
        return context.refer(value)
    name = text(value.__name__)
    return Node(
        (value.__self__,),
        lambda written: node("builtin-method", name, *written),
        lambda _: ".__self__",
    )


def _getter(value: Any, context: Context) -> Node:
    return Node(value.__reduce__(), lambda written: node("getter", *written))


def _unbound(value: types.MethodDescriptorType, context: Context) -> Node:
    name = text(value.__name__)
    return Node((value.__objclass__,), lambda written: node("unbound-method", name, *written))


def _method(value: types.MethodType, context: Context) -> Node:
    parts = (value.__func__, value.__self__)
    return Node(parts, lambda written: node("method", *written), lambda _: ".__self__")


def _refer(value: object, context: Context) -> bytes:
    return context.refer(value)


def _refuse(value: object, context: Context) -> bytes:
    return context.refuse(value, hint_for(value))


def _constant(tag: str) -> Handler:
    written = node(tag)
    return lambda value, context: written


_HANDLERS: dict[type, Handler] = {
    **ANNOTATIONS,
    **CONTAINERS,
    type(None): lambda value, context: NONE,
    bool: lambda value, context: boolean(value),
    int: lambda value, context: integer(value),
    float: lambda value, context: real(value),
    str: _text,
    bytes: _bytes,
    bytearray: _bytearray,
    complex: _complex,
    range: _range,
    slice: _slice,
    type(...): _constant("ellipsis"),
    type(NotImplemented): _constant("not-implemented"),
    arrays.array: _array,
    datetime.date: _date,
    datetime.time: _time,
    datetime.datetime: _datetime,
    datetime.timedelta: _timedelta,
    datetime.timezone: _timezone,
    zoneinfo.ZoneInfo: _zoneinfo,
    decimal.Decimal: _decimal,
    fractions.Fraction: _fraction,
    uuid.UUID: _uuid,
    re.Pattern: _pattern,
    functools.partial: _partial,
    **dict.fromkeys((operator.attrgetter, operator.itemgetter, operator.methodcaller), _getter),
    types.FunctionType: _refer,
    types.BuiltinFunctionType: _builtin,
    types.MethodWrapperType: _builtin,
    types.MethodDescriptorType: _unbound,
    types.WrapperDescriptorType: _unbound,
    types.MethodType: _method,
    types.ModuleType: _refer,
    type: _refer,
    types.GeneratorType: _refuse,
    types.CoroutineType: _refuse,
    types.AsyncGeneratorType: _refuse,
    weakref.ProxyType: _refuse,
    weakref.CallableProxyType: _refuse,
    map: _refuse,
    filter: _refuse,
    zip: _refuse,
    enumerate: _refuse,
    logging.Logger: _refuse,
    logging.RootLogger: _refuse,
    logging.LoggerAdapter: _refuse,
    **dict.fromkeys(
        (
            pathlib.PurePosixPath,
            pathlib.PureWindowsPath,
            pathlib.PosixPath,
            pathlib.WindowsPath,
        ),
        _path,
    ),
    **dict.fromkeys(
        (
            ipaddress.IPv4Address,
            ipaddress.IPv6Address,
            ipaddress.IPv4Network,
            ipaddress.IPv6Network,
            ipaddress.IPv4Interface,
            ipaddress.IPv6Interface,
        ),
        _address,
    ),
}
