"""A codec that is asked for by name is used, or the result is not kept and one is told."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestra_cache import Cache
from orchestra_cache.codecs import ParquetCodec
from orchestra_cache.errors import CodecError
from orchestra_cache.events import Event, Hit, Miss, Published, Uncached
from orchestra_cache.testing import identical

FRAMES: dict[str, Callable[[], Any]] = {
    "pandas": lambda: pd.DataFrame({"a": [1, 2], "b": ["x", None]}),
    "polars": lambda: pl.DataFrame({"a": [1, None]}),
    "arrow": lambda: pa.table({"a": [1, None]}).replace_schema_metadata({"k": "v"}),
}


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_is_kept_as_parquet_on_request(
    name: str, cache: Cache, events: list[Event]
) -> None:
    task = cache.memoize(codec="parquet")(FRAMES[name])

    results = [task(), task()]

    assert [type(event) for event in events] == [Miss, Published, Hit]
    assert isinstance(events[1], Published)
    assert events[1].codec == "parquet"
    assert identical(results[0], results[1])


def test_any_reader_of_parquet_reads_it() -> None:
    data = b"".join(ParquetCodec().encode(FRAMES["pandas"]()))

    frame = pd.read_parquet(io.BytesIO(data))

    assert identical(frame, FRAMES["pandas"]())


def test_without_a_request_it_is_not_chosen(cache: Cache, events: list[Event]) -> None:
    cache.memoize(FRAMES["pandas"])()

    assert isinstance(events[1], Published)
    assert events[1].codec == "pandas"


@pytest.mark.parametrize(
    ("codec", "value", "reason"),
    [
        ("parquet", [1], "it does not keep list"),
        ("nothing", [1], "there is no such codec"),
        ("parquet", pd.DataFrame({"a": [1, "x"]}), "no Parquet file"),
        ("parquet", pd.DataFrame({"a": pd.Series([1.5, None], dtype=object)}), "give it back"),
    ],
)
def test_what_it_cannot_keep_is_not_kept(
    codec: str, value: Any, reason: str, cache: Cache, events: list[Event]
) -> None:
    cache.memoize(codec=codec, ignore={"value"})(lambda value: value)(value)

    assert [type(event) for event in events] == [Miss, Uncached]
    assert isinstance(events[1], Uncached)
    assert reason in events[1].reason
    assert events[1].hint


def test_a_codec_that_needs_trust_needs_it_on_request_as_well(events: list[Event]) -> None:
    Cache("memory://requested").memoize(codec="pickle5")(lambda: {1, 2})()

    assert [type(event) for event in events] == [Miss, Uncached]


def test_a_file_that_grows_without_bound_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestra_cache.codecs.parquet._MOST_BYTES_OF_ONE", 10)
    sink = io.BytesIO()
    pq.write_table(pa.table({"a": np.zeros(10_000_000, "u1")}), sink, compression="zstd")
    data = sink.getvalue()

    with pytest.raises(CodecError, match="cannot hold"):
        ParquetCodec().decode(memoryview(data))
