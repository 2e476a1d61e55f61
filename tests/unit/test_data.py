"""A result is of the data that was there from its beginning to its end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestra_cache import Cache
from orchestra_cache.datasets import File
from orchestra_cache.errors import DatasetError
from orchestra_cache.events import Event, Failed, Hit, Miss, Published, Uncached


def kinds(events: list[Event]) -> list[type]:
    return [type(event) for event in events]


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text("1")
    return path


def test_a_result_is_computed_again_when_its_data_changes(cache: Cache, orders: Path) -> None:
    read = cache.memoize(reads=[File(orders)])(lambda path: Path(path).read_text())

    results = [read(orders), read(orders)]
    orders.write_text("2")
    results += [read(orders), read(orders)]
    orders.write_text("1")
    results.append(read(orders))

    assert results == ["1", "1", "2", "2", "1"]


def test_data_that_returns_is_a_hit_again(cache: Cache, orders: Path, events: list[Event]) -> None:
    read = cache.memoize(reads=[File(orders)])(lambda path: Path(path).read_text())

    for text in ("1", "2", "1"):
        orders.write_text(text)
        read(orders)

    assert kinds(events) == [Miss, Published, Miss, Published, Hit]


def test_each_call_reads_its_own_file(cache: Cache, tmp_path: Path) -> None:
    @cache.memoize(reads=[File(f"{tmp_path}/{{day}}.csv")])
    def read(day: str) -> str:
        return (tmp_path / f"{day}.csv").read_text()

    for day in ("a", "b"):
        (tmp_path / f"{day}.csv").write_text(day)
    results = [read("a"), read("b")]
    (tmp_path / "a.csv").write_text("new")

    assert [*results, read("a"), read("b")] == ["a", "b", "new", "b"]


def test_a_result_of_data_that_changed_meanwhile_is_used_and_not_kept(
    cache: Cache, orders: Path, events: list[Event]
) -> None:
    @cache.memoize(reads=[File(orders)])
    def read(path: Path) -> str:
        text = path.read_text()
        path.write_text(str(int(text) + 1))
        return text

    results = [read(orders), read(orders)]

    assert results == ["1", "2"]
    assert kinds(events) == [Miss, Uncached, Miss, Uncached]
    assert isinstance(events[1], Uncached)
    assert events[1].reason == "a dataset changed while the task was reading it"


def test_a_result_of_data_that_vanished_meanwhile_is_used_and_not_kept(
    cache: Cache, orders: Path, events: list[Event]
) -> None:
    @cache.memoize(reads=[File(orders)])
    def read(path: Path) -> str:
        text = path.read_text()
        path.unlink()
        return text

    assert read(orders) == "1"
    assert kinds(events) == [Miss, Failed]


def test_missing_data_is_an_error_before_the_task_runs(cache: Cache, tmp_path: Path) -> None:
    ran: list[int] = []
    read = cache.memoize(reads=[File(tmp_path / "none.csv")], ignore={"ran"})(
        lambda ran: ran.append(1)
    )

    with pytest.raises(DatasetError) as caught:
        read(ran)

    assert str(tmp_path / "none.csv") in caught.value.message
    assert "reads=[" in caught.value.hint
    assert ran == []


def test_a_file_passed_as_an_argument_counts_by_its_content(cache: Cache, orders: Path) -> None:
    @cache.memoize
    def read(source: File) -> str:
        return Path(source.url).read_text()

    results = [read(File(orders)), read(File(orders))]
    orders.write_text("2")

    assert [*results, read(File(orders))] == ["1", "1", "2"]


def test_a_file_that_code_names_counts_by_its_content(cache: Cache, tmp_path: Path) -> None:
    from tests.unit.programs import imported, written

    (tmp_path / "rates.csv").write_text("1")
    source = (
        "from pathlib import Path\nfrom orchestra_cache.datasets import File\n"
        f"RATES = File({str(tmp_path / 'rates.csv')!r})\n"
        "def task():\n    return Path(RATES.url).read_text()\n"
    )

    with imported(written(tmp_path, source)) as module:
        task = cache.memoize(module.task)
        before = task()
        (tmp_path / "rates.csv").write_text("2")
        after = task()

    assert (before, after) == ("1", "2")


def test_explain_names_the_data_that_changed(cache: Cache, orders: Path) -> None:
    read = cache.memoize(reads=[File(orders)])(lambda: orders_text(orders))
    read()
    orders.write_text("2")

    (change,) = read.explain().changes

    assert change.component == f"data:{orders}"
    assert change.before.startswith("content ")
    assert change.before != change.after


def orders_text(path: Any) -> str:
    return Path(path).read_text()
