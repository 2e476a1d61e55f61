"""numpy values: dtype, shape and bits count, and nothing of how they lie in memory."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from orchestra_cache import fingerprint
from orchestra_cache.fingerprints.values.libraries.chunks import CHUNK
from orchestra_cache.testing import identical
from tests.properties.small_chunks import small_chunks

common = settings(deadline=None, max_examples=150)

ALIGNED = np.dtype([("a", "i1"), ("b", "<f8"), ("c", "S3")], align=True)
DTYPES = (
    "?", "u1", "<i2", ">i2", "<i8", "<f2", "<f4", ">f8", "<c8", ">c16", "<U2", ">U2", "S3",
    "<M8[D]", ">M8[s]", "<m8[ns]", "<m8[15m]",
    np.dtype([("a", "<i2"), ("b", ">f4")]), np.dtype([("a", [("b", "u1", (2,))]), ("c", "U1")]),
    ALIGNED,
)  # fmt: skip
FEW = ("i1", "u1", "i2", "f4", "f8", ">f8", "c8", "U1", "S1", "M8[D]", "m8[D]", "?")

shapes = npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)


def arrays(dtypes: Any = DTYPES) -> st.SearchStrategy[Any]:
    """Arrays of any bits: whatever number, NaN or NaT those are."""
    return st.sampled_from(dtypes).flatmap(
        lambda dtype: st.builds(_filled, st.just(np.dtype(dtype)), shapes, st.binary(max_size=64))
    )


def _filled(dtype: np.dtype[Any], shape: tuple[int, ...], data: bytes) -> np.ndarray[Any, Any]:
    plain = np.zeros(shape, dtype)
    if dtype.kind in "?USV":
        return plain
    view = plain.reshape(-1).view("u1")
    source = np.frombuffer(data, "u1")
    view[: len(source)] = source[: len(view)]
    return plain


def in_layouts(value: np.ndarray[Any, Any]) -> list[np.ndarray[Any, Any]]:
    """The same array, lying in memory in other ways."""
    backwards = (slice(None, None, -1),) * value.ndim or ...
    wide = np.repeat(value[None], 2, axis=0)
    strided = np.zeros((*value.shape, 2), value.dtype)
    strided[...] = value[..., None]
    readonly = value.copy()
    readonly.flags.writeable = False
    unaligned = np.frombuffer(b"\0" + value.tobytes(), "u1")[1:].view(value.dtype)
    return [
        value.copy("F"),
        value.copy("C"),
        wide[1, ...],
        np.moveaxis(strided, -1, 0)[1, ...],
        value[backwards].copy()[backwards],
        readonly,
        unaligned.reshape(value.shape),
    ]


@common
@given(arrays())
def test_memory_layout_does_not_show(value: Any) -> None:
    digests = {fingerprint(other) for other in in_layouts(value) if value.dtype.itemsize}

    assert digests <= {fingerprint(value)}
    assert all(identical(other, value) for other in in_layouts(value))


@settings(common, max_examples=400)
@given(arrays())
def test_memory_layout_does_not_show_in_any_chunk(value: Any) -> None:
    with small_chunks():
        digests = {fingerprint(other) for other in in_layouts(value) if value.dtype.itemsize}
        digests.add(fingerprint(value))

    assert len(digests) == 1


@settings(common, max_examples=400)
@given(arrays(FEW), arrays(FEW))
def test_arrays_of_many_chunks_have_one_fingerprint_exactly_if_they_are_identical(
    one: Any, other: Any
) -> None:
    with small_chunks():
        same = fingerprint(one) == fingerprint(other)

    assert same == identical(one, other)


BIG = np.arange(3 * CHUNK // 8 + 7, dtype="<i8")
BIG_LAYOUTS = {
    "strides": np.repeat(BIG, 2)[::2],
    "backwards": BIG[::-1].copy()[::-1],
    "a column of a table": np.stack([BIG, BIG], 1)[:, 1],
    "unaligned": np.frombuffer(b"\0" + BIG.tobytes(), "u1")[1:].view("<i8"),
}


@pytest.mark.parametrize("name", BIG_LAYOUTS)
def test_memory_layout_does_not_show_in_a_large_array(name: str) -> None:
    other = BIG_LAYOUTS[name]

    assert fingerprint(other) == fingerprint(BIG)


@pytest.mark.parametrize("place", [0, CHUNK // 8 - 1, CHUNK // 8, len(BIG) - 1])
def test_every_chunk_of_a_large_array_shows(place: int) -> None:
    other = BIG.copy()
    other[place] += 1

    assert fingerprint(other) != fingerprint(BIG)


def test_chunks_that_change_places_show() -> None:
    chunk = CHUNK // 8

    other = np.concatenate([BIG[chunk : 2 * chunk], BIG[:chunk], BIG[2 * chunk :]])

    assert fingerprint(other) != fingerprint(BIG)


@pytest.mark.parametrize("shape", [(-1, 2), (2, -1), (1, -1), (-1, 1), (4, -1, 2)])
def test_a_large_array_in_fortran_order_is_the_same(shape: tuple[int, ...]) -> None:
    plain = BIG[: len(BIG) // 8 * 8].reshape(shape)

    assert fingerprint(np.asfortranarray(plain)) == fingerprint(plain)
    assert fingerprint(plain.T.copy()) == fingerprint(plain.T)


@common
@given(arrays())
def test_a_copy_does_not_show_and_a_pickle_does_if_numpy_turned_its_bytes(value: Any) -> None:
    copied, pickled = copy.deepcopy(value), pickle.loads(pickle.dumps(value, protocol=5))

    assert fingerprint(copied) == fingerprint(value)
    assert identical(copied, value)
    assert (fingerprint(pickled) == fingerprint(value)) == (pickled.dtype.str == value.dtype.str)


@settings(common, max_examples=400)
@given(arrays(FEW), arrays(FEW))
def test_arrays_have_one_fingerprint_exactly_if_they_are_identical(one: Any, other: Any) -> None:
    same = fingerprint(one) == fingerprint(other)

    assert same == identical(one, other)


@common
@given(arrays(), st.data())
def test_every_bit_of_an_element_shows(value: Any, data: st.DataObject) -> None:
    other = value.copy()
    places = other.reshape(-1).view("u1")
    if other.dtype == ALIGNED or not len(places):
        return
    place = data.draw(st.integers(0, len(places) - 1))
    places[place] ^= 1 if other.dtype.kind in "?U" else data.draw(st.integers(1, 255))

    assert fingerprint(other) != fingerprint(value)
    assert not identical(other, value)


@common
@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16))
def test_the_padding_between_fields_does_not_show(one: bytes, other: bytes) -> None:
    padded = [np.zeros(16 // ALIGNED.itemsize + 1, ALIGNED) for _ in (one, other)]
    for value, noise in zip(padded, (one, other), strict=True):
        value.view("u1")[: len(noise)] = np.frombuffer(noise, "u1")
        value["a"], value["b"], value["c"] = 1, 2.5, b"x"

    assert fingerprint(padded[0]) == fingerprint(padded[1])
    assert fingerprint(padded[0][0]) == fingerprint(padded[1][0])
    assert identical(padded[0], padded[1])


@common
@given(arrays())
def test_shape_dtype_and_byte_order_show(value: Any) -> None:
    others = [value[None], value.byteswap().view(value.dtype.newbyteorder())]

    same = [fingerprint(other) == fingerprint(value) for other in others]

    assert same == [identical(other, value) for other in others]
    assert not same[0]


@common
@given(
    st.sampled_from(["?", "i1", "i8", "f2", "f4", "f8", "c8", "c16", "M8[s]", "m8[h]"]), st.data()
)
def test_scalars_have_one_fingerprint_exactly_if_they_are_identical(
    dtype: str, data: st.DataObject
) -> None:
    elements = npst.from_dtype(np.dtype(dtype))
    one, other = (np.array(data.draw(elements), dtype)[()] for _ in range(2))

    same = fingerprint(one) == fingerprint(other)

    assert same == identical(one, other)
    assert fingerprint(one) == fingerprint(pickle.loads(pickle.dumps(one)))
    assert fingerprint(one) != fingerprint(one.item())


@common
@given(
    st.lists(st.none() | st.integers() | st.text(max_size=2) | st.lists(st.booleans()), max_size=4)
)
def test_arrays_of_objects_count_by_their_objects(items: list[Any]) -> None:
    value = np.empty(len(items), object)
    value[:] = items

    assert fingerprint(value) == fingerprint(copy.deepcopy(value))
    assert fingerprint(value) != fingerprint(items)
    assert (fingerprint(value) == fingerprint(value[::-1])) == (identical(value, value[::-1]))


@common
@given(arrays(("<i8", "<f8", "?")), st.data())
def test_what_lies_under_a_mask_does_not_show(value: Any, data: st.DataObject) -> None:
    mask = data.draw(npst.arrays("?", value.shape))
    noisy = value.copy()
    noisy[mask] = 1

    one, other = (np.ma.array(held, mask=mask, fill_value=1) for held in (value, noisy))
    with small_chunks():
        in_chunks = {fingerprint(held) for held in (one, other, one.copy("F"))}

    assert fingerprint(one) == fingerprint(other)
    assert len(in_chunks) == 1
    assert identical(one, other)
    assert fingerprint(one) != fingerprint(value)


@pytest.mark.parametrize("name", ["i", "l", "q", "p"])
def test_equal_dtypes_are_one(name: str) -> None:
    plain = np.dtype(f"i{np.dtype(name).itemsize}")

    assert fingerprint(np.zeros(2, name)) == fingerprint(np.zeros(2, plain))
    assert identical(np.zeros(2, name), np.zeros(2, plain))
