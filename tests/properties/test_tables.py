"""Arrow and polars tables: schema and content count, chunks and slices do not."""

from __future__ import annotations

import datetime
import pickle
from contextlib import nullcontext
from typing import Any

import polars as pl
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestra_cache import fingerprint
from orchestra_cache.testing import identical
from tests.properties.lookalikes import identical_pairs, of_one_fingerprint
from tests.properties.small_chunks import small_chunks

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


def test_columns_of_many_chunks_that_look_alike_have_fingerprints_of_their_own() -> None:
    with small_chunks():
        assert of_one_fingerprint(COLUMNS) == []


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


KINDS: list[Any] = [
    pa.int8(), pa.int64(), pa.float32(), pa.bool_(), pa.decimal128(9, 2), pa.null(),
    pa.binary(3), pa.binary(16), pa.large_binary(), pa.binary_view(),
    pa.string(), pa.large_string(), pa.string_view(),
    pa.list_(pa.int16()), pa.large_list(pa.string()), pa.list_(pa.bool_(), 2),
    pa.map_(pa.string(), pa.string_view()), pa.struct({"x": pa.int8(), "y": pa.list_(pa.string())}),
    pa.dictionary(pa.int8(), pa.string()), pa.list_(pa.struct({"x": pa.float64()})),
]  # fmt: skip


def test_texts_longer_than_any_chunk_count_by_what_they_are() -> None:
    long = "x" * (17 << 20)
    column = pa.array([long, "", "y"])
    chunks = pa.chunked_array([column[:1], column[1:]])

    same = [
        pa.table({"a": held}) for held in (column, chunks, pa.array(["z", *column.to_pylist()])[1:])
    ]
    other = pa.table({"a": [long + "y", "", ""]})

    assert len({fingerprint(table) for table in same}) == 1
    assert fingerprint(other) != fingerprint(same[0])


def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Python's values of an Arrow type, nulls among them."""
    if pa.types.is_struct(kind):
        made = st.fixed_dictionaries({field.name: values_of(field.type) for field in kind})
    elif pa.types.is_map(kind):
        made = st.lists(st.tuples(st.text(max_size=2), values_of(kind.item_type)), max_size=3)
    elif pa.types.is_fixed_size_list(kind):
        made = st.lists(
            values_of(kind.value_type), min_size=kind.list_size, max_size=kind.list_size
        )
    elif hasattr(kind, "value_field"):
        made = st.lists(values_of(kind.value_type), max_size=3)
    else:
        made = plain_values_of(str(kind))
    return st.none() | made


def plain_values_of(kind: str) -> st.SearchStrategy[Any]:
    if "fixed_size_binary" in kind:
        size = int(kind.strip("]").rpartition("[")[2])
        return st.binary(min_size=size, max_size=size)
    if "string" in kind:
        return st.text(max_size=15)
    if "binary" in kind:
        return st.binary(max_size=15)
    named = {"bool": st.booleans(), "null": st.none()}
    floating = kind in ("float", "double")
    return named.get(kind, st.floats(width=32) if floating else st.integers(-9, 9))


@st.composite
def arrow_arrays(draw: Any) -> pa.Array:
    kind = draw(st.sampled_from(KINDS))
    return pa.array(draw(st.lists(values_of(kind), max_size=12)), kind)


@settings(common, max_examples=400)
@given(arrow_arrays(), st.integers(0, 12), st.integers(0, 12), st.booleans())
def test_chunks_and_slices_of_any_column_do_not_show(
    column: Any, first: int, second: int, small: bool
) -> None:
    one, other = sorted((first, second))
    longer = pa.concat_arrays([column[:1], column, column[:3]])[len(column[:1]) :][: len(column)]
    chunks = pa.chunked_array([longer[:one], longer[one:other], longer[other:]], column.type)
    tables = [pa.table({"a": held}) for held in (column, longer, chunks)]

    with small_chunks() if small else nullcontext():
        digests = {fingerprint(table) for table in tables}

    assert len(digests) == 1


@settings(common, max_examples=400)
@given(arrow_arrays(), arrow_arrays())
def test_columns_of_many_chunks_have_one_fingerprint_exactly_if_they_are_identical(
    one: Any, other: Any
) -> None:
    with small_chunks():
        same = fingerprint(one) == fingerprint(other)

    assert same == identical(one, other)


@settings(common, max_examples=200)
@given(arrow_arrays(), st.data())
def test_what_lies_under_new_nulls_does_not_show(column: Any, data: st.DataObject) -> None:
    """Nulls laid over values that are there, as masks do."""
    kind = column.type
    if pa.types.is_null(kind) or pa.types.is_dictionary(kind) or pa.types.is_struct(kind):
        return
    hidden = data.draw(st.lists(st.booleans(), min_size=len(column), max_size=len(column)))
    shown = [a and not b for a, b in zip(column.is_valid().to_pylist(), hidden, strict=True)]
    bits = pa.array(shown, pa.bool_()).buffers()[1]
    parts = children_of(column)
    buffers = [bits, *column.buffers()[1 : 1 if pa.types.is_fixed_size_list(kind) else None]]
    if parts:
        buffers = buffers[: 1 if pa.types.is_fixed_size_list(kind) else 2]

    covered = pa.Array.from_buffers(kind, len(column), buffers, children=parts)
    known = pa.array(
        [v if s else None for v, s in zip(column.to_pylist(), shown, strict=True)], kind
    )
    with small_chunks():
        in_chunks = fingerprint(covered), fingerprint(known)

    assert fingerprint(covered) == fingerprint(known)
    assert len(set(in_chunks)) == 1
    assert identical(covered, known)


def children_of(column: Any) -> list[Any] | None:
    if pa.types.is_map(column.type):
        names = [column.type.key_field, column.type.item_field]
        return [pa.StructArray.from_arrays([column.keys, column.items], fields=names)]
    return [column.values] if hasattr(column.type, "value_field") else None


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

    with small_chunks():
        in_chunks = {fingerprint(other) for other in [*others, whole]}

    assert {fingerprint(other) for other in others} == {fingerprint(whole)}
    assert len(in_chunks) == 1
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
