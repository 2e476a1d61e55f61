"""What killed processes left goes, and nothing that somebody still needs."""

from __future__ import annotations

import os
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from orchestra_cache.stores import LocalStore
from orchestra_cache.stores.local import alone
from tests.unit.collecting import DAY, Shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "store")


def put(shelf: Shelf, name: str, *, age: float) -> Path:
    """A file that was written so many days ago."""
    path = shelf.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"content")
    os.utime(path, (shelf.now - age * DAY,) * 2)
    return path


@pytest.mark.parametrize(
    "name",
    [
        "main/entries-v1/task/.writing-12-abc",
        "main/blobs-v1/ab/.writing-12-abc",
        f"main/leases-v1/task/{'0' * 64}",
        f"main/index-v1/{'0' * 64}",
        f"main/holds-v1/00/{'0' * 64}",
    ],
)
def test_what_is_older_than_a_day_goes(name: str, shelf: Shelf) -> None:
    shelf.add("a", age=1)
    old, new = put(shelf, name, age=1.1), put(shelf, f"{name[:-1]}1", age=0.001)

    report = shelf.collect()

    assert (old.exists(), new.exists()) == (False, True)
    assert (report.litter.count, report.litter.size) == (1, 7)


def test_a_journal_that_nobody_can_read_goes_after_a_week(shelf: Shelf) -> None:
    old = put(shelf, "main/journal-v1/2026-01-01/old", age=8)
    new = put(shelf, "main/journal-v1/2026-01-01/new", age=6)

    shelf.collect()

    assert (old.exists(), new.exists()) == (False, True)


def test_the_index_in_use_stays_and_the_one_before_goes_at_once(shelf: Shelf) -> None:
    shelf.add("a")
    shelf.collect()
    shelf.add("b", age=0)

    shelf.collect()

    names = [path.name for path in (shelf.root / "main/index-v1").iterdir()]
    assert len([name for name in names if len(name) == 64]) == 1
    shelf.now += 10 * DAY
    assert [shelf.collect().read for _ in range(2)] == [0, 0]


def test_litter_of_other_namespaces_stays(shelf: Shelf) -> None:
    path = put(shelf, "other/entries-v1/task/.writing-12-abc", age=100)

    shelf.collect()

    assert path.exists()


def test_folders_that_are_empty_go(shelf: Shelf) -> None:
    shelf.add("a", age=30, blobs=[b"blob"])
    shelf.collect(max_entries=0)
    for folder, _, _ in os.walk(shelf.root):
        os.utime(folder, (shelf.now - 2 * DAY,) * 2)

    shelf.collect()

    left = {path.name for path in shelf.root.rglob("*") if path.name != ".replace-lock"}
    assert left & {"entries-v1", "blobs-v1", "task"} == set()
    shelf.add("b", age=1, blobs=[b"blob"])
    assert shelf.collect().entries.count == 1


def test_a_folder_is_made_again_for_who_is_about_to_write(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    real = os.open

    def removing(path: str, *arguments: int, **terms: int) -> int:
        if "/.writing-" in path and not removed:
            removed.append(path)
            os.rmdir(os.path.dirname(path))
        return real(path, *arguments, **terms)

    removed: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "open", removing)
        wrote = store.put("main/entries-v1/task/a", [b"content"])

    assert wrote
    assert removed
    assert bytes(store.get("main/entries-v1/task/a").data) == b"content"  # type: ignore[union-attr]


def test_who_waits_for_a_lock_that_was_removed_takes_the_new_one(tmp_path: Path) -> None:
    path = str(tmp_path / "entry")
    order: list[str] = []
    entered = threading.Event()

    def second() -> None:
        entered.set()
        with alone(path):
            order.append("second")
            assert (tmp_path / ".replace-lock").exists()

    with alone(path):
        thread = threading.Thread(target=second)
        thread.start()
        entered.wait()
        os.unlink(tmp_path / ".replace-lock")
        order.append("first")
    thread.join()

    assert sorted(order) == ["first", "second"]


def test_a_second_collection_finds_nothing_to_do(shelf: Shelf) -> None:
    for number in range(20):
        shelf.add(str(number), age=number, blobs=[b"%d" % number])
    terms = {"max_entries": 5, "grace": timedelta(0)}
    shelf.collect(**terms)

    report = shelf.collect(**terms)

    assert (report.deleted.count, report.deleted_blobs.count, report.waiting.count) == (0, 0, 0)
    assert report.litter.count == 0
