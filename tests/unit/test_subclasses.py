"""Subclasses of built-in types count by class, content and state, and can hide none of them."""

from __future__ import annotations

import array
import collections
import copy
import datetime
import decimal
import fractions
import functools
import operator
import pathlib
import pickle
import uuid
import zoneinfo
from collections.abc import Callable
from typing import Any

import pytest

from orchestra_cache import fingerprint
from orchestra_cache.errors import FingerprintError
from orchestra_cache.testing import identical

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")


class Date(datetime.date): ...


class Time(datetime.time): ...


class Moment(datetime.datetime): ...


class Duration(datetime.timedelta): ...


class Zone(zoneinfo.ZoneInfo): ...


class Amount(decimal.Decimal): ...


class Share(fractions.Fraction): ...


class Identifier(uuid.UUID): ...


class File(type(pathlib.Path())): ...  # type: ignore[misc]


class Posix(pathlib.PurePosixPath): ...


class Windows(pathlib.PureWindowsPath): ...


class Queue(collections.deque[Any]): ...


class Samples(array.array): ...  # type: ignore[type-arg]


class Call(functools.partial[Any]): ...


class Defaults(collections.defaultdict[Any, Any]): ...


class Ordered(collections.OrderedDict[Any, Any]): ...


class Tally(collections.Counter[Any]): ...


class Text(str): ...


class Octets(bytes): ...


class Count(int): ...


class Real(float): ...


class Number(complex): ...


class Pair(tuple[Any, ...]): ...


class Group(frozenset[Any]): ...


class Buffer(bytearray): ...


# Two different contents of each.
MADE: dict[type, tuple[Callable[[], Any], Callable[[], Any]]] = {
    Date: (lambda: Date(2026, 1, 1), lambda: Date(2026, 1, 2)),
    Time: (lambda: Time(1), lambda: Time(1, fold=1)),
    Moment: (lambda: Moment(2026, 1, 1), lambda: Moment(2026, 1, 1, tzinfo=BERLIN)),
    Duration: (lambda: Duration(1), lambda: Duration(0, 1)),
    Zone: (lambda: Zone("Europe/Berlin"), lambda: Zone("Europe/Paris")),
    Amount: (lambda: Amount("1.1"), lambda: Amount("1.10")),
    Share: (lambda: Share(1, 2), lambda: Share(1, 3)),
    Identifier: (lambda: Identifier(int=1), lambda: Identifier(int=2)),
    File: (lambda: File("a"), lambda: File("b")),
    Posix: (lambda: Posix("a"), lambda: Posix("b")),
    Windows: (lambda: Windows("a"), lambda: Windows("b")),
    Queue: (lambda: Queue([1], 2), lambda: Queue([1], 3)),
    Samples: (lambda: Samples("i", [1]), lambda: Samples("l", [1])),
    Call: (lambda: Call(operator.add, 1), lambda: Call(operator.add, 2)),
    Defaults: (lambda: Defaults(int, a=1), lambda: Defaults(list, a=1)),
    Ordered: (lambda: Ordered(a=1, b=2), lambda: Ordered(b=2, a=1)),
    Tally: (lambda: Tally("a"), lambda: Tally("aa")),
    Text: (lambda: Text("a"), lambda: Text("b")),
    Octets: (lambda: Octets(b"a"), lambda: Octets(b"b")),
    Count: (lambda: Count(1), lambda: Count(2)),
    Real: (lambda: Real(0.0), lambda: Real(-0.0)),
    Number: (lambda: Number(0j), lambda: Number(complex(0, -0.0))),
    Pair: (lambda: Pair([1, 2]), lambda: Pair([2, 1])),
    Group: (lambda: Group([1]), lambda: Group([2])),
    Buffer: (lambda: Buffer(b"a"), lambda: Buffer(b"b")),
}


@pytest.mark.parametrize("kind", MADE, ids=lambda kind: kind.__name__)
def test_a_subclass_counts_by_its_content_and_class(kind: type) -> None:
    one, other = (make() for make in MADE[kind])
    plain = kind.__mro__[1]

    made = [copy.deepcopy(one), pickle.loads(pickle.dumps(one)), MADE[kind][0]()]
    # A deep copy of an array is a plain one.
    copies = [value for value in made if type(value) is kind]

    assert type(one) is kind is not plain
    assert fingerprint(one) != fingerprint(other)
    assert {fingerprint(value) for value in copies} == {fingerprint(one)}
    assert all(identical(value, one) for value in copies)
    assert not identical(one, other)


@pytest.mark.parametrize(
    "kind",
    [kind for kind in MADE if kind not in (Zone, Identifier)],
    ids=lambda kind: kind.__name__,
)
def test_attributes_of_its_own_count(kind: type) -> None:
    values = [MADE[kind][0]() for _ in range(3)]
    values[1].unit, values[2].unit = "m", "km"

    assert len({fingerprint(value) for value in values}) == 3


def test_subclasses_differ_from_what_they_are_made_from() -> None:
    plain = [
        datetime.date(2026, 1, 1), datetime.time(1), datetime.timedelta(1), BERLIN, "a", b"a", 1,
        decimal.Decimal("1.1"), pathlib.PurePosixPath("a"), collections.deque([1], 2), (1, 2),
        array.array("i", [1]), functools.partial(operator.add, 1), collections.Counter("a"),
    ]  # fmt: skip
    made = [one() for one, _ in MADE.values()]

    assert len({fingerprint(value) for value in (*plain, *made)}) == len(plain) + len(made)


def hiding(base: Any, **methods: Any) -> Any:
    return type("Hiding", (base,), {"__module__": __name__, **methods})


HIDING: dict[str, tuple[Any, Any, Any]] = {
    "str": (hiding(str, __str__=lambda self: "***"), "a", "b"),
    "bytes": (hiding(bytes, __bytes__=lambda self: b"***"), b"a", b"b"),
    "int": (hiding(int, __int__=lambda self: 0, __index__=lambda self: 0), 1, 2),
    "float": (hiding(float, __float__=lambda self: 0.0), 1.0, 2.0),
    "complex": (hiding(complex, __complex__=lambda self: 0j), 1j, 2j),
    "tuple": (hiding(tuple, __iter__=lambda self: iter(())), (1,), (2,)),
    "list": (hiding(list, __iter__=lambda self: iter(())), [1], [2]),
    "frozenset": (hiding(frozenset, __iter__=lambda self: iter(())), {1}, {2}),
    "dict": (hiding(dict, items=lambda self: [], __iter__=lambda self: iter(())), {1: 1}, {1: 2}),
    "date": (hiding(datetime.date, day=property(lambda self: 1)), (2026, 1, 1), (2026, 1, 2)),
    "duration": (hiding(datetime.timedelta, days=property(lambda self: 0)), 1, 2),
    "path": (hiding(pathlib.PurePosixPath, __str__=lambda self: "a"), "b", "c"),
}


@pytest.mark.parametrize("name", HIDING)
def test_a_subclass_cannot_hide_its_content(name: str) -> None:
    kind, *contents = HIDING[name]

    values = [kind(*content) if name == "date" else kind(content) for content in contents]

    assert fingerprint(values[0]) != fingerprint(values[1])


class Mapped(map): ...  # type: ignore[type-arg]


class Filtered(filter): ...  # type: ignore[type-arg]


class Reversed(reversed): ...  # type: ignore[type-arg]


class Bound(property): ...


@pytest.mark.parametrize("kind", [Mapped, Filtered])
def test_state_that_only_c_sees_is_refused(kind: Any) -> None:
    with pytest.raises(FingerprintError):
        fingerprint(kind(int, "1"))


def test_state_that_only_c_sees_is_refused_in_subclasses_of_arrays() -> None:
    from orchestra_cache.fingerprints.values.layout import wholly_seen

    class Plain:
        __slots__ = ("a", "b")

    assert wholly_seen(Plain)
    assert wholly_seen(type("Deeper", (Plain,), {"__slots__": ("c",)}))
    assert not wholly_seen(datetime.date)
    assert not wholly_seen(datetime.timedelta)
    assert not wholly_seen(Date)
    assert wholly_seen(Date, datetime.date)
    assert not wholly_seen(Reversed)
    assert not wholly_seen(Bound)


def test_a_zone_that_was_read_from_a_file_is_refused() -> None:
    for kind in (zoneinfo.ZoneInfo, Zone):
        with zoneinfo_file() as file, pytest.raises(FingerprintError, match="ZoneInfo"):
            fingerprint([kind.from_file(file)])


def zoneinfo_file() -> Any:
    for folder in (*zoneinfo.TZPATH, *tzdata_folders()):
        path = pathlib.Path(folder, "Europe", "Berlin")
        if path.exists():
            return path.open("rb")
    return pytest.skip("no time zones on this machine")


def tzdata_folders() -> list[str]:
    try:
        import tzdata
    except ImportError:
        return []
    return [str(pathlib.Path(str(tzdata.__file__)).parent / "zoneinfo")]


class Base:
    __slots__ = ("name",)


class Shadow(Base):
    __slots__ = ("name",)


def test_two_slots_of_one_name_are_two() -> None:
    values = [Shadow() for _ in range(5)]
    for value, (own, inherited) in zip(values, ((1, 1), (1, 2), (2, 1), (2, 2)), strict=False):
        value.name = own  # type: ignore[attr-defined]
        Base.name.__set__(value, inherited)  # type: ignore[attr-defined]

    assert len({fingerprint(value) for value in values}) == 5


def test_a_slot_and_an_attribute_of_one_name_are_two() -> None:
    kind = type("Both", (), {"__slots__": ("__dict__", "name"), "__module__": __name__})
    values = [kind() for _ in range(4)]
    for value, slot, attribute in zip(values, (1, 1, 2, 2), (1, 2, 1, 2), strict=True):
        value.name = slot
        vars(value)["name"] = attribute

    assert len({fingerprint(value) for value in values}) == 4


class Lazy:
    __slots__ = ("loaded",)
    asked = 0

    def __getattr__(self, name: str) -> Any:
        Lazy.asked += 1
        self.loaded = 1
        return self.loaded


def test_an_empty_slot_is_not_filled_by_looking() -> None:
    assert fingerprint(Lazy()) == fingerprint(Lazy())
    assert Lazy.asked == 0


WITH_ATTRIBUTES: dict[str, Callable[[], Any]] = {
    "partial": lambda: functools.partial(operator.add, 1),
    "ordered dict": lambda: collections.OrderedDict(a=1),
    "counter": lambda: collections.Counter("a"),
}


@pytest.mark.parametrize("name", WITH_ATTRIBUTES)
def test_attributes_of_built_in_objects_count(name: str) -> None:
    values = [WITH_ATTRIBUTES[name]() for _ in range(3)]
    values[1].unit, values[2].unit = "m", "km"

    assert len({fingerprint(value) for value in values}) == 3
    assert not identical(values[1], values[2])


def test_attributes_count_by_whatever_name_libraries_have_for_their_own() -> None:
    import numpy as np

    kind = type("Measured", (np.ndarray,), {"__module__": __name__})
    values = [np.arange(2).view(kind) for _ in range(3)]
    for name, value in zip(("_cache", "_name", "_mask"), values, strict=True):
        vars(value)[name] = 1

    assert len({fingerprint(value) for value in values}) == 3
