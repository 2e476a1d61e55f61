"""What a task reads decides whether its result is found: from the declaration to the entry."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from orchestra_cache import Cache
from orchestra_cache.datasets import Environment, Every, File, Folder, Told
from orchestra_cache.errors import DatasetError
from orchestra_cache.events import Event, Hit, Miss, Published, Uncached

SECRET = "correct horse battery staple"
VARIABLE = "ORCHESTRA_CACHE_TESTS_TOKEN"


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """A folder with two members, of 1 and 2 bytes."""
    lake = tmp_path / "lake"
    (lake / "2026" / "01").mkdir(parents=True)
    (lake / "a.csv").write_bytes(b"1")
    (lake / "2026" / "01" / "b.csv").write_bytes(b"22")
    return lake


def total(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.csv"))


def kinds(events: list[Event]) -> list[type[Event]]:
    return [type(event) for event in events]


def test_a_result_is_found_while_nothing_it_read_has_changed(
    cache: Cache, lake: Path, events: list[Event]
) -> None:
    read = cache.memoize(reads=[Folder(lake)])(total)

    results = [read(lake), read(lake)]

    assert results == [3, 3]
    assert kinds(events) == [Miss, Published, Hit]


def test_a_result_is_not_found_after_a_change_and_the_miss_names_it(
    cache: Cache, lake: Path, events: list[Event]
) -> None:
    read = cache.memoize(reads=[Folder(lake, "**/*.csv")])(total)
    read(lake)

    (lake / "2026" / "01" / "b.csv").write_bytes(b"333")

    assert read(lake) == 4
    miss = events[2]
    assert isinstance(miss, Miss)
    assert [change.component for change in miss.changes] == [f"data:{lake}/**/*.csv"]


def test_of_two_patterns_in_one_folder_the_one_that_changed_is_named(
    cache: Cache, lake: Path
) -> None:
    read = cache.memoize(reads=[Folder(lake, "*.csv"), Folder(lake, "*.json")])(total)
    (lake / "a.json").write_bytes(b"{}")
    read(lake)

    (lake / "a.csv").write_bytes(b"333")

    assert f"data:{lake}/*.csv" in str(read.explain(lake))
    assert f"data:{lake}/*.json" not in str(read.explain(lake))


def test_what_does_not_count_leaves_a_result_where_it_is(cache: Cache, lake: Path) -> None:
    read = cache.memoize(reads=[Folder(lake, "*.csv", exclude="draft/*")])(total)
    read(lake)

    (lake / "draft").mkdir()
    (lake / "draft" / "c.csv").write_bytes(b"1")
    (lake / "notes.txt").write_bytes(b"1")

    assert read.lookup(lake)


def test_a_change_undone_finds_the_first_result_again(cache: Cache, lake: Path) -> None:
    read = cache.memoize(reads=[Folder(lake)])(total)
    read(lake)
    (lake / "a.csv").write_bytes(b"333")
    read(lake)

    (lake / "a.csv").write_bytes(b"1")

    found = read.lookup(lake)
    assert isinstance(found, Hit)
    assert found.value == 3


def test_each_call_has_the_folder_of_its_own_parameters(cache: Cache, lake: Path) -> None:
    @cache.memoize(reads=[Folder(f"{lake}/{{day:%Y/%m}}")])
    def of_month(day: date) -> int:
        return total(lake / f"{day:%Y/%m}")

    (lake / "2026" / "02").mkdir()
    (lake / "2026" / "02" / "a.csv").write_bytes(b"1")
    january, february = date(2026, 1, 1), date(2026, 2, 1)
    results = of_month(january), of_month(february)

    (lake / "2026" / "02" / "a.csv").write_bytes(b"4444")

    assert results == (2, 1)
    assert of_month.lookup(january)
    assert not of_month.lookup(february)


def test_what_changes_while_the_task_reads_it_is_returned_and_not_kept(
    cache: Cache, lake: Path, events: list[Event]
) -> None:
    @cache.memoize(reads=[Folder(lake)])
    def read(folder: Path) -> int:
        seen = total(folder)
        (folder / "late.csv").write_bytes(b"1")
        return seen

    results = [read(lake), read(lake)]

    assert results == [3, 4]
    assert kinds(events) == [Miss, Uncached, Miss, Published]


def test_what_vanishes_while_the_task_reads_it_is_returned_and_not_kept(
    cache: Cache, lake: Path, events: list[Event]
) -> None:
    @cache.memoize(reads=[File(lake / "a.csv")])
    def read() -> int:
        (lake / "a.csv").unlink()
        return 1

    assert read() == 1
    assert Published not in kinds(events)


def test_what_is_missing_is_an_error_before_the_task_runs(cache: Cache) -> None:
    ran = []
    read = cache.memoize(reads=[Folder("/no/such/folder")])(lambda: ran.append(1))

    with pytest.raises(DatasetError, match="/no/such/folder does not exist"):
        read()

    assert ran == []


def test_the_same_datasets_in_another_order_are_other_reads(cache: Cache, lake: Path) -> None:
    one, other = Folder(lake, "a.csv"), Folder(lake, "*b.csv")

    there, back = (cache.memoize(reads=reads)(total) for reads in ([one, other], [other, one]))

    assert there.recipe(lake).key != back.recipe(lake).key


def test_a_result_lasts_until_its_period_is_over(cache: Cache, clock: Any) -> None:
    read = cache.memoize(reads=[Every(hours=1, clock=clock)])(lambda: 1)
    read()

    clock.advance(minutes=59)
    within = read.lookup()
    clock.advance(minutes=1)

    assert within
    assert not read.lookup()


def test_a_dataset_as_an_argument_is_a_hit_while_it_has_its_version(
    cache: Cache, lake: Path, events: list[Event]
) -> None:
    @cache.memoize
    def read(source: File) -> int:
        return Path(source.place).stat().st_size

    results = [read(File(lake / "a.csv")), read(File(lake / "a.csv"))]
    (lake / "a.csv").write_bytes(b"333")
    results.append(read(File(lake / "a.csv")))

    assert results == [1, 1, 3]
    assert kinds(events) == [Miss, Published, Hit, Miss, Published]


def moving(source: File) -> str:
    path = Path(source.place)
    path.write_text("new")
    return path.read_text()


@pytest.mark.parametrize("wrap", [lambda one: one, lambda one: [one], lambda one: {"a": (one,)}])
def test_what_was_read_of_an_argument_that_moved_meanwhile_is_not_kept(
    cache: Cache, lake: Path, wrap: Callable[[File], Any]
) -> None:
    def read(sources: Any) -> str:
        while not isinstance(sources, File):
            sources = next(iter(sources.values() if isinstance(sources, dict) else sources))
        return moving(sources)

    (lake / "a.csv").write_text("old")
    task = cache.memoize(read)
    task(wrap(File(lake / "a.csv")))
    (lake / "a.csv").write_text("old")

    assert not task.lookup(wrap(File(lake / "a.csv")))


def test_a_parameter_that_is_left_out_stands_beside_a_dataset(cache: Cache, lake: Path) -> None:
    @cache.memoize(ignore={"lock"})
    def read(source: File, lock: Any) -> int:
        return Path(source.place).stat().st_size

    read(File(lake / "a.csv"), threading.Lock())

    assert read.lookup(File(lake / "a.csv"), threading.Lock())


def test_what_was_made_of_a_declared_file_that_moved_meanwhile_is_not_kept(
    cache: Cache, lake: Path
) -> None:
    def read() -> str:
        (lake / "a.csv").write_text("new")
        return "new"

    (lake / "a.csv").write_text("old")
    task = cache.memoize(files=[str(lake / "a.csv")])(read)
    task()
    (lake / "a.csv").write_text("old")

    assert not task.lookup()


def test_the_value_of_a_variable_is_in_no_entry_and_is_not_shown(
    cache: Cache, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    read = cache.memoize(reads=[Environment(VARIABLE)])(lambda: "result")
    read()
    (component,) = [one for one in read.recipe().components if one.kind == "data"]

    files = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]

    assert len(files) == 1
    assert VARIABLE.encode() in files[0].read_bytes()
    assert SECRET.encode() not in files[0].read_bytes()
    assert component.shown == f"environment {component.digest.hex[:8]}"


def test_a_variable_that_changes_is_named_without_its_values(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = cache.memoize(reads=[Environment(VARIABLE)])(lambda: "result")
    monkeypatch.setenv(VARIABLE, "one value")
    read()

    monkeypatch.setenv(VARIABLE, SECRET)
    explained = str(read.explain())

    assert f"data:${VARIABLE}" in explained
    assert SECRET not in explained
    assert "one value" not in explained


def test_what_is_told_is_not_shown_either(cache: Cache, tmp_path: Path) -> None:
    read = cache.memoize(reads=[Told(lambda: SECRET, "model")])(lambda: "result")

    read()

    files = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert [SECRET.encode() in path.read_bytes() for path in files] == [False]
