"""Frames over the memory that they were read into: the same as copies, and nobody else's."""

from __future__ import annotations

import mmap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestra_cache.codecs.frames import PandasCodec
from orchestra_cache.testing import identical

numpy = pytest.importorskip("numpy")
pandas = pytest.importorskip("pandas")
pytest.importorskip("pyarrow")

_ROWS = 1 << 16


def _column() -> Any:
    return numpy.random.default_rng(1).random(_ROWS)


def _times(**terms: Any) -> Any:
    return pandas.date_range("2020", periods=_ROWS, freq="s", **terms)


def _noted() -> Any:
    frame = pandas.DataFrame({"a": _column()})
    frame.attrs = {"unit": "m"}
    return frame


OVERLAID: dict[str, Callable[[], Any]] = {
    "floats": lambda: pandas.DataFrame({name: _column() for name in "abc"}),
    "kinds": lambda: pandas.DataFrame(
        {"i": numpy.arange(_ROWS), "t": _times(), "d": _times() - _times()[0], "f": _column()}
    ),
    "seconds": lambda: pandas.DataFrame({"t": _times().as_unit("s")}),
    "range": lambda: pandas.DataFrame(
        {"a": _column()}, index=pandas.RangeIndex(5, 5 + 2 * _ROWS, 2, name="x")
    ),
    "numbers for names": lambda: pandas.DataFrame({0: _column(), 1: _column()}),
    "names with a name": lambda: pandas.DataFrame(
        {"a": _column()}, columns=pandas.Index(["a"], name="n")
    ),
    "attrs": _noted,
}

COPIED: dict[str, Callable[[], Any]] = {
    "nulls": lambda: pandas.DataFrame({"t": pandas.Series(_times()).where(_column() > 0.5)}),
    "zone": lambda: pandas.DataFrame({"t": _times(tz="UTC")}),
    "masked": lambda: pandas.DataFrame({"a": pandas.array(numpy.arange(_ROWS), dtype="Int64")}),
    "bits": lambda: pandas.DataFrame({"a": numpy.arange(8 * _ROWS) % 2 == 0}),
    "texts": lambda: pandas.DataFrame({"a": _column(), "s": ["word"] * _ROWS}),
    "labels": lambda: pandas.DataFrame({"a": _column()}, index=_times()),
    "categories": lambda: pandas.DataFrame({"a": pandas.Categorical(["x", "y"] * (_ROWS // 2))}),
    "narrow": lambda: pandas.DataFrame({f"c{at}": _column()[:1000] for at in range(40)}),
}


def _written(frame: Any, folder: Path) -> Path:
    path = folder / "frame"
    path.write_bytes(b"".join(bytes(piece) for piece in PandasCodec().encode(frame)))
    return path


def _mapped(path: Path) -> memoryview:
    """Private memory, as a local store hands it out."""
    with path.open("rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))


def _is_over(frame: Any, data: memoryview) -> bool:
    whole = numpy.frombuffer(data, "u1")
    return any(numpy.shares_memory(block, whole) for block in map(frame.get, frame.columns))


@pytest.mark.parametrize("name", [*OVERLAID, *COPIED])
def test_a_frame_is_the_same_from_memory_that_may_be_written_to_and_from_bytes(
    name: str, tmp_path: Path
) -> None:
    frame = {**OVERLAID, **COPIED}[name]()
    path = _written(frame, tmp_path)

    mapped = PandasCodec().decode(_mapped(path))

    assert identical(mapped, PandasCodec().decode(memoryview(path.read_bytes())))
    pandas.testing.assert_frame_equal(mapped, frame, check_freq=False)


@pytest.mark.parametrize("name", OVERLAID)
def test_large_columns_of_numbers_are_not_copied(name: str, tmp_path: Path) -> None:
    data = _mapped(_written(OVERLAID[name](), tmp_path))

    assert _is_over(PandasCodec().decode(data), data)


@pytest.mark.parametrize("name", COPIED)
def test_nothing_else_is_laid_over_the_memory(name: str, tmp_path: Path) -> None:
    data = _mapped(_written(COPIED[name](), tmp_path))

    assert not _is_over(PandasCodec().decode(data), data)


@pytest.mark.parametrize("name", OVERLAID)
def test_it_can_be_written_to_and_nobody_else_sees_it(name: str, tmp_path: Path) -> None:
    path = _written(OVERLAID[name](), tmp_path)
    stored = path.read_bytes()
    frame = PandasCodec().decode(_mapped(path))

    frame.iloc[0, 0] = frame.iloc[1, 0]
    frame.iloc[2:9] = frame.iloc[1].to_list()

    assert frame.iloc[0, 0] == frame.iloc[8, 0] == frame.iloc[1, 0]
    assert path.read_bytes() == stored


def test_bytes_that_nobody_may_write_to_are_copied(tmp_path: Path) -> None:
    data = memoryview(_written(OVERLAID["floats"](), tmp_path).read_bytes())

    frame = PandasCodec().decode(data)
    frame.iloc[0, 0] = 7.0

    assert not _is_over(frame, data)
    assert frame.iloc[0, 0] == 7.0
