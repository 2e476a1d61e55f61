"""Nested values of every built-in kind, for Hypothesis to make and to change."""

from __future__ import annotations

import array
import collections
import datetime
import decimal
import enum
import ipaddress
import pathlib
import re
import struct
import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import attrs
import msgspec
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, PrivateAttr, SecretStr

Values = st.SearchStrategy[Any]


class Color(enum.Enum):
    RED = 1
    GREEN = "green"


class Access(enum.IntFlag):
    READ = 1
    WRITE = 2


class Level(int, enum.Enum):
    LOW = 1


@dataclass
class Point:
    x: Any
    y: Any = 0


@dataclass(frozen=True)
class Frozen:
    x: Any


@dataclass(slots=True)
class Small:
    x: Any
    y: Any = 0


@attrs.define
class Field:
    x: Any
    y: Any = 0


@attrs.frozen(slots=False, eq=False)
class Loose:
    x: Any
    y: Any = 0


class Struct(msgspec.Struct):
    x: Any
    y: Any = 0


class Rows(msgspec.Struct, array_like=True, tag="rows"):
    x: Any
    y: Any = 0


class Model(BaseModel):
    model_config = ConfigDict(extra="allow")
    x: Any
    y: Any = 0
    _seen: Any = PrivateAttr(default=None)


class Slotted:
    __slots__ = ("left", "right")

    def __init__(self, left: Any, right: Any) -> None:
        self.left = left
        if right is not None:
            self.right = right


class Pair(NamedTuple):
    first: Any
    second: Any


class Plain:
    def __init__(self, **state: Any) -> None:
        vars(self).update(state)


class Names(list[Any]):
    pass


class Text(str):
    pass


class Number(int):
    pass


class Table(dict[Any, Any]):
    pass


class Octets(bytes):
    pass


class Day(datetime.date):
    pass


class Ordered(collections.OrderedDict[Any, Any]):
    pass


# Values that are easily taken for one another, and few: two draws often agree.
LOOKALIKES: list[Any] = [
    None, False, True, 0, 1, -1, 2**64, -(2**64), 0.0, -0.0, 1.0, float("nan"), float("inf"),
    0j, complex(0, -0.0), complex(float("nan"), 1), complex(float("nan"), 2),
    "", "1", "None", "a", "\ud800", b"", b"1", b"a", (), frozenset(), ..., NotImplemented,
    Text("a"), Number(1), Color.RED, Color.GREEN, Access.READ, Access(3), Level.LOW,
    decimal.Decimal("1.1"), decimal.Decimal("1.10"), decimal.Decimal("-0"), decimal.Decimal("NaN"),
    datetime.date(2026, 1, 1), datetime.timedelta(1),
    datetime.timezone.utc, ZoneInfo("UTC"), datetime.timezone(datetime.timedelta(0), "Z"),
    pathlib.PurePosixPath("a"), pathlib.PureWindowsPath("a"), ipaddress.ip_address("127.0.0.1"),
    range(0), range(1, 1), range(0, 3, 2), range(0, 4, 2), re.compile("a"),
    re.compile("a", re.IGNORECASE), re.compile(b"a"), int, bool, Point, Color, Pair(1, 2), (1, 2),
    len, Frozen(1), Frozen(True), bytearray(), bytearray(b"1"), bytearray(b"a"), Octets(b"a"),
    Day(2026, 1, 1), SecretStr("a"), SecretStr(""), "\udc80", "\ud83d\ude00", "\U0001f600",
    2**64 - 1,
    2**63, -(2**63), 10**30, 5e-324, Small(1), Field(1), Struct(1), Rows(1), Model(x=1), Point(1),
]  # fmt: skip

# Kinds of records with the same two fields.
RECORDS: list[Callable[..., Any]] = [Point, Small, Field, Loose, Struct, Rows, Model]

ZONES = (
    None,
    datetime.timezone.utc,
    ZoneInfo("Europe/Berlin"),
    datetime.timezone(datetime.timedelta(hours=1)),
)

lookalikes = st.sampled_from(LOOKALIKES)


def has_hash(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


hashable_lookalikes = st.sampled_from(list(filter(has_hash, LOOKALIKES)))


def odd_float(bits: bytes) -> float:
    """A float of any bits: any of the NaNs, too."""
    return float(struct.unpack(">d", bits)[0])


plain: Values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.text(),
    st.text(st.characters(categories=["Cs", "L"]), max_size=5),
    st.binary(max_size=40),
    st.binary(min_size=8, max_size=8).map(odd_float),
    st.binary(min_size=6, max_size=6).map(lambda bits: odd_float(b"\x7f\xf0" + bits)),
    st.integers(-(2**300), 2**300),
    st.integers(60, 70).map(lambda power: 2**power),
)

hashable: Values = st.one_of(
    hashable_lookalikes,
    plain,
    st.decimals(allow_nan=False),
    st.fractions(),
    st.uuids(),
    st.dates(),
    st.times(timezones=st.sampled_from(ZONES)),
    st.datetimes(timezones=st.sampled_from(ZONES)),
    st.timedeltas(),
    st.ip_addresses(),
    st.text("ab/.", max_size=6).map(pathlib.PurePosixPath),
)

leaves: Values = st.one_of(
    hashable,
    lookalikes,
    st.decimals(),
    st.binary(max_size=10).map(bytearray),
    st.builds(slice, st.none() | st.integers(), st.none() | st.integers()),
    st.lists(st.floats(allow_nan=False), max_size=4).map(lambda items: array.array("d", items)),
    st.builds(object),
)

keys: Values = st.one_of(
    hashable, st.tuples(hashable, hashable), st.frozensets(hashable, max_size=3)
)


def private(x: Any, seen: Any) -> Model:
    made = Model(x=x)
    made._seen = seen
    return made


def nested(depth: int, value: Any) -> Any:
    for level in range(depth):
        value = ([value], (value,), {"a": value}, {1: value}, Point(value))[level % 5]
    return value


def containers(inner: Values) -> Values:
    few = st.lists(inner, max_size=4)
    tables = st.dictionaries(keys, inner, max_size=4)
    named = st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3)
    return st.one_of(
        few,
        few.map(tuple),
        few.map(collections.deque),
        few.map(Names),
        st.builds(collections.deque, few, st.integers(0, 4)),
        st.sets(keys, max_size=4),
        st.frozensets(keys, max_size=4),
        tables,
        named,
        tables.map(collections.OrderedDict),
        tables.map(Ordered),
        tables.map(Table),
        st.builds(collections.defaultdict, st.sampled_from([int, list]), tables),
        st.lists(keys, max_size=4).map(collections.Counter),
        named.map(lambda state: types.SimpleNamespace(**state)),
        named.map(lambda state: Plain(**state)),
        st.builds(lambda kind, x, y: kind(x=x, y=y), st.sampled_from(RECORDS), inner, inner),
        st.builds(lambda x, more: Model(x=x, **more), inner, named),
        st.builds(private, inner, inner),
        st.builds(nested, st.integers(1, 60), inner),
        st.builds(Slotted, inner, inner),
        st.builds(Pair, inner, inner),
        named.map(lambda state: ValueError(*state.values())),
    )


values: Values = st.recursive(leaves, containers, max_leaves=12)

# From few leaves, so that two values of one draw are often identical, or nearly.
near_values: Values = st.recursive(lookalikes, containers, max_leaves=4)
