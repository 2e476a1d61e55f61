"""Pairs of values that hashers take for one another, or for two, and should not."""

from __future__ import annotations

import array
import collections
import copy
import datetime
import decimal
import enum
import fractions
import functools
import operator
import pathlib
import pickle
import re
import types
import uuid
from collections.abc import Callable
from dataclasses import dataclass, make_dataclass
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import attrs
import msgspec
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from pydantic import BaseModel
from scipy import sparse

__all__ = ["AGREE", "DIFFER"]

NAN = float("nan")
ODD_NAN = np.array([0x7FF8000000000001], "u8").view("f8")
UTC = datetime.timezone.utc
DAY = datetime.datetime(2026, 1, 1, tzinfo=UTC)


class Color(enum.Enum):
    RED = 1
    GREEN = 2


class Hue(enum.Enum):
    RED = 1


class Number(enum.IntEnum):
    ONE = 1


class Mode(str, enum.Enum):
    FAST = "fast"


class Row(NamedTuple):
    a: Any
    b: Any


class Line(NamedTuple):
    a: Any
    b: Any


@dataclass
class Point:
    a: Any
    b: Any = 0


@dataclass
class Spot:
    a: Any
    b: Any = 0


@attrs.define
class Field:
    a: Any
    b: Any = 0


class Struct(msgspec.Struct):
    a: Any
    b: Any = 0


class Model(BaseModel):
    a: Any
    b: Any = 0


class Plain:
    def __init__(self, **state: Any) -> None:
        vars(self).update(state)


class Name(str): ...


class Names(list[Any]): ...


class Table(dict[Any, Any]): ...


def add(a: Any, b: Any) -> Any:
    return a + b


def subtract(a: Any, b: Any) -> Any:
    return a - b


def closure(number: Any) -> Callable[[], Any]:
    return lambda: number


def defaulted(number: Any) -> Callable[[], Any]:
    def function(given: Any = number) -> Any:
        return given

    return function


def looped(*before: Any) -> list[Any]:
    value = list(before)
    value.append(value)
    return value


def grown(*words: str) -> dict[str, int]:
    made = dict.fromkeys(reversed([*words, "gone"]), 0)
    del made["gone"]
    return made


def shrunk(size: int) -> set[int]:
    made = set(range(size))
    made -= set(range(3, size))
    return made


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns)


def under_null(hidden: int) -> Any:
    buffers = [pa.py_buffer(b"\1"), pa.py_buffer(np.array([1, hidden], "<i8").tobytes())]
    return pa.Array.from_buffers(pa.int64(), 2, buffers)


DIFFER: dict[str, tuple[Any, Any]] = {
    "where a word ends": (["a", "b-c"], ["a-b", "c"]),
    "where a word ends, by commas": (["a,b"], ["a", "b"]),
    "where a word ends, by nothing": (["ab", "c"], ["a", "bc"]),
    "where a word ends, by zeros": (["a\0", "b"], ["a", "\0b"]),
    "where bytes end": ([b"ab", b""], [b"a", b"b"]),
    "empty words": (["", "a"], ["a", ""]),
    "no words and an empty one": ([], [""]),
    "a quote in a word": (["a', 'b"], ["a", "b"]),
    "text of a list": ("[1, 2]", [1, 2]),
    "text of nothing": ("None", None),
    "text of a number": ("1", 1),
    "text of a truth": ("True", True),
    "text of a dict": ("{'a': 1}", {"a": 1}),
    "text keys and number keys": ({"1": 1}, {1: 1}),
    "text keys and keys of nothing": ({"None": 1}, {None: 1}),
    "truth keys and number keys": ({True: 1}, {1: 1}),
    "float keys and number keys": ({1.0: 1}, {1: 1}),
    "byte keys and text keys": ({b"a": 1}, {"a": 1}),
    "tuple keys": ({(1, 2): 1}, {(1, "2"): 1}),
    "keys and values exchanged": ({"a": "b"}, {"b": "a"}),
    "values exchanged": ({"a": 1, "b": 2}, {"a": 2, "b": 1}),
    "a value that is a key": ({"a": "b", "c": "d"}, {"a": "b", "d": "c"}),
    "where a dict ends": ({"a": {"b": 1}}, {"a": {}, "b": 1}),
    "a dict and its pairs": ({"a": 1}, [("a", 1)]),
    "a dict and its pairs flat": ({"a": 1}, ["a", 1]),
    "list and tuple": ([1, 2], (1, 2)),
    "list and tuple inside": ([[1, 2]], [(1, 2)]),
    "list and set": ([1, 2], {1, 2}),
    "set and frozenset": ({1}, frozenset([1])),
    "list and deque": ([1], collections.deque([1])),
    "tuple and named tuple": ((1, 2), Row(1, 2)),
    "two named tuples": (Row(1, 2), Line(1, 2)),
    "empty list and tuple": ([], ()),
    "empty dict and set": ({}, set()),
    "nothing and an empty list": (None, []),
    "nesting": ([[1], 2], [[1, 2]]),
    "nesting of nothing": ([[], []], [[[]]]),
    "a list twice": ([1, 1], [1]),
    "order": ([1, 2], [2, 1]),
    "order of a tuple": ((1, 2), (2, 1)),
    "order of an ordered dict": (
        collections.OrderedDict(a=1, b=2), collections.OrderedDict(b=2, a=1),
    ),
    "ordered and plain dict": (collections.OrderedDict(a=1), {"a": 1}),
    "default and plain dict": (collections.defaultdict(int, a=1), {"a": 1}),
    "counter and dict": (collections.Counter("a"), {"a": 1}),
    "namespace and dict": (types.SimpleNamespace(a=1), {"a": 1}),
    "truth and one": (True, 1),
    "falsehood and zero": ([False], [0]),
    "number and float": (1, 1.0),
    "number and complex": (1, 1 + 0j),
    "number and decimal": (1, decimal.Decimal(1)),
    "number and fraction": (1, fractions.Fraction(1)),
    "number and numpy's": (1, np.int64(1)),
    "float and numpy's": (1.0, np.float64(1)),
    "two widths": (np.int32(1), np.int64(1)),
    "zeros": (0.0, -0.0),
    "zeros inside": ([0.0], [-0.0]),
    "zeros of complex numbers": (0j, complex(0, -0.0)),
    "floats that print alike in C": (0.1 + 0.2, 0.3),
    "floats and their neighbours": (1.0, 1.0000000000000002),
    "large numbers": (2**64, 2**64 + 1),
    "large numbers and floats": (2**53 + 1, float(2**53)),
    "huge numbers": (10**5000, 10**5000 + 1),
    "hashes that are equal": (-1, -2),
    "hashes that are equal, modulo": (2**61 - 1, 0),
    "hashes of tuples": ((-1,), (-2,)),
    "decimals that are equal": (decimal.Decimal("1.1"), decimal.Decimal("1.10")),
    "decimal zeros": (decimal.Decimal(0), decimal.Decimal("-0")),
    "text and bytes": ("a", b"a"),
    "bytes and bytearray": (b"a", bytearray(b"a")),
    "bytes and list": (b"a", [97]),
    "bytes inside": ([b"a"], [bytearray(b"a")]),
    "case": ("a", "A"),
    "letters composed": ("\u00e9", "e\u0301"),
    "white space": ("a", "a "),
    "lines": ("a\n", "a\r\n"),
    "surrogates": ("\ud800", "\ud801"),
    "a surrogate and its pair": ("\ud83d\ude00", "\U0001f600"),
    "a surrogate and a question mark": ("\ud800", "?"),
    "text and subclass": ("a", Name("a")),
    "list and subclass": ([1], Names([1])),
    "dict and subclass": ({"a": 1}, Table(a=1)),
    "enum and value": (Color.RED, 1),
    "two enums": (Color.RED, Hue.RED),
    "two members": (Color.RED, Color.GREEN),
    "number enum and number": (Number.ONE, 1),
    "text enum and text": (Mode.FAST, "fast"),
    "dataclass and dict": (Point(1), {"a": 1, "b": 0}),
    "two dataclasses": (Point(1), Spot(1)),
    "dataclass and attrs": (Point(1), Field(1)),
    "attrs and struct": (Field(1), Struct(1)),
    "struct and model": (Struct(1), Model(a=1)),
    "model and dict": (Model(a=1), {"a": 1, "b": 0}),
    "fields": (Point(1, 2), Point(2, 1)),
    "an attribute that no field is": (Point(1), functools.reduce(
        lambda point, name: (setattr(point, name, 1), point)[1], ["c"], Point(1)
    )),
    "object and dict": (Plain(a=1), {"a": 1}),
    "names of attributes": (Plain(a=1), Plain(b=1)),
    "class and instance": (Plain, Plain()),
    "class and its name": (Plain, "Plain"),
    "two classes": (Plain, Point),
    "two made classes": (make_dataclass("A", ["a"])(1), make_dataclass("B", ["a"])(1)),
    "functions": (add, subtract),
    "closures": (closure(1), closure(2)),
    "closures over lists and tuples": (closure([1]), closure((1,))),
    "defaults": (defaulted(1), defaulted(2)),
    "partials": (functools.partial(add, 1), functools.partial(add, 2)),
    "partials by name": (functools.partial(add, b=1), functools.partial(add, 1)),
    "built-in functions": (operator.add, operator.sub),
    "methods of two objects": (Plain(a=1).__eq__, Plain(a=2).__eq__),
    "date and instant": (datetime.date(2026, 1, 1), DAY),
    "zone and none": (DAY, DAY.replace(tzinfo=None)),
    "zones of one offset": (DAY, DAY.replace(tzinfo=ZoneInfo("UTC"))),
    "one instant in two zones": (DAY, DAY.astimezone(ZoneInfo("Europe/Berlin"))),
    "folds": (DAY, DAY.replace(fold=1)),
    "durations": (datetime.timedelta(1), datetime.timedelta(hours=23)),
    "path and text": (pathlib.PurePosixPath("a"), "a"),
    "two kinds of paths": (pathlib.PurePosixPath("a"), pathlib.PureWindowsPath("a")),
    "identifier and text": (uuid.UUID(int=1), str(uuid.UUID(int=1))),
    "flags of patterns": (re.compile("a"), re.compile("a", re.DOTALL)),
    "patterns of text and bytes": (re.compile("a"), re.compile(b"a")),
    "ranges": (range(3), [0, 1, 2]),
    "ranges that are equal": (range(0), range(1, 1)),
    "slices": (slice(1), slice(0, 1)),
    "errors": (ValueError("a"), TypeError("a")),
    "arguments of errors": (ValueError("a", "b"), ValueError("a, b")),
    "types of arrays": (array.array("i", [1]), array.array("q", [1])),
    "loops": (looped(), [looped()]),
    "loops of two lengths": (looped(1), looped(1, 1)),
    "a loop and its text": (looped(), "[[...]]"),
    "shape": (np.zeros((2, 3)), np.zeros((3, 2))),
    "shape of nothing": (np.zeros((0, 2)), np.zeros((2, 0))),
    "no shape": (np.array(1), np.array([1])),
    "dtype": (np.zeros(2, "f4"), np.zeros(2, "i4")),
    "byte order": (np.array([1], "<i4"), np.array([1], ">i4")),
    "byte order, bits alike": (np.array([1], "<i4"), np.array([1], "<i4").byteswap().view(">i4")),
    "Fortran order": (np.array([[1, 2], [3, 4]]), np.array([[1, 2], [3, 4]], order="F").T),
    "NaNs of an array": (np.array([NAN]), ODD_NAN),
    "large arrays that print alike": (np.arange(10_000), np.where(
        np.arange(10_000) == 5000, 0, np.arange(10_000)
    )),
    "objects of an array": (np.array(["a", 1], object), np.array(["a", "1"], object)),
    "array and list": (np.array([1]), [1]),
    "array and matrix": (np.array([[1]]), np.matrix([[1]])),
    "mask": (np.ma.array([1, 2], mask=[0, 1]), np.ma.array([1, 2], mask=[1, 0])),
    "columns": (frame(a=[1], b=[2]), frame(a=[2], b=[1])),
    "order of columns": (frame(a=[1], b=[2]), frame(b=[2], a=[1])),
    "order of rows": (frame(a=[1, 2]), frame(a=[2, 1])),
    "rows and their index": (frame(a=[1, 2]), frame(a=[1, 2]).set_index(pd.Index([1, 2]))),
    "index of one content": (frame(a=[1]), frame(a=[1]).set_index(pd.Index([0]))),
    "name of an index": (frame(a=[1]).rename_axis("x"), frame(a=[1])),
    "labels": (pd.DataFrame([[1]], columns=["1"]), pd.DataFrame([[1]], columns=[1])),
    "dtype of a column": (frame(a=[1]), frame(a=[1.0])),
    "null and NaN": (pd.Series([None], dtype=object), pd.Series([NAN], dtype=object)),
    "NA and NaN": (pd.array([None], "Float64"), np.array([NAN])),
    "categories": (pd.Categorical(["a"]), pd.Categorical(["a"], ["a", "b"])),
    "zones of a column": (
        pd.Series([DAY]).dt.tz_convert("UTC"), pd.Series([DAY]).dt.tz_convert("Europe/Berlin"),
    ),
    "attributes of a frame": (frame(a=[1]), frame(a=[1]).assign().pipe(
        lambda made: (made.attrs.update(unit="m"), made)[1]
    )),
    "series and frame": (pd.Series([1], name="a"), frame(a=[1])),
    "frames of two libraries": (frame(a=[1]), pl.DataFrame({"a": [1]})),
    "names of series": (pl.Series("a", [1]), pl.Series("b", [1])),
    "kinds of texts": (pa.array(["a"]), pa.array(["a"], pa.large_string())),
    "null and empty": (pa.array([None], pa.string()), pa.array([""])),
    "null and an empty list": (
        pa.array([None], pa.list_(pa.int8())), pa.array([[]], pa.list_(pa.int8())),
    ),
    "borders of lists": (pa.array([[1], [2, 3]]), pa.array([[1, 2], [3]])),
    "borders of words": (pa.array(["ab", "c"]), pa.array(["a", "bc"])),
    "metadata": (pa.table({"a": [1]}), pa.table({"a": [1]}).replace_schema_metadata({"k": "v"})),
    "sparse formats": (sparse.csr_array(np.eye(2)), sparse.csc_array(np.eye(2))),
    "sparse and dense": (sparse.csr_array(np.eye(2)), np.eye(2)),
}  # fmt: skip

AGREE: dict[str, tuple[Any, Any]] = {
    "order of a dict": ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    "order of mixed keys": ({1: 0, "a": 0, None: 0, (1,): 0}, {(1,): 0, None: 0, "a": 0, 1: 0}),
    "order deep inside": ([{"x": {1: {"a": 1, "b": 2}}}], [{"x": {1: {"b": 2, "a": 1}}}]),
    "order of a set": ({"a", "b", "c"}, {"c", "b", "a"}),
    "order of a set of sets": (
        {frozenset(["a", "b"]), frozenset([1])}, {frozenset([1]), frozenset(["b", "a"])},
    ),
    "a dict that had more": ({"a": 0, "b": 0}, grown("a", "b")),
    "a set that had more": ({0, 1, 2}, shrunk(1000)),
    "interning": ("".join(["ab", "c"]), "abc"),
    "how a text is stored": ("a", "\U0001f600a"[1:]),
    "numbers cached and not": (int("256"), 2**8),
    "numbers made large": (int("1000"), 10**3),
    "sharing": ([[1]] * 2, [[1], [1]]),
    "sharing a text": (["ab"] * 2, ["ab", "".join("ab")]),
    "NaNs": (NAN, -NAN),
    "NaNs of two bits": (NAN, float(ODD_NAN[0])),
    "NaNs as keys": ({NAN: 1}, {float("nan"): 1}),
    "ranges": (range(3), range(0, 3, 1)),
    "slices of a list": ([1, 2, 3][:2], [1, 2]),
    "nested partials": (
        functools.partial(functools.partial(add, 1), 2), functools.partial(add, 1, 2),
    ),
    "order of named arguments": (
        functools.partial(add, a=1, b=2), functools.partial(add, b=2, a=1),
    ),
    "order of attributes": (Plain(a=1, b=2), Plain(b=2, a=1)),
    "a pickle of an object": (Plain(a=[1]), pickle.loads(pickle.dumps(Plain(a=[1])))),
    "a copy of a dataclass": (Point([1]), copy.deepcopy(Point([1]))),
    "defaults": (Point(1), Point(1, 0)),
    "defaults of a model": (Model(a=1), Model(a=1, b=0)),
    "closures": (closure(1), closure(1)),
    "slashes of a path": (pathlib.PurePosixPath("a//b/"), pathlib.PurePosixPath("a/b")),
    "a loop unrolled": (looped(), copy.deepcopy(looped())),
    "Fortran order": (np.arange(6).reshape(2, 3), np.asfortranarray(np.arange(6).reshape(2, 3))),
    "strides": (np.arange(10)[::2], np.array([0, 2, 4, 6, 8])),
    "backwards": (np.arange(3)[::-1], np.array([2, 1, 0])),
    "broadcast": (np.broadcast_to(1.0, (3,)), np.ones(3)),
    "read only": (np.frombuffer(b"abc", "u1"), np.array([97, 98, 99], "u1")),
    "names of dtypes": (np.zeros(1, "int64"), np.zeros(1, "<i8")),
    "under a mask": (
        np.ma.array([1, 2], mask=[0, 1], fill_value=0),
        np.ma.array([1, 9], mask=[0, 1], fill_value=0),
    ),
    "blocks": (frame(a=[1], b=[2])[["b"]], frame(b=[2])),
    "a copy of a frame": (frame(a=[1, 2]), frame(a=[1, 2]).copy()),
    "a slice of a frame": (
        frame(a=[0, 1])[1:].reset_index(drop=True), frame(a=[1]).reset_index(drop=True),
    ),
    "chunks": (pa.chunked_array([[1], [2]]), pa.chunked_array([[1, 2]])),
    "slices of arrow": (pa.array([0, 1, 2])[1:], pa.array([1, 2])),
    "slices of texts": (pa.array(["x", "a", "b"])[1:], pa.array(["a", "b"])),
    "slices of lists": (pa.array([[0], [1, 2]])[1:], pa.array([[1, 2]])),
    "under a null": (under_null(7), under_null(8)),
    "chunks of polars": (
        pl.concat([pl.Series([1]), pl.Series([2])], rechunk=False), pl.Series([1, 2]),
    ),
    "rows of a sparse array": (
        sparse.csr_array(([1, 2], [0, 1], [0, 2]), shape=(1, 2)),
        sparse.csr_array(([2, 1], [1, 0], [0, 2]), shape=(1, 2)),
    ),
}  # fmt: skip
