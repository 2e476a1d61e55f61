"""Rows of large data: 256 MiB, or two million texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from orchestra_cache import fingerprint
from tests.benchmarks.rows import RAW, Bound, Row

__all__ = ["DATA"]

_MEMORY = 32 << 20
CONTIGUOUS = Bound(ratios={RAW: 0.9, "joblib": 10, "prefect": 10}, memory=_MEMORY)
BLANKED = Bound(ratios={RAW: 0.5}, memory=_MEMORY)
STRIDED = Bound(ratios={RAW: 0.5}, memory=_MEMORY)
TEXTS = Bound(ratios={"dask": 0.5})
ARROW_TEXTS = Bound(ratios={RAW: 0.9}, memory=_MEMORY)

_COLUMNS = 10


def _numbers(scale: float) -> Any:
    """256 MiB of doubles, a multiple of ten of them."""
    count = int((1 << 25) * scale) // _COLUMNS * _COLUMNS
    return np.random.default_rng(0).random(count)


def _columns(scale: float) -> dict[str, Any]:
    return {f"c{at}": part for at, part in enumerate(np.split(_numbers(scale), _COLUMNS))}


def _one_block(scale: float, columns: int) -> Any:
    """A frame whose columns lie side by side, row by row."""
    numbers = _numbers(scale)
    table = numbers[: len(numbers) // columns * columns].reshape(-1, columns)
    return pd.DataFrame(table, copy=False)


def _frame_of(words: list[str], dtype: Any) -> Any:
    return pd.DataFrame({"a": pd.Series(words, dtype=dtype)})


def _words(scale: float) -> list[str]:
    numbers = np.random.default_rng(0).integers(0, 10**9, int(2_000_000 * scale))
    return [f"order {number}" for number in numbers.tolist()]


def _valid(count: int) -> Any:
    return np.random.default_rng(1).random(count) > 0.1


def _whole(value: Any) -> Iterator[Any]:
    yield np.ascontiguousarray(value).reshape(-1).view("u1")


def _of_arrow(value: Any) -> Iterator[Any]:
    for column in value.columns:
        for chunk in getattr(column, "chunks", [column]):
            yield from (memoryview(part) for part in chunk.buffers() if part)


def _of_polars(value: Any) -> Iterator[Any]:
    yield from _of_arrow(value.to_arrow())


def _of_pandas(value: Any) -> Iterator[Any]:
    for name in value:
        yield from _whole(value[name].to_numpy())


def _of_masked(value: Any) -> Iterator[Any]:
    for name in value:
        yield from (*_whole(value[name].array._data), *_whole(value[name].array._mask))


def _of_text(value: Any) -> Iterator[Any]:
    column = pa.array(value["a"])
    for chunk in getattr(column, "chunks", [column]):
        yield from (memoryview(part) for part in chunk.buffers() if part)


def _chunked(scale: float) -> Any:
    parts = {name: np.array_split(column, 16) for name, column in _columns(scale).items()}
    return pa.table({name: pa.chunked_array(part) for name, part in parts.items()})


def _nulls(scale: float) -> dict[str, Any]:
    columns = _columns(scale)
    mask = ~_valid(len(columns["c0"]))
    return {name: pa.array(column, mask=mask) for name, column in columns.items()}


def _masked(kind: str) -> Callable[[float], Any]:
    def make(scale: float) -> Any:
        count = len(_columns(scale)["c0"]) * (8 if kind == "boolean" else 1)
        values = np.random.default_rng(0).integers(0, 2, count)
        masked = pd.array(values, dtype=kind)
        masked[~_valid(count)] = pd.NA
        return pd.DataFrame({f"c{at}": masked.copy() for at in range(_COLUMNS)})

    return make


def _pairs(scale: float) -> Any:
    """Two rows of two numbers each, once as lists, once as structs and once as dictionaries."""
    numbers = pa.array(_columns(scale)["c0"])
    offsets = pa.array(np.arange(0, len(numbers) + 1, 2, dtype="i4"))
    lists = pa.ListArray.from_arrays(offsets, numbers)
    structs = pa.StructArray.from_arrays([numbers, numbers], ["x", "y"])[: len(lists)]
    codes = pa.array(np.random.default_rng(0).integers(0, 100, len(lists)).astype("i4"))
    named = pa.DictionaryArray.from_arrays(codes, pa.array([str(n) for n in range(100)]))
    keys = pa.array(np.arange(len(numbers)))
    maps = pa.MapArray.from_arrays(offsets, keys, numbers)
    return pa.table({"lists": lists, "structs": structs, "named": named, "maps": maps})


def _row(name: str, make: Any, bound: Bound, buffers: Any) -> Row:
    return Row(name, make, fingerprint, bound, buffers)


DATA = [
    _row("numpy", _numbers, CONTIGUOUS, _whole),
    _row("numpy Fortran", lambda n: np.asfortranarray(_numbers(n).reshape(-1, 10)), STRIDED,
         _whole),
    _row("numpy transposed", lambda n: _numbers(n).reshape(5, -1, 2).T, STRIDED, _whole),
    _row("numpy [:, ::2]", lambda n: _numbers(2 * n).reshape(-1, 20)[:, ::2], STRIDED, _whole),
    _row("numpy [::2]", lambda n: _numbers(2 * n)[::2], STRIDED, _whole),
    _row("numpy [::-1]", lambda n: _numbers(n)[::-1], STRIDED, _whole),
    _row("pandas 10 columns", lambda n: pd.DataFrame(_columns(n)), CONTIGUOUS, _of_pandas),
    _row("pandas of one 2D array", lambda n: _one_block(n, 10), STRIDED, _of_pandas),
    _row("pandas of 100 columns in 2D", lambda n: _one_block(n, 100), STRIDED, _of_pandas),
    _row("pandas times", lambda n: pd.DataFrame(
        {name: column.view("i8") >> 2 for name, column in _columns(n).items()}
    ).astype("M8[ns]"), CONTIGUOUS, _of_pandas),
    _row("pandas Int64", _masked("Int64"), BLANKED, _of_masked),
    _row("pandas boolean", _masked("boolean"), BLANKED, _of_masked),
    _row("polars 10 columns", lambda n: pl.DataFrame(_columns(n)), CONTIGUOUS, _of_polars),
    _row("polars with nulls", lambda n: pl.DataFrame(_nulls(n)), BLANKED, _of_polars),
    _row("arrow 10 columns", lambda n: pa.table(_columns(n)), CONTIGUOUS, _of_arrow),
    _row("arrow in 16 chunks", _chunked, CONTIGUOUS, _of_arrow),
    _row("arrow with nulls", lambda n: pa.table(_nulls(n)), BLANKED, _of_arrow),
    _row("arrow nested", _pairs, STRIDED, _of_arrow),
    _row("2M texts, pandas object", lambda n: _frame_of(_words(n), object), TEXTS, None),
    _row("2M texts, numpy object", lambda n: np.array(_words(n), object), TEXTS, None),
    _row("2M texts, pandas str", lambda n: _frame_of(_words(n), "str"), ARROW_TEXTS, _of_text),
    _row("2M texts, pandas string", lambda n: _frame_of(_words(n), "string"), ARROW_TEXTS,
         _of_text),
    _row("2M texts, pandas string[python]", lambda n: _frame_of(_words(n), "string[python]"), TEXTS,
         _of_text),
    _row("2M texts, pandas ArrowDtype", lambda n: _frame_of(
        _words(n), pd.ArrowDtype(pa.string())), ARROW_TEXTS, _of_text),
    _row("2M texts, polars", lambda n: pl.DataFrame({"a": _words(n)}), ARROW_TEXTS, _of_polars),
    _row("2M texts, arrow", lambda n: pa.table({"a": _words(n)}), ARROW_TEXTS, _of_arrow),
    _row("2M texts, string_view", lambda n: pa.table({"a": pa.array(_words(n), pa.string_view())}),
         Bound(), _of_arrow),
    _row("2M texts, categorical", lambda n: pd.DataFrame(
        {"a": pd.Categorical([word[:8] for word in _words(n)])}), Bound(), None),
    _row("2M texts, index", lambda n: pd.DataFrame({"a": 1}, pd.Index(_words(n))), Bound(), None),
    _row("2M texts, numpy U", lambda n: np.array(_words(n)), CONTIGUOUS, _whole),
    _row("2M records, numpy", lambda n: np.zeros(
        int(4_000_000 * n), np.dtype([("a", "i1"), ("b", "f8"), ("c", "f4")], align=True)),
        Bound(), _whole),
]  # fmt: skip
