"""Arrow and polars tables: schema and content count, chunks and slices do not."""

from __future__ import annotations

import datetime
import pickle
from typing import Any

import polars as pl
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestra_cache import fingerprint
from orchestra_cache.testing import identical
from tests.properties.lookalikes import identical_pairs, of_one_fingerprint

common = settings(deadline=None, max_examples=120)

DAY = datetime.date(2026, 1, 1)
NAN = float("nan")

# Two rows each: easily taken for one another.
COLUMNS: list[Any] = [
    pa.array([1, None]), pa.array([1, 2]), pa.array([1, 2], pa.int8()), pa.array([1.0, None]),
    pa.array([1.0, NAN]), pa.array([0.0, -0.0]), pa.array([None, None]), pa.array([True, None]),
    pa.array(["a", None]), pa.array(["a", ""]), pa.array(["a", ""], pa.large_string()),
    pa.array([b"a", b""]), pa.array([[1], None]), pa.array([[1], []]), pa.array([[1, 2], [3]]),
    pa.array([[1], [2, 3]]), pa.array([{"a": 1}, None]), pa.array([{"a": 1}, {"a": None}]),
    pa.array(["a", "b"]).dictionary_encode(), pa.array([DAY, None]),
    pa.array([1, 2], pa.timestamp("s")), pa.array([1, 2], pa.timestamp("s", "UTC")),
    pa.array([1, 2], pa.timestamp("ms")), pa.array([[1, 2], None], pa.list_(pa.int8(), 2)),
    pa.array([[("k", 1)], []], pa.map_(pa.string(), pa.int64())),
    pa.array(["a", "b"], pa.string_view()), pa.array(["a", None], pa.string_view()),
    pa.array([1, 2], pa.uint8()), pa.array([1, 2], pa.decimal128(5, 1)),
]  # fmt: skip

columns = st.sampled_from(COLUMNS)


def test_columns_that_look_alike_have_fingerprints_of_their_own() -> None:
    assert of_one_fingerprint(COLUMNS) == []
    assert identical_pairs(COLUMNS) == []


@common
@given(columns, columns, st.sampled_from(["a", "b"]), st.sampled_from([None, {"k": "v"}]))
def test_tables_have_one_fingerprint_exactly_if_they_are_identical(
    one: Any, other: Any, name: str, metadata: Any
) -> None:
    left = pa.table({"a": one})
    right = pa.table({name: other}).replace_schema_metadata(metadata)

    same = fingerprint(left) == fingerprint(right)

    assert same == identical(left, right)


@common
@given(columns, st.integers(0, 3), st.integers(0, 2))
def test_chunks_and_slices_of_a_table_do_not_show(column: Any, before: int, cut: int) -> None:
    whole = pa.table({"a": column})
    cut_out = pa.concat_arrays([column[:1]] * before + [column]).slice(before, 2)
    chunks = pa.chunked_array([cut_out[:cut], cut_out[cut:cut], cut_out[cut:]], column.type)
    others = [pa.table({"a": cut_out}), pa.table({"a": chunks})]

    assert {fingerprint(other) for other in others} == {fingerprint(whole)}
    assert all(identical(other, whole) for other in others)


@common
@given(st.sampled_from([0, 2, 10, 12, 13, 14]), st.integers(0, 1))
def test_what_lies_under_a_null_does_not_show(position: int, place: int) -> None:
    column = COLUMNS[position].drop_null()
    column = pa.concat_arrays([column, column])[:2]
    bits = pa.py_buffer(bytes([2 - place]))
    children = [column.values] if pa.types.is_list(column.type) else None

    hidden = pa.Array.from_buffers(
        column.type, 2, [bits, *column.buffers()[1 : 2 if children else None]], children=children
    )
    known = pa.array([one if one.is_valid else None for one in hidden], column.type)

    assert known.null_count == hidden.null_count == 1
    assert fingerprint(hidden) == fingerprint(known)
    assert identical(hidden, known)


@common
@given(columns)
def test_pickling_a_table_does_not_show(column: Any) -> None:
    table = pa.table({"a": column})

    copied = pickle.loads(pickle.dumps(table))

    assert fingerprint(copied) == fingerprint(table)
    assert identical(copied, table)


POLARS_COLUMNS: list[Any] = [
    [1, None], [1, 2], [1.0, None], [1.0, NAN], [0.0, -0.0], ["a", None], ["a", ""],
    [True, None], [[1], None], [[1], []], [{"a": 1}, None], [{"a": 1}, {"a": None}], [None, None],
    [DAY, None], [b"a", None], [datetime.timedelta(1), None],
]  # fmt: skip

polars_columns = st.sampled_from(POLARS_COLUMNS)


@common
@given(polars_columns, polars_columns, st.sampled_from(["a", "b"]))
def test_polars_frames_have_one_fingerprint_exactly_if_they_are_identical(
    one: Any, other: Any, name: str
) -> None:
    left, right = pl.DataFrame({"a": one}), pl.DataFrame({name: other})

    same = fingerprint(left) == fingerprint(right)

    assert same == identical(left, right)


@common
@given(polars_columns, st.integers(0, 2))
def test_chunks_and_copies_of_a_polars_frame_do_not_show(column: list[Any], cut: int) -> None:
    whole = pl.DataFrame({"a": column})
    others = [
        pl.concat([whole[:cut], whole[cut:]], rechunk=False),
        pl.concat([whole, whole])[2:],
        whole.clone(),
        pickle.loads(pickle.dumps(whole)),
    ]

    assert {fingerprint(other) for other in others} == {fingerprint(whole)}
    assert all(identical(other, whole) for other in others)


def test_a_frame_is_no_table_and_no_frame_of_another_library() -> None:
    import pandas as pd

    values = [
        pa.table({"a": [1]}),
        pa.record_batch({"a": [1]}),
        pl.DataFrame({"a": [1]}),
        pd.DataFrame({"a": [1]}),
        pa.array([1]),
        pa.chunked_array([[1]]),
        pl.Series("a", [1]),
        pd.Series([1], name="a"),
    ]

    assert of_one_fingerprint(values) == []
    assert identical_pairs(values) == []
