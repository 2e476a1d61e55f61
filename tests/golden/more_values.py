"""More values of the standard library whose digests are pinned: borders, subclasses, loops."""

from __future__ import annotations

import array
import collections
import datetime
import decimal
import enum
import fractions
import functools
import ipaddress
import operator
import pathlib
import random
import re
import types
import uuid
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, NamedTuple, Optional, TypeVar

__all__ = ["MORE_VALUES"]

UTC = datetime.timezone.utc
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
Item = TypeVar("Item")


class Letter(str, enum.Enum):
    A = "a"


class Weekday(enum.Enum):
    MONDAY = ("mon", 1)


class Rights(enum.IntFlag):
    READ = 4
    WRITE = 2


class Empty(NamedTuple): ...


@dataclass(frozen=True)
class Frozen:
    a: Any


@dataclass
class Base:
    a: int = 1


@dataclass
class Derived(Base):
    b: int = 2


@dataclass
class Typed(Generic[Item]):
    item: Item


class Slots:
    __slots__ = ("__dict__", "a", "b")

    def __init__(self) -> None:
        self.a, self.c = 1, 3


class Cached:
    def __init__(self) -> None:
        self.a = 1

    @functools.cached_property
    def b(self) -> int:
        return 2


class Text(str): ...


class Number(int): ...


class Real(float): ...


class Day(datetime.date): ...


class Moment(datetime.datetime): ...


class Table(dict[Any, Any]): ...


class Pair(tuple[Any, ...]): ...


class Queue(collections.deque[Any]): ...


class Amount(decimal.Decimal): ...


class Folder(pathlib.PurePosixPath): ...


class Failure(Exception):  # noqa: N818
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def looked_at() -> Cached:
    value = Cached()
    assert value.b == 2
    return value


def labelled() -> Any:
    value = Text("a")
    value.unit = "m"  # type: ignore[attr-defined]
    return value


def looped_dict() -> dict[str, Any]:
    value: dict[str, Any] = {"a": 1}
    value["self"] = [value]
    return value


def looped_object() -> Any:
    value: Any = Slots()
    value.b = (value, [value])
    return value


def mutual() -> list[Any]:
    one: list[Any] = []
    other: dict[int, Any] = {1: one}
    one.append(other)
    return [one, other]


def deep(around: Callable[[Any], Any]) -> Callable[[], Any]:
    def make() -> Any:
        value: Any = None
        for _ in range(10_000):
            value = around(value)
        return value

    return make


MORE_VALUES: dict[str, Callable[[], object]] = {
    "-1 in a list": lambda: [-1],
    "31": lambda: -31,
    "255": lambda: 255,
    "256": lambda: 256,
    "-128": lambda: -128,
    "-129": lambda: -129,
    "-32768": lambda: -32_768,
    "-32769": lambda: -32_769,
    "2**32 - 1": lambda: 2**32 - 1,
    "2**32": lambda: 2**32,
    "-2**31 - 1": lambda: -(2**31) - 1,
    "2**64 - 1": lambda: 2**64 - 1,
    "2**10000": lambda: 2**10_000,
    "smallest float": lambda: 5e-324,
    "largest float": lambda: 1.7976931348623157e308,
    "plus infinity": lambda: float("inf"),
    "complex nan": lambda: complex(float("nan"), float("inf")),
    "text of 31": lambda: "a" * 31,
    "text of 255": lambda: "a" * 255,
    "text of 256": lambda: "a" * 256,
    "text of 65536": lambda: "ä" * 32_768,
    "zero byte": lambda: "\0",
    "two surrogates": lambda: "\ud83d\ude00",
    "emoji": lambda: "\U0001f600",
    "empty bytes": lambda: b"",
    "bytes of 65536": lambda: bytes(65_536),
    "empty bytearray": bytearray,
    "long bytearray": lambda: bytearray(1 << 20),
    "list of 15": lambda: list(range(15)),
    "list of 16": lambda: list(range(16)),
    "list of 65536": lambda: [None] * 65_536,
    "dict of 15": lambda: {str(number): number for number in range(15)},
    "dict of 16": lambda: {str(number): number for number in range(16)},
    "empty dict": dict,
    "empty set": set,
    "empty frozenset": frozenset,
    "tuple of 300": lambda: tuple(range(300)),
    "nested tuples": lambda: ((), ((),), (((),),)),
    "set of texts": lambda: {f"word {number}" for number in range(50)},
    "set of mixed": lambda: {1, 1.5, "1", b"1", None, (1,), frozenset([1]), 2**70},
    "set of sets": lambda: {frozenset(["a", "b"]), frozenset(), frozenset([frozenset()])},
    "set of enums": lambda: {Letter.A, Weekday.MONDAY},
    "number keys": lambda: {number: str(number) for number in range(-10, 10)},
    "tuple keys": lambda: {(1, "a"): 1, ("a", 1): 2, (): 3},
    "float keys": lambda: {0.5: 1, float("inf"): 2, -0.0: 3},
    "enum keys": lambda: {Letter.A: 1, Weekday.MONDAY: 2, "b": 3},
    "surrogate keys": lambda: {"\ud800": 1, "a": 2, "\uffff": 3, "\U00010000": 4},
    "dicts in dicts": lambda: {"a": {"b": {"c": {1: {None: {}}}}}},
    "empty ordered dict": collections.OrderedDict,
    "ordered dict of mixed": lambda: collections.OrderedDict([(2, "b"), ("a", 1), (None, [])]),
    "default dict of nothing": lambda: collections.defaultdict(None, {1: 2}),
    "empty counter": collections.Counter,
    "chain of maps": lambda: collections.ChainMap({"a": 1}, {"b": 2}),
    "user dict": lambda: collections.UserDict(a=1),
    "unbounded deque": lambda: collections.deque("abc"),
    "empty named tuple": Empty,
    "letter": lambda: Letter.A,
    "weekday": lambda: Weekday.MONDAY,
    "rights": lambda: Rights.READ | Rights.WRITE,
    "no rights": lambda: Rights(0),
    "frozen dataclass": lambda: Frozen({"b": 1, "a": 2}),
    "derived dataclass": Derived,
    "generic dataclass": lambda: Typed([1]),
    "slots and attributes": Slots,
    "cached property": looked_at,
    "text subclass": lambda: Text("a"),
    "text with an attribute": labelled,
    "number subclass": lambda: Number(7),
    "float subclass": lambda: Real(-0.0),
    "dict subclass": lambda: Table({1: "a", "b": 2}),
    "tuple subclass": lambda: Pair([1, 2]),
    "deque subclass": lambda: Queue([1], 3),
    "decimal subclass": lambda: Amount("1.50"),
    "path subclass": lambda: Folder("/a/b"),
    "date subclass": lambda: Day(2026, 1, 2),
    "datetime subclass": lambda: Moment(2026, 1, 2, 3, tzinfo=UTC, fold=1),
    "error subclass": lambda: Failure(2),
    "operating system error": lambda: OSError(2, "a", "file"),
    "decimal zero": lambda: decimal.Decimal("-0.00"),
    "decimal infinity": lambda: decimal.Decimal("-Infinity"),
    "decimal with a large exponent": lambda: decimal.Decimal("1E+400"),
    "decimal signalling nan": lambda: decimal.Decimal("sNaN123"),
    "whole fraction": lambda: fractions.Fraction(6, 3),
    "first date": lambda: datetime.date.min,
    "last datetime": lambda: datetime.datetime.max,  # noqa: DTZ901
    "zoned time": lambda: datetime.time(12, tzinfo=BERLIN),
    "offset datetime": lambda: datetime.datetime(
        2026, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(seconds=-3661))
    ),
    "longest duration": lambda: datetime.timedelta.max,
    "utc": lambda: UTC,
    "berlin": lambda: BERLIN,
    "interface": lambda: ipaddress.ip_interface("10.0.0.1/8"),
    "network of six": lambda: ipaddress.ip_network("2001:db8::/32"),
    "last uuid": lambda: uuid.UUID(int=2**128 - 1),
    "empty path": pathlib.PurePosixPath,
    "pattern of bytes": lambda: re.compile(b"a", re.DOTALL | re.VERBOSE),
    "long range": lambda: range(10**30, 0, -7),
    "slice of texts": lambda: slice("a", None, ("b",)),
    "array of characters": lambda: array.array("B", b"abc"),
    "empty array": lambda: array.array("q"),
    "namespace in namespace": lambda: types.SimpleNamespace(a=types.SimpleNamespace()),
    "partial with names": lambda: functools.partial(int, "a", base=16),
    "item getter": lambda: operator.itemgetter(1, "a"),
    "attribute getter": lambda: operator.attrgetter("a.b"),
    "method caller": lambda: operator.methodcaller("a", 1, b=2),
    "bound slot": lambda: [1].__eq__,
    "unbound method": lambda: str.upper,
    "unbound slot": lambda: int.__add__,
    "method of a class": lambda: dict.fromkeys,
    "function of a module": lambda: operator.add,
    "random numbers": lambda: random.Random(1),
    "list of ints": lambda: list[int],
    "dict of lists": lambda: dict[str, list[int]],
    "union": lambda: int | None,
    "optional": lambda: Optional[int],  # noqa: UP045
    "literal": lambda: Literal["a", 1],
    "loop of a dict": looped_dict,
    "loop of an object": looped_object,
    "loop of two": mutual,
    "deep dicts": deep(lambda value: {"a": value}),
    "deep tuples": deep(lambda value: (value, 1)),
    "deep dataclasses": deep(Frozen),
    "deep mixed": deep(lambda value: [{1: (value,)}]),
}
