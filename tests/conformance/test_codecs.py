"""Every codec keeps to the contract of the port."""

from __future__ import annotations

from typing import Any

import pytest

from orchestra_cache.codecs import (
    CODECS,
    REQUESTED,
    ArrayCodec,
    ArrowCodec,
    Codec,
    JsonCodec,
    PandasCodec,
    ParquetCodec,
    PickleCodec,
    PolarsCodec,
    RawCodec,
    ScalarCodec,
    TensorCodec,
    TreeCodec,
)
from orchestra_cache.testing import CodecTests
from tests.conformance import samples


def values(table: dict[str, Any]) -> Any:
    """A fixture with one parameter for each value, made anew for each test."""

    @pytest.fixture(params=list(table))
    def value(self: object, request: pytest.FixtureRequest) -> object:
        return table[request.param]()

    return value


class TestJsonCodec(CodecTests):
    value = values(samples.DOCUMENTS)

    @pytest.fixture
    def codec(self) -> Codec:
        return JsonCodec()


class TestRawCodec(CodecTests):
    value = values(samples.BYTES)

    @pytest.fixture
    def codec(self) -> Codec:
        return RawCodec()


class TestArrayCodec(CodecTests):
    value = values(samples.ARRAYS)

    @pytest.fixture
    def codec(self) -> Codec:
        return ArrayCodec()


class TestScalarCodec(CodecTests):
    value = values(samples.SCALARS)

    @pytest.fixture
    def codec(self) -> Codec:
        return ScalarCodec()


class TestArrowCodec(CodecTests):
    value = values(samples.TABLES)

    @pytest.fixture
    def codec(self) -> Codec:
        return ArrowCodec()


class TestPandasCodec(CodecTests):
    value = values(samples.PANDAS_FRAMES)

    @pytest.fixture
    def codec(self) -> Codec:
        return PandasCodec()


class TestPolarsCodec(CodecTests):
    value = values(samples.POLARS_FRAMES)

    @pytest.fixture
    def codec(self) -> Codec:
        return PolarsCodec()


class TestParquetCodec(CodecTests):
    value = values({name: samples.PANDAS_FRAMES[name] for name in samples.IN_PARQUET})

    @pytest.fixture
    def codec(self) -> Codec:
        return ParquetCodec()


class TestTensorCodec(CodecTests):
    value = values(samples.TENSORS)

    @pytest.fixture
    def codec(self) -> Codec:
        pytest.importorskip("torch")
        return TensorCodec()


class TestPickleCodec(CodecTests):
    value = values(samples.OBJECTS)

    @pytest.fixture
    def codec(self) -> Codec:
        return PickleCodec()


def test_codecs_have_names_of_their_own() -> None:
    names = [codec.name for codec in (*CODECS, *REQUESTED, TreeCodec())]

    assert len(set(names)) == len(names)


def test_only_the_pickle_needs_trust() -> None:
    needing = [codec.name for codec in CODECS if codec.needs_trust]

    assert needing == ["pickle5"]
