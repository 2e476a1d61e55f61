"""The golden values, by name: what each digest in `values.json` is of.

After a change of the grammar that is meant, `python tests/golden/values.py` writes the file anew.
"""

from __future__ import annotations

import array
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import ipaddress
import json
import pathlib
import re
import types
import uuid
import zoneinfo
from collections.abc import Callable
from pathlib import Path

FILE = Path(__file__).with_name("values.json")


@dataclasses.dataclass
class Point:
    x: int
    y: object = None


@dataclasses.dataclass(frozen=True)
class Place:
    name: str
    at: Point


class Colour(enum.Enum):
    RED = 1
    GREEN = "green"


class Level(enum.IntEnum):
    LOW = 1


class Mode(enum.Flag):
    READ = 1
    WRITE = 2


class Names(list):  # type: ignore[type-arg]
    pass


class Slotted:
    __slots__ = ("left", "right")

    def __init__(self) -> None:
        self.left, self.right = 1, [2]


Pair = collections.namedtuple("Pair", "first second")


def circle() -> list[object]:
    found: list[object] = [1]
    found.append(found)
    return found


def tower(levels: int) -> list[object]:
    found: list[object] = []
    for _ in range(levels):
        found = [found]
    return found


PARIS = zoneinfo.ZoneInfo("Europe/Paris")
UTC = datetime.timezone.utc

VALUES: dict[str, Callable[[], object]] = {
    "none": lambda: None,
    "true": lambda: True,
    "false": lambda: False,
    "zero": lambda: 0,
    "one": lambda: 1,
    "minus one": lambda: -1,
    "127": lambda: 127,
    "128": lambda: 128,
    "-33": lambda: -33,
    "65536": lambda: 65536,
    "2**63": lambda: 2**63,
    "2**64": lambda: 2**64,
    "-2**63": lambda: -(2**63),
    "-2**63-1": lambda: -(2**63) - 1,
    "2**200": lambda: 2**200,
    "0.0": lambda: 0.0,
    "-0.0": lambda: -0.0,
    "1.0": lambda: 1.0,
    "0.1": lambda: 0.1,
    "nan": lambda: float("nan"),
    "-nan": lambda: -float("nan"),
    "inf": lambda: float("inf"),
    "1j": lambda: 1j,
    "empty text": lambda: "",
    "text": lambda: "a",
    "text of 32": lambda: "a" * 32,
    "text of 70000": lambda: "a" * 70000,
    "umlaut": lambda: "ä",
    "umlaut in two": lambda: "a\u0308",
    "surrogate": lambda: "\ud800",
    "bytes": lambda: b"a",
    "bytes of 2 MB": lambda: bytes(2_000_000),
    "bytearray": lambda: bytearray(b"a"),
    "list": lambda: [1, "a", None],
    "list of 20": lambda: list(range(20)),
    "nested list": lambda: [[1], [[2]]],
    "empty list": list,
    "tuple": lambda: (1, "a", None),
    "empty tuple": tuple,
    "set": lambda: {1, "a", None},
    "frozenset": lambda: frozenset({1, "a", None}),
    "dict": lambda: {"b": 1, "a": [2]},
    "dict of 20": lambda: {f"key {number}": number for number in range(20)},
    "mixed keys": lambda: {1: "a", "1": "b", (1,): "c", None: "d"},
    "ordered dict": lambda: collections.OrderedDict(b=1, a=2),
    "default dict": lambda: collections.defaultdict(list, a=[1]),
    "counter": lambda: collections.Counter("aab"),
    "deque": lambda: collections.deque([1, 2], maxlen=3),
    "namespace": lambda: types.SimpleNamespace(a=1),
    "mapping proxy": lambda: types.MappingProxyType({"a": 1}),
    "array": lambda: array.array("i", [1, 2]),
    "range": lambda: range(1, 10, 2),
    "slice": lambda: slice(1, None),
    "ellipsis": lambda: ...,
    "date": lambda: datetime.date(2026, 1, 2),
    "time": lambda: datetime.time(1, 2, 3, 4),
    "naive datetime": lambda: datetime.datetime(2026, 1, 2, 3, 4, 5, 6),  # noqa: DTZ001
    "utc datetime": lambda: datetime.datetime(2026, 1, 2, tzinfo=UTC),
    "paris datetime": lambda: datetime.datetime(2026, 1, 2, tzinfo=PARIS),
    "folded datetime": lambda: datetime.datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=PARIS),
    "timedelta": lambda: datetime.timedelta(days=1, microseconds=5),
    "timezone": lambda: datetime.timezone(datetime.timedelta(hours=2), "X"),
    "decimal": lambda: decimal.Decimal("1.10"),
    "decimal nan": lambda: decimal.Decimal("NaN"),
    "fraction": lambda: fractions.Fraction(1, 3),
    "uuid": lambda: uuid.UUID(int=5),
    "posix path": lambda: pathlib.PurePosixPath("a/b"),
    "pattern": lambda: re.compile("a+", re.IGNORECASE),
    "ip": lambda: ipaddress.ip_address("127.0.0.1"),
    "namedtuple": lambda: Pair(1, 2),
    "dataclass": lambda: Point(1),
    "nested dataclass": lambda: Place("home", Point(1, [2])),
    "enum": lambda: Colour.RED,
    "text enum": lambda: Colour.GREEN,
    "int enum": lambda: Level.LOW,
    "flags": lambda: Mode.READ | Mode.WRITE,
    "list subclass": lambda: Names([1]),
    "slots": Slotted,
    "exception": lambda: ValueError("a", 1),
    "circle": circle,
    "tower": lambda: tower(10_000),
    "builtin function": lambda: len,
    "builtin class": lambda: int,
    "json document": lambda: {"a": [1, 2.5, {"b": None}], "c": {"d": True, "e": ""}},
}


def write() -> None:
    """Pin today's digests."""
    from orchestra_cache import fingerprint

    found = {name: fingerprint(make()).hex for name, make in VALUES.items()}
    FILE.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    import sys

    # Under its own name, so that the classes above are `values.Point` and not `__main__.Point`.
    sys.path.insert(0, str(Path(__file__).parent))
    import values

    values.write()
