"""Which values are one to a fingerprint, and which are two."""

from __future__ import annotations

import array
import collections
import copy
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
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from orchestra_cache import Digest, fingerprint

NAN = float("nan")


class Color(enum.Enum):
    RED = 1


class Shade(enum.Enum):
    RED = 1


class Flag(enum.Flag):
    A = 1
    B = 2


class Row(NamedTuple):
    a: Any


@dataclass
class Order:
    number: Any
    tags: list[str] = field(default_factory=list)


@dataclass
class Invoice:
    number: Any
    tags: list[str] = field(default_factory=list)


class Plain:
    def __init__(self, **state: Any) -> None:
        vars(self).update(state)

    @functools.cached_property
    def costly(self) -> int:
        return 1

    def method(self) -> None: ...

    def other(self) -> None: ...


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self, a: Any) -> None:
        self.a = a


class Numbers(list[Any]): ...


class Name(str):
    __slots__ = ()


class Count(int): ...


class Table(dict[Any, Any]): ...


class Hiding(dict[Any, Any]):
    def items(self) -> Any:
        return []

    def __iter__(self) -> Any:
        return iter(())


def add(a: Any, b: Any) -> Any:
    return a + b


def subtract(a: Any, b: Any) -> Any:
    return a - b


def computed(value: Plain) -> Plain:
    assert value.costly == 1
    return value


DIFFERENT: dict[str, list[Any]] = {
    "numbers and what looks like them": [1, True, 1.0, "1", b"1", 1 + 0j, decimal.Decimal(1), None],
    "zeros": [0, False, 0.0, -0.0, "", b"", None, 0j, complex(0, -0.0), complex(-0.0, 0)],
    "integers of every width": [2**n for n in range(70)] + [-(2**n) for n in range(70)],
    "floats": [0.1, 0.1 + 0.2, 0.3, 1e308, float("inf"), -float("inf"), NAN, 5e-324],
    "texts": ["a", "A", "á", "a\u0301", "a\0", " a", "\ud800", "\udfff", "a" * 31, "a" * 32],
    "bytes and texts": [b"a", "a", bytearray(b"a"), [97], (97,), array.array("b", [97])],
    "sequences": [[1], (1,), {1}, frozenset([1]), collections.deque([1]), [[1]], [1, 1], Row(1)],
    "order of sequences": [[1, 2], [2, 1], (1, 2), (2, 1)],
    "dicts": [{1: 2}, [(1, 2)], {2: 1}, {"1": 2}, {1: "2"}, {1: 2, 3: 4}, {1: {2: 3}}, {}],
    "keys that are equal": [{1: 0}, {True: 0}, {1.0: 0}],
    "kinds of dicts": [
        {"a": 1}, collections.OrderedDict(a=1), collections.defaultdict(int, a=1),
        collections.defaultdict(list, a=1), collections.Counter(a=1),
        types.MappingProxyType({"a": 1}),
        types.SimpleNamespace(a=1), Table(a=1), Plain(a=1), Order(1), Invoice(1),
    ],
    "ordered dicts": [
        collections.OrderedDict(a=1, b=2), collections.OrderedDict(b=2, a=1), {"a": 1, "b": 2},
    ],
    "nothing in containers": [None, [None], [], [[]], (), ((),), {}, set(), frozenset(), "", [""]],
    "borders between parts": [["ab", "c"], ["a", "bc"], ["abc"], [["ab"], "c"], ["", "abc"]],
    "enums": [Color.RED, Shade.RED, 1, "RED", Color, Shade, Flag.A, Flag.B, Flag.A | Flag.B],
    "subclasses": [[1], Numbers([1]), "1", Name("1"), 1, Count(1), {"a": 1}, Table(a=1)],
    "decimals": [
        *map(decimal.Decimal, ("1.1", "1.10", "0", "-0", "0.0", "NaN", "sNaN", "Infinity")),
    ],
    "fractions": [fractions.Fraction(1, 2), 0.5, decimal.Decimal("0.5"), (1, 2)],
    "dates": [
        datetime.date(2026, 1, 1), datetime.datetime.fromisoformat("2026-01-01"), "2026-01-01",
        datetime.datetime.fromisoformat("2026-01-01T00:00+00:00"), datetime.time(0),
        datetime.datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC")),
        datetime.datetime(2026, 1, 1, tzinfo=ZoneInfo("Europe/Berlin")),
        datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=1))),
        datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=1), "x")),
        datetime.datetime.fromisoformat("2026-01-01").replace(fold=1),
    ],
    "durations": [*map(datetime.timedelta, (0, 1, -1)), datetime.timedelta(hours=1), 86400],
    "addresses": [
        ipaddress.ip_address("::1"), ipaddress.ip_address("127.0.0.1"), "127.0.0.1",
        ipaddress.ip_network("127.0.0.1"), ipaddress.ip_interface("127.0.0.1"),
    ],
    "paths": [pathlib.PurePosixPath("a"), pathlib.PureWindowsPath("a"), pathlib.Path("a"), "a"],
    "identifiers": [uuid.UUID(int=1), uuid.UUID(int=2), str(uuid.UUID(int=1)), 1],
    "ranges and slices": [range(3), range(0, 3, 2), range(1, 3), slice(3), slice(0, 3), [0, 1, 2]],
    "patterns": [*map(re.compile, ("a", b"a", "b")), re.compile("a", re.IGNORECASE), "a"],
    "partials": [
        functools.partial(add, 1), functools.partial(add, 2), functools.partial(subtract, 1),
        functools.partial(add, b=1), functools.partial(add), add,
    ],
    "functions and methods": [
        add, subtract, Plain(a=1).method, Plain(a=2).method, Plain(a=1).other,
        Plain.method, len, max,
    ],
    "methods of built-in objects": [{"a": 1}.get, {"a": 2}.get, {"a": 1}.pop, dict.get, dict.pop],
    "classes and modules": [int, bool, list, type, Color, Order, Invoice, types, re],
    "single objects": [None, ..., NotImplemented, object(), True, False],
    "plain objects": [
        Plain(), Plain(a=1), Plain(a=2), Plain(b=1), Plain(a=1, b=1), Slotted(1), Slotted(2),
    ],
    "errors": [
        ValueError("a"), ValueError("b"), TypeError("a"), ValueError("a", "b"), "a",
        OSError(2, "a", "file"), OSError(2, "a", "other"), OSError(2, "a"),
    ],
    "arrays": [array.array("i", [1]), array.array("l", [1]), array.array("d", [1]), [1]],
    "queues": [collections.deque([1]), collections.deque([1], 1), collections.deque([1], 2)],
}  # fmt: skip

SAME: dict[str, tuple[Any, Any]] = {
    "the order of a dict": ({"a": 1, "b": [2]}, {"b": [2], "a": 1}),
    "the order of mixed keys": ({1: 0, "a": 0, None: 0}, {None: 0, "a": 0, 1: 0}),
    "the order of a set": ({"a", "b", 1, None}, {None, 1, "b", "a"}),
    "the order of a dict deep inside": ([({"a": 1, "b": 2},)], [({"b": 2, "a": 1},)]),
    "NaNs": (NAN, -float("nan")),
    "NaNs inside": ([NAN, {NAN}], [float("nan"), {float("nan")}]),
    "interning": ("".join(["ab", "c"]), "abc"),
    "sharing": ([[1]] * 2, [[1], [1]]),
    "a cached property": (computed(Plain(a=1)), Plain(a=1)),
    "how a range is spelt": (range(3), range(0, 3, 1)),
    "how a partial is nested": (
        functools.partial(functools.partial(add, 1), 2), functools.partial(add, 1, 2),
    ),
    "which lookup of a method": (Plain(a=1).method, Plain(a=1).method),
    "how an error was raised": (ValueError("a"), ValueError("a").with_traceback(None)),
    "how a path is spelt": (pathlib.PurePosixPath("a//b/"), pathlib.PurePosixPath("a/b")),
}  # fmt: skip


@pytest.mark.parametrize("name", DIFFERENT)
def test_values_that_differ_have_digests_of_their_own(name: str) -> None:
    values = DIFFERENT[name]

    digests = [fingerprint(value) for value in values]

    assert len(set(digests)) == len(values)


@pytest.mark.parametrize("name", SAME)
def test_what_does_not_tell_values_apart_does_not_show(name: str) -> None:
    one, other = SAME[name]

    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize("name", DIFFERENT)
def test_the_same_value_made_again_has_the_same_digest(name: str) -> None:
    for value in DIFFERENT[name]:
        if not isinstance(value, (types.ModuleType, types.MappingProxyType)):
            assert fingerprint(copy.deepcopy(value)) == fingerprint(value)


def test_a_digest_is_text_that_is_read_back() -> None:
    digest = fingerprint([1])

    assert Digest.parse(str(digest)) == digest
    assert str(digest).startswith("blake3:")
    assert len(digest.raw) == 32


def test_a_value_counts_the_same_alone_and_inside_others() -> None:
    big = b"x" * (1 << 20)

    assert fingerprint([big]) == fingerprint([bytes(bytearray(big))])
    assert fingerprint([big]) != fingerprint([bytearray(big)])
    assert fingerprint([big]) != fingerprint([big[:-1] + b"y"])
    assert fingerprint(big) != fingerprint(bytearray(big))


def test_a_subclass_cannot_hide_its_content() -> None:
    assert fingerprint(Hiding(a=1)) != fingerprint(Hiding(a=2))


def test_attributes_of_a_subclass_of_a_built_in_type_count() -> None:
    one, other = Numbers([1]), Numbers([1])
    one.unit = "m"  # type: ignore[attr-defined]
    other.unit = "km"  # type: ignore[attr-defined]

    assert len({fingerprint(value) for value in (one, other, Numbers([1]))}) == 3


@pytest.mark.parametrize("base", [collections.OrderedDict, collections.defaultdict])
def test_subclasses_of_special_dicts_keep_what_is_special(base: type) -> None:
    kind = type("Special", (base,), {})
    if base is collections.OrderedDict:
        values = [kind([("a", 1), ("b", 2)]), kind([("b", 2), ("a", 1)])]
    else:
        values = [kind(int, a=1), kind(list, a=1)]

    assert fingerprint(values[0]) != fingerprint(values[1])


def test_slots_count_as_far_as_they_are_filled() -> None:
    half, full = Slotted(1), Slotted(1)
    full.b = None

    assert fingerprint(half) != fingerprint(full)
    assert fingerprint(half) == fingerprint(Slotted(1))
