"""Frames that are kept without a look at what comes back do come back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from orchestra_cache.codecs import PandasCodec
from orchestra_cache.codecs.frames import _PLAIN_DTYPES
from orchestra_cache.testing import identical

common = settings(deadline=None, max_examples=200)

labels = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
ranges = st.builds(
    lambda start, step: (start, step), st.integers(-9, 9), st.sampled_from([1, 2, -3])
)


def items(size: int) -> st.SearchStrategy[bytes]:
    """Bytes of a value: any, or those of a NaN, of no time, of a zero with a sign."""
    ends = {4: (0x7FC00001, 0xFFC00000), 8: (0x7FF8000000000001, 0xFFF8000000000000)}
    odd = [0, 1 << (8 * size - 1), *ends.get(size, ())]
    special = [number.to_bytes(size, "little") for number in odd]
    return st.binary(min_size=size, max_size=size) | st.sampled_from(special)


def column(draw: Any, dtype: str, rows: int) -> Any:
    """Values of any bits that a dtype has."""
    if dtype == "str":
        texts = st.none() | labels
        return pd.array(draw(st.lists(texts, min_size=rows, max_size=rows)), "str")
    plain = dtype.lower().replace("boolean", "bool")
    size = 1 if plain == "bool" else np.dtype(plain).itemsize
    data = b"".join(draw(st.lists(items(size), min_size=rows, max_size=rows)))
    if plain == "bool":
        held: Any = np.frombuffer(data, "u1") % 2 == 1
    else:
        held = np.frombuffer(data, plain).copy()
    if plain == dtype:
        return held
    mask = np.array(draw(st.lists(st.booleans(), min_size=rows, max_size=rows)), bool)
    kind = pd.array([], dtype=dtype)
    return type(kind)(held, mask)


@st.composite
def frames(draw: Any) -> pd.DataFrame:
    rows = draw(st.integers(0, 5))
    dtypes = sorted(_PLAIN_DTYPES) + (["str"] if pd.__version__ >= "3" else [])
    names = draw(st.lists(labels, max_size=4, unique=True))
    held = {name: column(draw, draw(st.sampled_from(dtypes)), rows) for name in names}
    start, step = draw(ranges)
    index = pd.RangeIndex(start, start + rows * step, step, name=draw(st.none() | labels))
    frame = pd.DataFrame(held, index=index)
    frame.columns.name = draw(st.none() | labels)
    return frame


@common
@given(frames())
def test_an_exact_frame_comes_back_identical(frame: pd.DataFrame) -> None:
    codec = PandasCodec()

    event(f"exact: {codec.is_exact(frame)}")
    if codec.is_exact(frame):
        data = memoryview(b"".join(codec.encode(frame)))
        assert identical(codec.decode(data), frame)
        assert identical(codec.decode(memoryview(bytearray(data))), frame)


@pytest.mark.parametrize("dtype", sorted(_PLAIN_DTYPES))
def test_a_frame_of_plain_columns_is_exact(dtype: str) -> None:
    assert PandasCodec().is_exact(pd.DataFrame({"a": pd.Series([], dtype=dtype)}))


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({1: [1]}),
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        pd.DataFrame({"a": [1]}, index=["x"]),
        pd.DataFrame({"a": [[1]]}),
        pd.DataFrame({"a": pd.Categorical(["x"])}),
        pd.DataFrame({"a": pd.to_datetime(["2026-01-01"]).tz_localize("UTC")}),
        pd.DataFrame({"a": np.zeros(1, "f2")}),
        pd.DataFrame({"a": [1]}).set_flags(allows_duplicate_labels=False),
        pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])),
    ],
)
def test_any_other_frame_is_proved(frame: pd.DataFrame) -> None:
    assert not PandasCodec().is_exact(frame)


def test_a_frame_with_attributes_is_proved() -> None:
    frame = pd.DataFrame({"a": [1]})
    frame.attrs["unit"] = "m"

    assert not PandasCodec().is_exact(frame)
