"""Values whose digests are pinned in digests.json by `python -m tests.golden.regenerate`."""

from __future__ import annotations

import array
import collections
import datetime
import decimal
import enum
import fractions
import functools
import ipaddress
import pathlib
import re
import types
import uuid
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

__all__ = ["VALUES"]

UTC = datetime.timezone.utc
NOON = datetime.datetime(2026, 1, 2, 12, 30, 15, 250, tzinfo=UTC)


class Color(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    LOW = 1


class Access(enum.Flag):
    READ = 1
    WRITE = 2


class Row(NamedTuple):
    day: str
    total: float


@dataclass
class Order:
    number: int
    tags: list[str] = field(default_factory=list)


class Plain:
    def __init__(self) -> None:
        self.b, self.a = 2, [1]


class Slotted:
    __slots__ = ("x",)

    def __init__(self) -> None:
        self.x = 1


class Names(list[Any]): ...


class Own:
    def __fingerprint__(self) -> object:
        return {"kind": "own"}


def looped() -> list[Any]:
    value: list[Any] = [1]
    value.append({"self": value})
    return value


def deep() -> list[Any]:
    value: list[Any] = []
    for _ in range(5000):
        value = [value]
    return value


VALUES: dict[str, Callable[[], object]] = {
    "none": lambda: None,
    "true": lambda: True,
    "false": lambda: False,
    "zero": lambda: 0,
    "one": lambda: 1,
    "minus one": lambda: -1,
    "small": lambda: -32,
    "below small": lambda: -33,
    "127": lambda: 127,
    "128": lambda: 128,
    "65536": lambda: 65_536,
    "word": lambda: -40_000,
    "2**63": lambda: 2**63,
    "2**64": lambda: 2**64,
    "-2**63": lambda: -(2**63),
    "-2**63-1": lambda: -(2**63) - 1,
    "2**200": lambda: 2**200,
    "huge": lambda: -(10**40),
    "1.0": lambda: 1.0,
    "0.0": lambda: 0.0,
    "0.1": lambda: 0.1,
    "half": lambda: 0.5,
    "minus zero": lambda: -0.0,
    "nan": lambda: float("nan"),
    "infinity": lambda: float("-inf"),
    "complex": lambda: complex(1, -0.0),
    "empty text": lambda: "",
    "text": lambda: "łódź \U0001f600",
    "text of 32": lambda: "a" * 32,
    "text of 70000": lambda: "a" * 70_000,
    "umlaut": lambda: "ä",
    "umlaut in two": lambda: "a\u0308",
    "surrogate": lambda: "\udc80",
    "bytes": lambda: bytes(range(256)),
    "many bytes": lambda: bytes(1 << 21),
    "bytearray": lambda: bytearray(b"abc"),
    "list": lambda: [1, "a", None],
    "long list": lambda: list(range(100_000)),
    "list of 20": lambda: list(range(20)),
    "empty list": list,
    "empty tuple": tuple,
    "json document": lambda: {"a": [1, 2.5, {"b": None}], "c": {"d": True, "e": ""}},
    "tuple": lambda: (1, ("a",), ()),
    "set": lambda: {1, "a", None, (2, 3)},
    "frozenset": lambda: frozenset(range(100)),
    "dict": lambda: {"b": 1, "a": {"c": [True]}},
    "dict of 20": lambda: {f"key {number}": number for number in range(20)},
    "mixed keys": lambda: {1: "a", "1": "b", None: "c", (1, 2): "d", b"1": "e"},
    "ordered dict": lambda: collections.OrderedDict(b=1, a=2),
    "default dict": lambda: collections.defaultdict(list, a=[1]),
    "counter": lambda: collections.Counter("abca"),
    "deque": lambda: collections.deque([1, 2], maxlen=5),
    "mapping proxy": lambda: types.MappingProxyType({"a": 1}),
    "namespace": lambda: types.SimpleNamespace(b=1, a=2),
    "range": lambda: range(0, 10, 3),
    "slice": lambda: slice(None, 5),
    "array": lambda: array.array("d", [1.5, -0.0]),
    "ellipsis": lambda: ...,
    "not implemented": lambda: NotImplemented,
    "decimal": lambda: decimal.Decimal("-1.10"),
    "decimal nan": lambda: decimal.Decimal("NaN"),
    "fraction": lambda: fractions.Fraction(-1, 3),
    "date": lambda: datetime.date(2026, 1, 2),
    "time": lambda: datetime.time(1, 2, 3, 4, fold=1),
    "datetime": lambda: NOON,
    "naive datetime": lambda: NOON.replace(tzinfo=None),
    "zoned datetime": lambda: NOON.replace(tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")),
    "folded datetime": lambda: NOON.replace(tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"), fold=1),
    "duration": lambda: datetime.timedelta(days=-1, microseconds=5),
    "time zone": lambda: datetime.timezone(datetime.timedelta(hours=2), "X"),
    "uuid": lambda: uuid.UUID(int=7),
    "path": lambda: pathlib.PurePosixPath("/a/b"),
    "windows path": lambda: pathlib.PureWindowsPath("c:/a"),
    "address": lambda: ipaddress.ip_address("::1"),
    "network": lambda: ipaddress.ip_network("10.0.0.0/8"),
    "pattern": lambda: re.compile("a+", re.IGNORECASE),
    "enum": lambda: Color.RED,
    "integer enum": lambda: Level.LOW,
    "flags": lambda: Access.READ | Access.WRITE,
    "named tuple": lambda: Row("monday", 1.5),
    "dataclass": lambda: Order(1, ["a"]),
    "nested dataclass": lambda: Order(1, [Order(2)]),
    "object": Plain,
    "slots": Slotted,
    "subclass": lambda: Names([1, 2]),
    "own": Own,
    "error": lambda: ValueError("a", 1),
    "class": lambda: int,
    "built-in function": lambda: len,
    "method of an object": lambda: {"a": 1}.get,
    "partial": lambda: functools.partial(int, base=2),
    "loop": looped,
    "deep": deep,
}
