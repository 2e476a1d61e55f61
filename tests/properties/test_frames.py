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
@given(st.sampled_from(COLUMNS), st.integers(1, 3))
def test_a_slice_counts_as_if_it_had_been_made_alone(column: Any, before: int) -> None:
    alone = pd.Series(column)
    longer = pd.concat([alone[:1]] * before + [alone], ignore_index=True)

    cut = longer[before:].reset_index(drop=True)

    assert fingerprint(cut) == fingerprint(alone)
    assert identical(cut, alone)
