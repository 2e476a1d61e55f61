"""Folders keep to the contract of the port for datasets, in a folder, in memory and on S3."""

from __future__ import annotations

import pytest

from orchestra_cache.datasets import Dataset, Folder
from orchestra_cache.errors import DatasetError
from orchestra_cache.testing import DatasetTests
from tests.conformance.datasets.places import Act, Place, contents


def folder(place: Place, pattern: str = "*", exclude: object = ()) -> Folder:
    return Folder(place.url, pattern, exclude, place.options)  # type: ignore[arg-type]


class TestFolder(DatasetTests):
    @pytest.fixture
    def dataset(self, place: Place) -> Dataset:
        place.write("a.csv")
        place.write("deep/er/b.csv")
        return folder(place)

    @pytest.fixture
    def change(self, place: Place) -> Act:
        content = contents()
        return lambda: place.write("deep/er/b.csv", content())

    @pytest.fixture
    def touch(self, place: Place) -> Act:
        return lambda: place.write("a.csv")

    @pytest.fixture
    def remove(self, place: Place) -> Act:
        return place.clear


class TestFolderWithPattern(TestFolder):
    @pytest.fixture
    def dataset(self, place: Place) -> Dataset:
        place.write("deep/er/b.csv")
        return folder(place, "*.csv", ["*.tmp"])

    @pytest.fixture
    def touch(self, place: Place) -> Act:
        return lambda: place.write("a.txt")


def test_a_member_more_is_a_change(place: Place) -> None:
    place.write("a.csv")
    before = folder(place).version()

    place.write("deep/b.csv", b"")

    assert folder(place).version() != before


def test_a_member_less_is_a_change(place: Place) -> None:
    place.write("a.csv")
    place.write("b.csv")
    before = folder(place).version()

    place.remove("b.csv")

    assert folder(place).version() != before


@pytest.mark.parametrize("other", ["c.csv", "deep/a.csv"])
def test_a_member_by_another_name_is_a_change(place: Place, other: str) -> None:
    place.write("a.csv")
    place.write("deep/b.csv")
    before = folder(place).version()

    place.rename("a.csv", other)

    assert folder(place).version() != before


def test_two_members_that_swap_their_contents_are_a_change(place: Place) -> None:
    place.write("a.csv", b"1")
    place.write("b.csv", b"2")
    before = folder(place).version()

    place.write("a.csv", b"2")
    place.write("b.csv", b"1")

    assert folder(place).version() != before


def test_a_change_undone_is_none(place: Place) -> None:
    place.write("a.csv")
    before = folder(place).version()

    place.write("b.csv")
    place.remove("b.csv")

    assert folder(place).version() == before


@pytest.mark.parametrize("exclude", ["*.tmp", ["*.bak", "*.tmp"], ("deep/*",)])
def test_what_is_excluded_does_not_count(place: Place, exclude: object) -> None:
    place.write("a.csv")
    before = folder(place, exclude=exclude).version()

    place.write("deep/b.tmp")

    assert folder(place, exclude=exclude).version() == before


def test_what_is_not_excluded_counts(place: Place) -> None:
    place.write("a.csv")
    before = folder(place, exclude="*.tmp").version()

    place.write("tmp")

    assert folder(place, exclude="*.tmp").version() != before


INSIDE = [
    "*.csv",
    "deep/*",
    "deep/*.csv",
    "**/*.csv",
    "deep/**/*.csv",
    "**/er/**/b.csv",
    "*/[bc].*",
]
OUTSIDE = ["*.CSV", "b.csv", "er/*", "deep", "**/p/er/*", "deep/**/b", "**/*.csv.gz"]


@pytest.mark.parametrize("pattern", INSIDE)
def test_a_pattern_goes_through_folders(place: Place, pattern: str) -> None:
    place.write("deep/er/b.csv")
    before = folder(place, pattern).version()

    place.write("deep/er/b.csv", b"another")

    assert folder(place, pattern).version() != before


@pytest.mark.parametrize("pattern", OUTSIDE)
def test_a_pattern_is_of_the_whole_path_below_the_folder(place: Place, pattern: str) -> None:
    place.write("deep/er/b.csv")

    with pytest.raises(DatasetError, match="has no members"):
        folder(place, pattern).version()


@pytest.mark.parametrize("name", ["a.csv", "deep/a.csv", "deep/er/a.csv"])
def test_two_stars_stand_for_any_number_of_folders(place: Place, name: str) -> None:
    place.write(name)

    members = folder(place, "**/*.csv").version()

    assert members == folder(place).version()


def test_a_folder_whose_name_begins_alike_is_another(place: Place) -> None:
    place.write("day=1/a.csv")
    day = Folder(f"{place.url}/day=1", storage_options=place.options)
    before = day.version()

    place.write("day=10/a.csv")

    assert day.version() == before


def test_a_slash_at_the_end_makes_no_difference(place: Place) -> None:
    place.write("a.csv")

    slashed = Folder(f"{place.url}/", storage_options=place.options)

    assert slashed.version() == folder(place).version()


def test_a_pattern_that_nothing_has_is_named_in_the_error(place: Place) -> None:
    place.write("a.csv")

    with pytest.raises(DatasetError, match="parquet has no members"):
        folder(place, "*.parquet").version()


def test_a_file_is_no_folder(place: Place) -> None:
    place.write("a.csv")

    with pytest.raises(DatasetError, match=r"a\.csv"):
        Folder(f"{place.url}/a.csv", storage_options=place.options).version()


def test_two_patterns_in_one_folder_have_two_names(place: Place) -> None:
    assert folder(place, "*.csv").name != folder(place, "*.json").name


def test_credentials_are_no_part_of_a_folder() -> None:
    one, other = (Folder("s3://lake/a", storage_options={"secret": key}) for key in "ab")

    assert one == other
    assert "secret" not in repr(one)
