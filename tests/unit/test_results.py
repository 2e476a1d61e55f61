"""What a task returns is what a hit returns, and nobody else's."""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.linear_model import LinearRegression

from orchestra_cache import Cache, fingerprint, outputs
from orchestra_cache.codecs import ArrayCodec, ArrowCodec, PolarsCodec
from orchestra_cache.errors import CodecError
from orchestra_cache.events import Event, Hit, Miss, Published, Uncached
from orchestra_cache.outputs import encode
from orchestra_cache.testing import identical


@dataclass
class Order:
    number: int
    tags: list[str] = field(default_factory=list)


class Color(enum.Enum):
    RED = 1


class Unpicklable:
    def __reduce__(self) -> Any:
        raise RuntimeError("live")


class Unsure:
    """Cannot say what it is, and can be pickled."""

    def __fingerprint__(self) -> object:
        raise ZeroDivisionError


RESULTS: dict[str, Callable[[], Any]] = {
    "none": lambda: None,
    "false": lambda: False,
    "zero": lambda: 0,
    "empty text": lambda: "",
    "empty list": lambda: [],
    "empty dict": lambda: {},
    "empty bytes": lambda: b"",
    "nan": lambda: float("nan"),
    "infinity": lambda: float("inf"),
    "minus zero": lambda: -0.0,
    "large integer": lambda: 10**30,
    "tuple": lambda: (1, (2,)),
    "tuple in a list": lambda: [(1, 2)],
    "keys that are numbers": lambda: {1: "a"},
    "key that is a text of a number": lambda: {"1": "a"},
    "set": lambda: {1, 2},
    "surrogate": lambda: "\ud800",
    "document": lambda: {"a": [1, 2.5, None, {"b": True}]},
    "enum": lambda: Color.RED,
    "enum in a list": lambda: [Color.RED],
    "dataclass": lambda: Order(1, ["a"]),
    "array": lambda: np.arange(5),
    "read-only array": lambda: np.frombuffer(b"12345678", "u1"),
    "array of objects": lambda: np.array([1, None], object),
    "fields in any order": lambda: np.zeros(
        2, {"names": ["a", "b"], "formats": ["i4", "i4"], "offsets": [4, 0]}
    ),
    "frame": lambda: pd.DataFrame({"a": [1, 2], "b": ["x", None]}),
    "frame of objects": lambda: pd.DataFrame({"a": [[1], {"b": (1,)}]}),
    "frame with attributes": lambda: attributed(pd.DataFrame({"a": [1]})),
    "series": lambda: pd.Series([1.5], name="x"),
    "polars frame": lambda: pl.DataFrame({"a": [1, None]}),
    "arrow table": lambda: pa.table({"a": [1, None]}),
    "large array": lambda: np.arange(100_000),
    "large bytes": lambda: bytes(200_000),
    "large document": lambda: ["text"] * 50_000,
}


def attributed(frame: pd.DataFrame) -> pd.DataFrame:
    frame.attrs["unit"] = "m"
    return frame


@pytest.mark.parametrize("name", RESULTS)
def test_a_hit_is_the_result_itself(name: str, cache: Cache, events: list[Event]) -> None:
    task = cache.memoize(RESULTS[name])

    first, second = task(), task()

    assert [type(event) for event in events] == [Miss, Published, Hit]
    assert identical(first, RESULTS[name]())
    assert identical(second, RESULTS[name]())


def test_the_first_caller_gets_the_very_object(cache: Cache) -> None:
    made: list[Any] = []

    @cache.memoize
    def task() -> list[Any]:
        made.append([1])
        return made[-1]

    assert task() is made[0]


CHANGES: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "list": (lambda: [[1]], lambda value: value[0].append(2)),
    "dict": (lambda: {"a": 1}, lambda value: value.update(b=2)),
    "array": (lambda: np.arange(5), lambda value: value.fill(0)),
    "large array": (lambda: np.arange(100_000), lambda value: value.fill(0)),
    "read-only array": (lambda: np.frombuffer(b"12345678", "u1"), lambda value: value.fill(0)),
    "frame": (lambda: pd.DataFrame({"a": [1, 2]}), lambda value: value.__setitem__("a", 0)),
    "column": (
        lambda: pd.DataFrame({"a": [1.5, 2]}),
        lambda value: value.iloc.__setitem__((0, 0), 9),
    ),
    "object": (lambda: Order(1, ["a"]), lambda value: value.tags.append("b")),
    "arrays in a dict": (lambda: {"a": np.arange(50_000)}, lambda value: value["a"].fill(0)),
    "model": (
        lambda: LinearRegression().fit([[0.0], [1.0]], [1.0, 2.0]),
        lambda value: value.coef_.fill(0),
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_hit_is_private(name: str, cache: Cache) -> None:
    make, change = CHANGES[name]
    task = cache.memoize(make)
    task()

    change(task())

    assert identical(task(), make())


def test_a_value_that_changes_after_it_was_returned_is_kept_as_it_was(cache: Cache) -> None:
    task = cache.memoize(lambda: [1])

    task().append(2)

    assert task() == [1]


def test_an_exception_is_not_a_result(cache: Cache, events: list[Event]) -> None:
    class Calls:
        count = 0

        def __fingerprint__(self) -> object:
            return "calls"

    calls = Calls()

    @cache.memoize
    def task() -> int:
        calls.count += 1
        if calls.count == 1:
            raise ValueError("first")
        return 5

    with pytest.raises(ValueError, match="first"):
        task()

    assert (task(), task()) == (5, 5)
    assert calls.count == 2
    assert [type(event) for event in events] == [Miss, Miss, Published, Hit]


def test_a_result_that_cannot_be_kept_is_returned_and_said_so(
    cache: Cache, events: list[Event]
) -> None:
    task = cache.memoize(lambda: [Unpicklable()])

    results = [task(), task()]

    assert all(isinstance(result[0], Unpicklable) for result in results)
    assert [type(event) for event in events] == [Miss, Uncached, Miss, Uncached]
    assert isinstance(events[1], Uncached)
    assert "cannot be pickled: live" in events[1].reason
    assert events[1].hint


LIVE: dict[str, Callable[[], Any]] = {
    "generator": lambda: (n for n in [1]),
    "lock": threading.Lock,
    "function without a name": lambda: lambda: 1,
    "view": lambda: memoryview(b"a"),
}


@pytest.mark.parametrize("name", LIVE)
def test_live_results_are_returned_uncached(name: str, cache: Cache, events: list[Event]) -> None:
    task = cache.memoize(lambda: LIVE[name]())

    result = task()

    assert type(result) is type(LIVE[name]())
    assert [type(event) for event in events] == [Miss, Uncached]


def test_a_generator_that_is_returned_is_not_consumed(cache: Cache) -> None:
    task = cache.memoize(lambda: (n for n in [1, 2]))

    assert [list(task()), list(task())] == [[1, 2], [1, 2]]


def test_a_result_that_cannot_say_what_it_is_does_not_fail_the_task(cache: Cache) -> None:
    task = cache.memoize(Unsure)

    results = [task(), task()]

    assert all(isinstance(result, Unsure) for result in results)


def test_a_deeply_nested_result_does_not_fail_the_task(cache: Cache) -> None:
    @cache.memoize
    def task() -> list[Any]:
        value: list[Any] = []
        for _ in range(20_000):
            value = [value]
        return value

    results = [task(), task()]

    assert identical(results[0], results[1])


def test_a_result_may_contain_itself(cache: Cache) -> None:
    @cache.memoize
    def task() -> list[Any]:
        value: list[Any] = [1]
        value.append(value)
        return value

    task()
    found = task()

    assert found[0] == 1
    assert found[1] is found


class Number(np.float64):
    """More than its number."""


class Forgetful:
    """Drops what it holds when it is pickled."""

    def __init__(self, held: Any = None) -> None:
        self.held = held

    def __reduce__(self) -> Any:
        return Forgetful, ()


def rational() -> Any:
    tests = pytest.importorskip("numpy._core._rational_tests")
    return np.zeros(2, [("a", tests.rational)])


def small_float() -> Any:
    return np.zeros(3, pytest.importorskip("ml_dtypes").float8_e5m2)


def odd_arrow(kind: Any, values: Any) -> Any:
    return pa.table({"a": pa.array(values, kind)})


def labelled(dtype: Any) -> Any:
    return pd.DataFrame(np.zeros((2, 1)), columns=pd.Index(["a"], dtype=dtype))


ODD: dict[str, Callable[[], Any]] = {
    "class of a number": lambda: Number(1.5),
    "class of a number in a tuple": lambda: (Number(1.5), 2),
    "object that forgets": lambda: Forgetful(5),
    "object that forgets in a list": lambda: [np.zeros(3), Forgetful(5)],
    "metadata of a field": lambda: np.zeros(3, [("a", np.dtype("i4", metadata={"x": 1}))]),
    "metadata deep inside": lambda: np.zeros(
        3, [("a", [("b", np.dtype("i4", metadata={"x": 1}), (2,))])]
    ),
    "record dtype": lambda: np.zeros(3, np.dtype((np.record, [("a", "i4")]))),
    "labels string[python]": lambda: labelled("string[python]"),
    "labels string[pyarrow]": lambda: labelled("string[pyarrow]"),
    "labels of a category": lambda: labelled("category"),
    "labels of objects": lambda: labelled(object),
    "no labels": lambda: pd.DataFrame(index=range(3), columns=pd.Index([], dtype="string")),
    "identifiers": lambda: odd_arrow(pa.uuid(), [b"x" * 16]),
    "json": lambda: odd_arrow(pa.json_(), ["{}"]),
    "bool8": lambda: odd_arrow(pa.bool8(), [1]),
    "extension in a struct": lambda: pa.table({"a": pa.StructArray.from_arrays(
        [pa.array([1], pa.int8()).cast(pa.bool8())], ["b"])}),
    "empty metadata": lambda: pa.table([pa.array([1])], pa.schema(
        [pa.field("a", pa.int64(), metadata={})])),
    "empty metadata in a struct": lambda: odd_arrow(
        pa.struct([pa.field("b", pa.int64(), metadata={})]), [{"b": 1}]),
    "no UTF-8": lambda: pa.table({"a": pa.array([b"\xff\xfe"]).view(pa.string())}),
    "half a day": lambda: pa.table({"a": pa.array([1], pa.int64()).view(pa.date64())}),
    "large number of an object column": lambda: pd.DataFrame({"a": [2**70]}, dtype=object),
    "dtype of others": rational,
    "small float": small_float,
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_what_is_found_is_what_was_returned_or_nothing_is(
    name: str, cache: Cache, events: list[Event]
) -> None:
    value = ODD[name]()
    task = cache.memoize(lambda: ODD[name]())

    task()
    found = task()

    assert fingerprint(found) == fingerprint(value)
    assert isinstance(events[1], Published | Uncached)
    assert type(events[-1]) is (Hit if isinstance(events[1], Published) else Uncached)


@pytest.mark.parametrize(
    "kind",
    [
        pa.bool8(),
        pa.struct([pa.field("b", pa.bool8())]),
        pa.list_(pa.bool8()),
        pa.map_(pa.string(), pa.bool8()),
        pa.list_(pa.struct([pa.field("b", pa.int8(), metadata={})])),
        pa.dictionary(pa.int8(), pa.bool8()),
    ],
    ids=str,
)
def test_a_table_with_an_extension_anywhere_is_proved(kind: Any) -> None:
    table = pa.Table.from_batches([], pa.schema([pa.field("a", kind)]))

    assert not ArrowCodec().is_exact(table)


@pytest.mark.parametrize("name", ["no UTF-8", "half a day", "large number of an object column"])
def test_what_arrow_would_not_read_is_pickled(name: str) -> None:
    encoded = encode(ODD[name](), trusted=True)

    assert [part.codec for part in encoded.parts] == ["pickle5"]


def test_an_array_of_a_dtype_of_others_is_none_of_ours() -> None:
    assert not ArrayCodec().accepts(rational())


@pytest.mark.parametrize("name", ["object that forgets", "class of a number"])
def test_a_pickle_that_gives_something_else_back_is_not_kept(
    name: str, cache: Cache, events: list[Event]
) -> None:
    cache.memoize(lambda: ODD[name]())()

    assert isinstance(events[1], Uncached)
    assert "pickle5 does not give it back identical" in events[1].reason
    assert events[1].hint


def test_what_is_too_large_to_be_proved_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs, "_PROVED_UP_TO", 100)
    frame = pd.DataFrame({"a": np.zeros(100)}, index=pd.date_range("2000", periods=100))

    with pytest.raises(CodecError, match="too large to be proved"):
        encode(frame, trusted=False)

    assert [part.codec for part in encode(frame, trusted=True).parts] == ["pickle5"]


POLARS = [
    pl.Boolean(), pl.Int8(), pl.Int16(), pl.Int32(), pl.Int64(), pl.UInt8(), pl.UInt16(),
    pl.UInt32(), pl.UInt64(), pl.Float32(), pl.Float64(), pl.String(), pl.Binary(), pl.Date(),
    pl.Time(), pl.Datetime("ns"), pl.Datetime("ms", "Europe/Paris"), pl.Duration("us"),
]  # fmt: skip


@pytest.mark.parametrize("dtype", POLARS, ids=str)
def test_a_plain_polars_frame_is_exact(dtype: pl.DataType) -> None:
    texts = pl.Series(["a", None, "", "b" * 50])
    plain = texts if dtype == pl.String() else texts.cast(pl.Binary())
    if dtype not in (pl.String(), pl.Binary()):
        plain = pl.Series([0, None, 1, 0]).cast(dtype)
    codec = PolarsCodec()

    for frame in (pl.DataFrame({"a": plain}), pl.DataFrame({"a": plain})[1:3]):
        assert codec.is_exact(frame)
        assert identical(codec.decode(memoryview(b"".join(codec.encode(frame)))), frame)


@pytest.mark.parametrize("dtype", [pl.Categorical(), pl.Enum(["a"]), pl.List(pl.Int8)], ids=str)
def test_any_other_polars_frame_is_proved(dtype: pl.DataType) -> None:
    assert not PolarsCodec().is_exact(pl.DataFrame({"a": pl.Series([], dtype=dtype)}))
