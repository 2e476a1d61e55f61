"""What only folders of this machine have: ticks of the clock, links, and names in any bytes."""

from __future__ import annotations

import mmap
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from orchestra_cache.datasets import Folder
from orchestra_cache.errors import DatasetError

MEMORY = Path("/dev/shm")


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    lake = tmp_path / "lake"
    (lake / "deep").mkdir(parents=True)
    (lake / "deep" / "a.csv").write_bytes(b"original")
    return lake


def test_members_rewritten_at_once_with_the_same_length_are_noticed(lake: Path) -> None:
    versions = []

    for number in range(200):
        (lake / "deep" / "a.csv").write_bytes(b"%08d" % number)
        os.utime(lake / "deep" / "a.csv", ns=(1, 1))
        versions.append(Folder(lake).version())

    assert len(set(versions)) == 200


def test_a_member_replaced_by_another_with_its_times_is_noticed(lake: Path) -> None:
    member, other = lake / "deep" / "a.csv", lake.parent / "other"
    other.write_bytes(b"replaced")
    for path in (member, other):
        os.utime(path, ns=(1, 1))
    before = Folder(lake).version()

    other.replace(member)

    assert Folder(lake).version() != before


def test_a_member_written_through_mapped_memory_is_noticed(lake: Path) -> None:
    with (lake / "deep" / "a.csv").open("r+b") as file, mmap.mmap(file.fileno(), 8) as memory:
        memory[:] = b"1" * 8
        before = Folder(lake).version()

        # The page is dirty already: its times stay what they are.
        memory[:] = b"2" * 8

        assert Folder(lake).version() != before


def test_times_do_not_count(lake: Path) -> None:
    before = Folder(lake).version()

    os.utime(lake / "deep" / "a.csv", ns=(1, 1))

    assert Folder(lake).version() == before


def test_equal_folders_have_one_version_wherever_they_lie(lake: Path, tmp_path: Path) -> None:
    (tmp_path / "other" / "deep").mkdir(parents=True)
    (tmp_path / "other" / "deep" / "a.csv").write_bytes(b"original")

    assert Folder(lake).version() == Folder(tmp_path / "other").version()


@pytest.mark.skipif(not MEMORY.is_dir(), reason="no file system in memory here")
def test_in_which_order_members_were_made_makes_no_difference() -> None:
    # It lists the newest first; others have an order of their own.
    with TemporaryDirectory(dir=MEMORY) as one, TemporaryDirectory(dir=MEMORY) as other:
        for number in range(9):
            Path(one, str(number)).write_bytes(b"1")
            Path(other, str(8 - number)).write_bytes(b"1")

        assert Folder(one).version() == Folder(other).version()


@pytest.mark.parametrize("scheme", ["file", "local"])
def test_a_folder_by_url_is_the_same_folder(lake: Path, scheme: str) -> None:
    assert Folder(f"{scheme}://{lake}").version() == Folder(lake).version()


def test_an_empty_folder_in_it_does_not_count(lake: Path) -> None:
    before = Folder(lake).version()

    (lake / "empty").mkdir()

    assert Folder(lake).version() == before


def test_a_folder_with_nothing_but_folders_has_no_version(lake: Path) -> None:
    (lake / "deep" / "a.csv").unlink()

    with pytest.raises(DatasetError, match="has no members"):
        Folder(lake).version()


def test_a_link_to_a_folder_that_it_lies_in_ends_there(lake: Path) -> None:
    before = Folder(lake).version()

    (lake / "deep" / "again").symlink_to(lake)

    assert Folder(lake).version() == before


def test_two_folders_that_link_to_each_other_have_an_end(lake: Path) -> None:
    (lake / "other").mkdir()

    (lake / "deep" / "link").symlink_to(lake / "other")
    (lake / "other" / "link").symlink_to(lake / "deep")

    assert Folder(lake, exclude="other/*").version() == Folder(lake, "deep/a.csv").version()


def test_what_a_link_to_a_folder_leads_to_counts(lake: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "b.csv").write_bytes(b"1")
    (lake / "link").symlink_to(tmp_path / "elsewhere")
    before = Folder(lake).version()

    (tmp_path / "elsewhere" / "b.csv").write_bytes(b"2")

    assert Folder(lake).version() != before


def test_what_a_link_to_a_file_leads_to_counts(lake: Path, tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_bytes(b"1")
    (lake / "link.csv").symlink_to(tmp_path / "b.csv")
    before = Folder(lake).version()

    (tmp_path / "b.csv").write_bytes(b"2")

    assert Folder(lake).version() != before


def test_a_folder_may_itself_be_a_link(lake: Path, tmp_path: Path) -> None:
    (tmp_path / "today").symlink_to(lake)

    assert Folder(tmp_path / "today").version() == Folder(lake).version()


@pytest.mark.parametrize("target", ["nowhere", "b.csv"])
def test_a_link_that_leads_nowhere_is_an_error_only_where_it_counts(
    lake: Path, target: str
) -> None:
    (lake / "b.csv").symlink_to(lake / target)

    with pytest.raises(DatasetError, match=r"b\.csv"):
        Folder(lake).version()

    assert Folder(lake, exclude="b.csv").version() == Folder(lake, "deep/*").version()


def test_a_pipe_is_an_error_and_nobody_waits_for_it(lake: Path) -> None:
    os.mkfifo(lake / "pipe")

    with pytest.raises(DatasetError, match="pipe"):
        Folder(lake).version()


@pytest.mark.skipif(sys.platform == "darwin", reason="names are UTF-8 on macOS")
def test_a_name_may_be_any_bytes(lake: Path) -> None:
    before = Folder(lake).version()

    (lake / os.fsdecode(b"\xff.csv")).write_bytes(b"1")

    assert Folder(lake).version() != before
