"""scipy's sparse values count by format and stored entries, not by how those are kept."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from orchestra_cache import fingerprint
from orchestra_cache.testing import identical

common = settings(deadline=None, max_examples=60)

FORMATS = ("bsr", "coo", "csc", "csr", "dia", "dok", "lil")
KINDS = [getattr(sparse, f"{name}_{kind}") for name in FORMATS for kind in ("array", "matrix")]

entries = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 3), st.sampled_from([1.0, 2.0, -0.0])),
    max_size=5,
    unique_by=lambda entry: entry[:2],
)


class Labelled(sparse.csr_array):
    label = ""


def labelled(label: str) -> Labelled:
    made = Labelled(np.eye(2))
    made.label = label
    return made


def rows(data: list[float], indices: list[int], counts: list[int], **terms: Any) -> Any:
    return sparse.csr_array(
        (np.array(data), np.array(indices), np.array(counts)), shape=(2, 3), **terms
    )


def coordinates(found: list[tuple[int, int, float]], dtype: str = "f8") -> Any:
    places = [[entry[axis] for entry in found] for axis in (0, 1)]
    return sparse.coo_array((np.array([entry[2] for entry in found], dtype), places), shape=(3, 4))


@common
@given(entries, entries, st.sampled_from(KINDS))
def test_values_have_one_fingerprint_exactly_if_they_are_identical(
    one: Any, other: Any, kind: Any
) -> None:
    values = [kind(coordinates(found)) for found in (one, other, sorted(one))]

    for value in values[1:]:
        assert (fingerprint(value) == fingerprint(values[0])) == identical(value, values[0])


def test_kinds_formats_types_and_shapes_differ() -> None:
    values = [kind(np.eye(4)) for kind in KINDS]
    values += [sparse.csr_array(np.eye(4, dtype=dtype)) for dtype in ("f4", "i8", "?", "c16")]
    values += [sparse.csr_array((4, 4)), sparse.csr_array((4, 5)), np.eye(4), labelled("a")]
    values += [sparse.bsr_array(np.eye(4), blocksize=(2, 2)), labelled("b")]

    assert len({fingerprint(value) for value in values}) == len(values)


@common
@given(entries, st.sampled_from(KINDS))
def test_copies_and_pickles_do_not_show(found: Any, kind: Any) -> None:
    value = kind(coordinates(found))

    copies = [
        copy.copy(value),
        copy.deepcopy(value),
        value.copy(),
        pickle.loads(pickle.dumps(value)),
    ]

    assert {fingerprint(other) for other in copies} == {fingerprint(value)}
    assert all(identical(other, value) for other in copies)


def test_the_order_within_a_row_does_not_show() -> None:
    plain, turned = rows([1, 2, 3], [0, 2, 1], [0, 2, 3]), rows([2, 1, 3], [2, 0, 1], [0, 2, 3])

    assert fingerprint(plain) == fingerprint(turned)
    assert identical(plain, turned)
    assert fingerprint(plain.T) == fingerprint(turned.T)


@pytest.mark.parametrize(
    "read", [lambda value: value.has_sorted_indices, lambda value: value.max(0)]
)
def test_reading_does_not_show(read: Any) -> None:
    value = rows([2, 1, 3], [2, 0, 1], [0, 2, 3])
    before = fingerprint(value)

    read(value)

    assert fingerprint(value) == before


def test_room_that_is_left_over_and_the_width_of_indices_do_not_show() -> None:
    plain, wide = rows([1, 2], [0, 1], [0, 1, 2]), rows([1, 2], [0, 1], [0, 1, 2])
    wide.data = np.append(wide.data, 9)
    wide.indices = np.append(wide.indices, 0).astype("i8")
    wide.indptr = wide.indptr.astype("i8")

    assert fingerprint(wide) == fingerprint(plain)


def test_stored_zeros_and_entries_of_one_place_count() -> None:
    values = [
        rows([3], [0], [0, 1, 1]),
        rows([1, 2], [0, 0], [0, 2, 2]),
        rows([2, 1], [0, 0], [0, 2, 2]),
        rows([9, 1, 2], [2, 0, 0], [0, 3, 3]),
        rows([9, 2, 1], [2, 0, 0], [0, 3, 3]),
        rows([3, 0], [0, 1], [0, 2, 2]),
        rows([3, -0.0], [0, 1], [0, 2, 2]),
        rows([3], [0], [0, 0, 1]),
    ]

    assert len({fingerprint(value) for value in values}) == len(values)


def test_what_lies_outside_the_matrix_does_not_show() -> None:
    one, other = (
        sparse.dia_array((np.array([[1.0, 2, 3], [corner, 5, 6]]), [0, 1]), shape=(3, 3))
        for corner in (7, 8)
    )

    assert fingerprint(one) == fingerprint(other)
    assert fingerprint(one) != fingerprint(sparse.dia_array(one.toarray() * 2))


def test_the_order_of_diagonals_does_not_show() -> None:
    data = np.array([[1.0, 2, 3], [4, 5, 6]])

    one = sparse.dia_array((data, [0, 1]), shape=(3, 3))
    other = sparse.dia_array((data[::-1], [1, 0]), shape=(3, 3))

    assert fingerprint(one) == fingerprint(other)
    assert identical(one, other)
