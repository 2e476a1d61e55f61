"""The oracle itself: what it takes for one value, checked by hand."""

from __future__ import annotations

import collections
import threading
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from orchestra_cache.testing import identical

NAN = float("nan")


@dataclass
class Point:
    x: Any

    @cached_property
    def double(self) -> Any:
        return 2 * self.x


class Own:
    def __init__(self, shown: Any, hidden: Any) -> None:
        self.shown, self.hidden = shown, hidden

    def __fingerprint__(self) -> object:
        return self.shown


def looked_at(point: Point) -> Point:
    assert point.double
    return point


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def loop(length: int) -> list[Any]:
    first: list[Any] = []
    last = first
    for _ in range(length - 1):
        last = [last]
    first.append(last)
    return first


IDENTICAL: list[tuple[Any, Any]] = [
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ({(1, 2): {3}, None: 0}, {None: 0, (1, 2): {3}}),
    ({frozenset([1, "a"]), 2}, {2, frozenset(["a", 1])}),
    (NAN, -NAN),
    ({NAN, 1}, {1, float("nan")}),
    ([[1]] * 2, [[1], [1]]),
    (looked_at(Point(1)), Point(1)),
    (Own(1, 2), Own(1, 3)),
    (nested(30_000), nested(30_000)),
    (loop(2), loop(2)),
    (np.arange(6).reshape(2, 3), np.asfortranarray(np.arange(6).reshape(2, 3))),
    (pa.table({"a": pa.chunked_array([[1], [2]])}), pa.table({"a": [1, 2]})),
    (pd.DataFrame({"a": [1], "b": [2]})[["b"]], pd.DataFrame({"b": [2]})),
]

DIFFERENT: list[tuple[Any, Any]] = [
    (1, True),
    ([1], [True]),
    (0.0, -0.0),
    ({1}, {True}),
    ({1: 0}, {1.0: 0}),
    ({1: 0, 2: 0}, {1: 0, 2: 1}),
    ([1, 2], [2, 1]),
    (collections.OrderedDict(a=1, b=2), collections.OrderedDict(b=2, a=1)),
    (Point(1), Point(2)),
    (Own(1, 2), Own(2, 2)),
    (nested(30_000), nested(30_001)),
    (loop(1), loop(2)),
    (np.arange(2), np.arange(2, dtype="u8")),
    (np.array([NAN]), np.array([0x7FF8000000000001], "u8").view("f8")),
    (np.zeros((2, 0)), np.zeros((0, 2))),
    (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1.0]})),
    (pd.Series([1], name="a"), pd.Series([1], name="b")),
    (pd.Series([1, None], dtype="Int64"), pd.Series([1, 2], dtype="Int64")),
    (pa.table({"a": [1]}), pa.table({"a": [1]}).replace_schema_metadata({"k": "v"})),
    (pa.array([NAN]), pa.array([None], pa.float64())),
]


@pytest.mark.parametrize("one, other", IDENTICAL)
def test_values_of_one_content_are_identical(one: Any, other: Any) -> None:
    assert identical(one, other)
    assert identical(other, one)


@pytest.mark.parametrize("one, other", DIFFERENT)
def test_values_of_two_contents_are_not_identical(one: Any, other: Any) -> None:
    assert not identical(one, other)
    assert not identical(other, one)


def test_each_value_is_identical_to_itself() -> None:
    for one, other in [*IDENTICAL, *DIFFERENT]:
        assert identical(one, one)
        assert identical(other, other)


def test_what_says_nothing_about_itself_cannot_be_compared() -> None:
    with pytest.raises(TypeError):
        identical(threading.Lock(), threading.Lock())
