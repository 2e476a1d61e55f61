"""pandas values: labels, dtypes and content count, and nothing of how they are built."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestra_cache import fingerprint
from orchestra_cache.testing import identical
from tests.properties.lookalikes import identical_pairs, of_one_fingerprint
from tests.properties.small_chunks import small_chunks

common = settings(deadline=None, max_examples=80)

DAYS = pd.to_datetime(["2026-01-01", "2026-01-02"])

# One column each, two rows long: easily taken for one another.
COLUMNS: list[Any] = [
    np.array([1, 2]), np.array([1, 2], "i4"), np.array([1.0, 2.0]), np.array([True, False]),
    np.array([1.0, np.nan]), np.array([0.0, -0.0]), np.array([0.0, 0.0]),
    np.array([1, None], object), np.array([1, np.nan], object), np.array(["a", "b"], object),
    pd.array([1, None], "Int64"), pd.array([1, 2], "Int64"), pd.array([1.0, None], "Float64"),
    pd.array([True, None], "boolean"), pd.array(["a", None], "string"),
    pd.array(["a", "b"], "string"), DAYS, pd.DatetimeIndex([DAYS[0], None]), DAYS.as_unit("s"),
    DAYS.tz_localize("UTC"), DAYS.tz_localize("Europe/Berlin"),
    pd.to_timedelta([1, None], unit="h"), pd.PeriodIndex(["2026-01", "2026-02"], freq="M"),
    pd.Categorical(["a", "b"]), pd.Categorical(["a", "b"], ["b", "a"]),
    pd.Categorical(["a", "b"], ordered=True), pd.Categorical(["a", "b"], ["a", "b", "c"]),
    pd.arrays.IntervalArray.from_breaks([0, 1, 2]), pd.arrays.SparseArray([0, 1]),
    pd.array([1, None], pd.ArrowDtype(pa.int64())),
    pd.array([[1], None], pd.ArrowDtype(pa.list_(pa.int8()))),
]  # fmt: skip

TUPLES = [(0, 1), (0, 2)]
INDEXES: list[Any] = [
    pd.RangeIndex(2), pd.RangeIndex(0, 4, 2), pd.Index([0, 1]), pd.Index([0, 1], name="a"),
    pd.Index([0.0, 1.0]), pd.Index(["a", "b"]), pd.Index(["a", None], dtype=object),
    pd.Index([0, "b"]), DAYS, pd.DatetimeIndex(DAYS, freq="D"), pd.MultiIndex.from_tuples(TUPLES),
    pd.MultiIndex.from_tuples(TUPLES, names=["a", None]), pd.CategoricalIndex(["a", "b"]),
    pd.interval_range(0, 2),
]  # fmt: skip

labels = st.sampled_from(["a", "b", "", 0, 0.0, None, ("a", "b")])


@st.composite
def frames(draw: Any) -> pd.DataFrame:
    columns = draw(st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=3))
    made = pd.concat([pd.Series(column) for column in columns], axis=1)
    names = draw(st.lists(labels, min_size=len(columns), max_size=len(columns)))
    made.columns = pd.Index(names, dtype=object)
    made.index = draw(st.sampled_from(INDEXES))
    made.attrs = draw(st.sampled_from([{}, {"unit": "m"}, {"unit": 1}]))
    return made


@settings(common, max_examples=200)
@given(frames(), frames())
def test_frames_have_one_fingerprint_exactly_if_they_are_identical(one: Any, other: Any) -> None:
    same = fingerprint(one) == fingerprint(other)

    assert same == identical(one, other)


def test_columns_that_look_alike_have_fingerprints_of_their_own() -> None:
    series = [pd.Series(column) for column in COLUMNS]

    assert of_one_fingerprint(series) == []
    assert identical_pairs(series) == []


def test_indexes_that_look_alike_have_fingerprints_of_their_own() -> None:
    assert of_one_fingerprint(INDEXES) == []
    assert identical_pairs(INDEXES) == []


def test_columns_of_many_chunks_that_look_alike_have_fingerprints_of_their_own() -> None:
    series = [pd.Series(column) for column in COLUMNS]

    with small_chunks():
        assert of_one_fingerprint(series) == []


@common
@given(frames())
def test_copies_and_pickles_of_a_frame_do_not_show(value: Any) -> None:
    copies = [value.copy(), copy.deepcopy(value), pickle.loads(pickle.dumps(value)), value[:]]

    assert {fingerprint(other) for other in copies} == {fingerprint(value)}
    assert all(identical(other, value) for other in copies)


@common
@given(frames(), st.data())
def test_a_cell_that_changes_shows(value: Any, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, value.shape[1] - 1))
    cells = value.iloc[:, place].astype(object)
    cells.iloc[0] = "changed"
    others = [value.iloc[:, position] for position in range(value.shape[1])]
    others[place] = cells

    other = pd.concat(others, axis=1)

    assert fingerprint(other) != fingerprint(value)
    assert not identical(other, value)


@common
@given(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=6, unique=True))
def test_the_blocks_of_a_frame_do_not_show(names: list[str]) -> None:
    together = pd.DataFrame(np.arange(3 * len(names)).reshape(3, -1), columns=names)
    apart = pd.DataFrame({"z": [1, 2, 3]})
    for name in names:
        apart[name] = together[name].to_numpy()

    apart = apart.drop(columns="z")

    assert identical(apart, together)
    assert fingerprint(apart) == fingerprint(together)


@common
@given(
    st.sampled_from(["<i8", ">f4", "?", "M8[ns]", "m8[s]", "c16"]),
    st.integers(1, 12),
    st.integers(1, 40),
)
def test_how_columns_lie_in_a_table_does_not_show(kind: str, rows: int, count: int) -> None:
    numbers = np.random.default_rng(rows * count).integers(0, 1 << 30, (rows, count))
    table = numbers.astype(kind)
    layouts = [
        table,
        np.asfortranarray(table),
        np.repeat(table, 2, 0)[::2],
        table[::-1].copy()[::-1],
    ]

    frames = [pd.DataFrame(layout, copy=False) for layout in layouts]
    frames.append(pd.DataFrame({at: table[:, at].copy() for at in range(count)}))
    frames.append(pd.DataFrame(np.repeat(table, 2, 1), copy=False).iloc[:, ::2])
    frames[-1].columns = frames[0].columns
    frames[-2].columns = frames[0].columns
    with small_chunks():
        in_chunks = {fingerprint(frame) for frame in frames}

    assert len({fingerprint(frame) for frame in frames}) == 1
    assert len(in_chunks) == 1


@common
@given(frames(), st.data())
def test_a_frame_of_many_chunks_counts_cell_by_cell(value: Any, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, value.shape[1] - 1))
    order = list(range(value.shape[1]))
    order.append(order.pop(place))
    other = value.iloc[:, order]

    with small_chunks():
        copied, same = fingerprint(value.copy()), fingerprint(value) == fingerprint(other)
        whole = fingerprint(value)

    assert copied == whole
    assert same == identical(value, other)


@common
@given(st.sampled_from(["Int64", "UInt8", "Float64", "Float32", "boolean"]), st.data())
def test_what_lies_under_a_missing_value_does_not_show(kind: str, data: st.DataObject) -> None:
    numbers = data.draw(st.lists(st.integers(0, 1), max_size=30))
    missing = data.draw(st.lists(st.booleans(), min_size=len(numbers), max_size=len(numbers)))
    one, other = (pd.array(np.array(numbers, "i1"), dtype=kind) for _ in range(2))
    other._data[missing] = 1
    for held in (one, other):
        held._mask[:] = missing

    with small_chunks():
        in_chunks = {fingerprint(held) for held in (one, other)}

    assert fingerprint(one) == fingerprint(other)
    assert len(in_chunks) == 1


@common
@given(st.lists(st.none() | st.text(max_size=3), max_size=12), st.integers(0, 12))
def test_how_texts_are_kept_does_not_show(texts: list[str | None], cut: int) -> None:
    kinds = [pd.StringDtype(storage) for storage in ("python", "pyarrow")]
    arrays = [pd.array(texts, dtype=kind) for kind in kinds]
    arrays.append(type(arrays[1])._concat_same_type([arrays[1][:cut], arrays[1][cut:]]))

    with small_chunks():
        in_chunks = {fingerprint(array) for array in arrays}

    assert len({fingerprint(array) for array in arrays}) == 1
    assert len(in_chunks) == 1


@common
@given(st.sampled_from(COLUMNS), st.integers(1, 3))
def test_a_slice_counts_as_if_it_had_been_made_alone(column: Any, before: int) -> None:
    alone = pd.Series(column)
    longer = pd.concat([alone[:1]] * before + [alone], ignore_index=True)

    cut = longer[before:].reset_index(drop=True)

    assert fingerprint(cut) == fingerprint(alone)
    assert identical(cut, alone)
