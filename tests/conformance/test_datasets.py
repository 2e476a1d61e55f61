"""Files keep to the contract of the port for datasets, wherever they lie."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import fsspec
import pytest

from orchestra_cache.datasets import Dataset, File
from orchestra_cache.errors import ConfigurationError, DatasetError
from orchestra_cache.testing import DatasetTests

Act = Callable[[], object]


def contents() -> Callable[[], bytes]:
    """Contents of one length, each another."""
    numbers = count()
    return lambda: b"%08d" % next(numbers)


class TestLocalFile(DatasetTests):
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        path = tmp_path / "orders.csv"
        path.write_bytes(b"original")
        return path

    @pytest.fixture
    def dataset(self, path: Path) -> Dataset:
        return File(path)

    @pytest.fixture
    def change(self, path: Path) -> Act:
        content = contents()
        # In place, and as fast as can be: most of these writes share one tick of the clock.
        return lambda: path.write_bytes(content())

    @pytest.fixture
    def touch(self, path: Path) -> Act:
        return lambda: os.utime(path, ns=(1, 1))

    @pytest.fixture
    def remove(self, path: Path) -> Act:
        return path.unlink


class TestFileByUrl(TestLocalFile):
    @pytest.fixture(params=["file", "local"])
    def dataset(self, path: Path, request: pytest.FixtureRequest) -> Dataset:
        return File(f"{request.param}://{path}")


class RemoteFileTests(DatasetTests):
    @pytest.fixture
    def place(self) -> tuple[str, dict[str, Any]]:
        raise NotImplementedError

    @pytest.fixture
    def write(self, place: tuple[str, dict[str, Any]]) -> Callable[[bytes], object]:
        url, options = place
        system, path = fsspec.core.url_to_fs(url, **options)
        return lambda data: system.pipe_file(path, data)

    @pytest.fixture
    def dataset(self, place: Any, write: Callable[[bytes], object]) -> Dataset:
        write(b"original")
        return File(place[0], place[1])

    @pytest.fixture
    def change(self, write: Callable[[bytes], object]) -> Act:
        content = contents()
        return lambda: write(content())

    @pytest.fixture
    def remove(self, place: Any, dataset: Dataset) -> Act:
        url, options = place
        system, path = fsspec.core.url_to_fs(url, **options)
        return lambda: system.rm(path)


class TestMemoryFile(RemoteFileTests):
    @pytest.fixture
    def place(self) -> tuple[str, dict[str, Any]]:
        return f"memory://{uuid4().hex}/orders.csv", {}


class TestS3File(RemoteFileTests):
    @pytest.fixture
    def place(self, s3: tuple[str, dict[str, Any]]) -> tuple[str, dict[str, Any]]:
        url, options = s3
        return f"{url}/orders.csv", options

    def test_its_version_rests_on_the_tag_of_the_object(self, dataset: Dataset) -> None:
        assert dataset.version().evidence == "etag"


def test_equal_files_have_one_version_wherever_they_lie(tmp_path: Path) -> None:
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    one.write_bytes(b"same")
    other.write_bytes(b"same")

    assert File(one).version() == File(other).version()


def test_a_file_rewritten_at_once_with_the_same_length_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a"
    versions = []

    for number in range(300):
        path.write_bytes(b"%04d" % number)
        os.utime(path, ns=(1, 1))
        versions.append(File(path).version())

    assert len(set(versions)) == 300


def test_a_file_system_with_a_coarse_clock_hides_no_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    seconds = 1_000_000_000

    def coarse(place: Any, *, stat: Any = os.stat, **options: Any) -> Any:
        # What older kernels and network file systems tell: whole ticks, here of a second.
        found = stat(place, **options)
        names = ("st_dev", "st_ino", "st_mode", "st_size")
        ticks = {name: getattr(found, name) // seconds for name in ("st_mtime_ns", "st_ctime_ns")}
        return SimpleNamespace(
            **{name: getattr(found, name) for name in names},
            **{name: tick * seconds for name, tick in ticks.items()},
        )

    versions = []
    for number in range(20):
        path.write_bytes(b"%04d" % number)
        with monkeypatch.context() as patch:
            patch.setattr(os, "stat", coarse)
            versions.append(File(path).version())

    assert len(set(versions)) == 20


def test_a_file_replaced_by_another_with_its_times_is_noticed(tmp_path: Path) -> None:
    path, other = tmp_path / "a", tmp_path / "b"
    for number, one in enumerate((path, other)):
        one.write_bytes(b"%04d" % number)
        os.utime(one, ns=(1, 1))
    before = File(path).version()

    other.replace(path)

    assert File(path).version() != before


def test_a_file_that_has_long_been_there_is_the_same_each_time() -> None:
    old = File(os.__file__)

    assert old.version() == old.version() == File(Path(os.__file__)).version()


def test_placeholders_take_the_parameters_of_the_call(tmp_path: Path) -> None:
    (tmp_path / "2026-01.csv").write_bytes(b"january")
    orders = File(f"{tmp_path}/{{day:%Y-%m}}.csv")

    bound = orders.bind({"day": date(2026, 1, 31), "other": 1})

    assert orders.parameters == {"day"}
    assert bound.name == f"{tmp_path}/2026-01.csv"
    assert bound.parameters == frozenset()
    assert bound.version() == File(tmp_path / "2026-01.csv").version()


def test_braces_in_a_value_are_no_placeholders(tmp_path: Path) -> None:
    (tmp_path / "{x}.csv").write_bytes(b"braces")

    bound = File(f"{tmp_path}/{{name}}.csv").bind({"name": "{x}"})

    assert bound.parameters == frozenset()
    assert bound.version() == File(f"{tmp_path}/{{{{x}}}}.csv").version()


@pytest.mark.parametrize(
    "template", ["{}.csv", "{0}.csv", "{day.year}.csv", "{days[0]}.csv", "{day"]
)
def test_a_placeholder_is_the_name_of_a_parameter(template: str) -> None:
    with pytest.raises(ConfigurationError, match=r"placeholder|expected"):
        File(template)


def test_a_file_with_placeholders_has_no_version_before_they_are_filled() -> None:
    with pytest.raises(DatasetError, match="day"):
        File("orders/{day}.csv").version()


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=tmp_path.name):
        File(tmp_path).version()


def test_credentials_are_no_part_of_a_file() -> None:
    one, other = File("s3://lake/a", {"key": "a"}), File("s3://lake/a", {"key": "b"})

    assert one == other
    assert "key" not in repr(one)
