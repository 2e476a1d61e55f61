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
import types
from dataclasses import dataclass
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

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
    len, Frozen(1), Frozen(True),
]  # fmt: skip

ZONES = (
    None,
    datetime.timezone.utc,
    ZoneInfo("Europe/Berlin"),
    datetime.timezone(datetime.timedelta(hours=1)),
)

lookalikes = st.sampled_from(LOOKALIKES)

plain: Values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.text(),
    st.text(st.characters(categories=["Cs", "L"]), max_size=5),
    st.binary(max_size=40),
)

hashable: Values = st.one_of(
    lookalikes,
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
    st.decimals(),
    st.binary(max_size=10).map(bytearray),
    st.builds(slice, st.none() | st.integers(), st.none() | st.integers()),
    st.lists(st.floats(allow_nan=False), max_size=4).map(lambda items: array.array("d", items)),
    st.builds(object),
)

keys: Values = st.one_of(
    hashable, st.tuples(hashable, hashable), st.frozensets(hashable, max_size=3)
)


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
        st.builds(Point, inner, inner),
        st.builds(Slotted, inner, inner),
        st.builds(Pair, inner, inner),
        named.map(lambda state: ValueError(*state.values())),
    )


values: Values = st.recursive(leaves, containers, max_leaves=12)

# From few leaves, so that two values of one draw are often identical, or nearly.
near_values: Values = st.recursive(lookalikes, containers, max_leaves=4)
