"""What surrounds a run keeps to the contract of the port for datasets."""

from __future__ import annotations

import importlib
import math
import os
import pickle
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from orchestra_cache.datasets import Dataset, Environment, Every, Package, Told
from orchestra_cache.errors import ConfigurationError, DatasetError
from orchestra_cache.fingerprints import fingerprint
from orchestra_cache.testing import DatasetTests
from tests.conformance.datasets.places import Act

VARIABLE = "ORCHESTRA_CACHE_TESTS_MODEL"


class TestEnvironment(DatasetTests):
    @pytest.fixture
    def dataset(self, monkeypatch: pytest.MonkeyPatch) -> Dataset:
        monkeypatch.setenv(VARIABLE, "original")
        return Environment(VARIABLE)

    @pytest.fixture
    def change(self, monkeypatch: pytest.MonkeyPatch) -> Act:
        numbers = count()
        return lambda: monkeypatch.setenv(VARIABLE, f"{next(numbers):08d}")

    @pytest.fixture
    def touch(self, monkeypatch: pytest.MonkeyPatch) -> Act:
        return lambda: monkeypatch.setenv(f"{VARIABLE}_2", "another")

    @pytest.fixture
    def remove(self, monkeypatch: pytest.MonkeyPatch) -> Act:
        return lambda: monkeypatch.delenv(VARIABLE)

    def test_its_value_is_not_in_its_version(self, dataset: Dataset) -> None:
        assert "original" not in repr(dataset.version())

    def test_an_empty_value_is_a_value(
        self, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = dataset.version()

        monkeypatch.setenv(VARIABLE, "")

        assert dataset.version() != before

    def test_its_value_may_be_any_bytes(
        self, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        versions = []

        for raw in (b"\xff", b"\xfe"):
            monkeypatch.setenv(VARIABLE, os.fsdecode(raw))
            versions.append(dataset.version())

        assert versions[0] != versions[1]


class TestEvery(DatasetTests):
    @pytest.fixture
    def dataset(self, clock: Any) -> Dataset:
        return Every(hours=1, clock=clock)

    @pytest.fixture
    def change(self, clock: Any) -> Act:
        return lambda: clock.advance(hours=1)

    @pytest.fixture
    def touch(self, clock: Any) -> Act:
        return lambda: clock.advance(minutes=59, seconds=59, microseconds=999_999)

    @pytest.fixture
    def remove(self) -> Act:
        pytest.skip("time does not end")

    def test_the_last_microsecond_belongs_to_its_period(self, clock: Any) -> None:
        full = Every(hours=1, clock=clock).version()
        clock.advance(microseconds=-1)
        last = Every(hours=1, clock=clock).version()
        clock.advance(minutes=-59)

        first = Every(hours=1, clock=clock).version()

        assert first == last != full


def test_periods_of_two_lengths_are_two_versions(clock: Any) -> None:
    clock.now = clock.now.replace(year=1970, month=1, day=1, hour=0)

    assert Every(hours=1, clock=clock).version() != Every(hours=2, clock=clock).version()


def test_one_length_said_in_two_ways_is_one_period(clock: Any) -> None:
    assert Every(days=1, clock=clock).version() == Every(hours=24, clock=clock).version()
    assert Every(days=1) == Every(hours=24)


@pytest.mark.parametrize("parts", [{}, {"hours": 0}, {"hours": -1}, {"days": 1, "hours": -24}])
def test_a_period_is_positive(parts: dict[str, float]) -> None:
    with pytest.raises(ConfigurationError, match="a period is positive"):
        Every(**parts)  # type: ignore[arg-type]


@pytest.mark.parametrize("hours", [math.nan, math.inf, 1e300])
def test_a_period_is_a_length_of_time(hours: float) -> None:
    with pytest.raises(ConfigurationError, match=r"^Every\(hours="):
        Every(hours=hours)


def test_a_clock_says_its_time_zone() -> None:
    every = Every(hours=1, clock=lambda: datetime(2026, 1, 1))  # noqa: DTZ001

    with pytest.raises(DatasetError, match="dataset every 1:00:00 has a clock without a time zone"):
        every.version()


def test_a_period_without_a_clock_is_of_now() -> None:
    century = Every(days=36_525)

    assert century.version() == century.version()
    assert century.period == timedelta(days=36_525)


class TestPackage(DatasetTests):
    @pytest.fixture
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
        folder = tmp_path / "model_weights-1.0.dist-info"
        folder.mkdir()
        monkeypatch.syspath_prepend(tmp_path)
        yield folder
        importlib.invalidate_caches()

    @pytest.fixture
    def install(self, folder: Path) -> Callable[[str], object]:
        lines = "Metadata-Version: 2.1\nName: model-weights\nVersion: {}\n"
        return lambda version: (folder / "METADATA").write_text(lines.format(version))

    @pytest.fixture
    def dataset(self, install: Callable[[str], object]) -> Dataset:
        install("1.0")
        return Package("model-weights")

    @pytest.fixture
    def change(self, install: Callable[[str], object]) -> Act:
        numbers = count(1)
        return lambda: install(f"1.{next(numbers)}")

    @pytest.fixture
    def touch(self, folder: Path) -> Act:
        return lambda: (folder / "INSTALLER").write_text("pip")

    @pytest.fixture
    def remove(self, folder: Path) -> Act:
        def remove() -> None:
            shutil.rmtree(folder)
            importlib.invalidate_caches()

        return remove


def test_two_packages_of_one_version_are_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "other"):
        (tmp_path / f"{name}_model-1.0.dist-info").mkdir()
        lines = f"Metadata-Version: 2.1\nName: {name}-model\nVersion: 1.0\n"
        (tmp_path / f"{name}_model-1.0.dist-info" / "METADATA").write_text(lines)
    monkeypatch.syspath_prepend(tmp_path)

    digests = {fingerprint(Package(f"{name}-model")) for name in ("one", "other")}

    assert len(digests) == 2


class TestTold(DatasetTests):
    @pytest.fixture
    def registry(self) -> dict[str, str]:
        return {"churn": "original"}

    @pytest.fixture
    def dataset(self, registry: dict[str, str]) -> Dataset:
        return Told(lambda: registry["churn"], "model churn")

    @pytest.fixture
    def change(self, registry: dict[str, str]) -> Act:
        numbers = count()
        return lambda: registry.update(churn=f"{next(numbers):08d}")

    @pytest.fixture
    def touch(self, registry: dict[str, str]) -> Act:
        return lambda: registry.update(other="another")

    @pytest.fixture
    def remove(self, registry: dict[str, str]) -> Act:
        return registry.clear


@pytest.mark.parametrize("told", [None, "", 1, b"text", ["text"]])
def test_what_is_told_is_a_text(told: object) -> None:
    with pytest.raises(DatasetError, match="which is no version"):
        Told(lambda: told).version()  # type: ignore[arg-type, return-value]


def latest() -> str:
    raise ConnectionError("the registry is away")


def test_a_function_that_cannot_tell_is_named_with_its_reason() -> None:
    with pytest.raises(DatasetError, match="latest cannot be told: the registry is away"):
        Told(latest).version()


@pytest.mark.parametrize(
    "dataset", [Environment("PATH"), Every(hours=1), Package("pytest"), Told(latest, "model")]
)
def test_it_survives_being_sent_to_another_process(dataset: Dataset) -> None:
    sent = pickle.loads(pickle.dumps(dataset))

    assert sent == dataset
    assert sent.name == dataset.name
