"""`@task(cache_policy=FingerprintPolicy(…))` is all that a task needs."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestra_cache import Cache
from orchestra_cache.declaration import Declaration
from orchestra_cache.fingerprints.recipe import Recipe
from tests.integration.marks import Marks
from tests.integration.prefect_engine.runs import FLOWS, Flows

TOTAL = {"day": 3, "orders": [3, 6]}

# Those of the same function in tests/integration/airflow_engine; Python is a part of it.
GOLDEN = {
    "3.10": "40ee2bbfb03c25db8cb5d586be0dba11e47ca56f0585376bb9c2ac2a1c29f104",
    "3.11": "4bff632282be43e0309c87ebaf05bc365b4c969d0a82f2d7b5db08e949109e22",
    "3.12": "3cf7e73cb0df9bc9ebfeddfdba71fd792a67d9ca6997e95939c94a41ffaf448b",
    "3.13": "e922e8e676c9430712081fddb83098035c2b990a63ce20ee5fbe33cb7fe5a2e7",
}


@pytest.fixture
def recipe(monkeypatch: pytest.MonkeyPatch) -> Recipe:
    """That of the task in flows/orders.py, as plain Python sees it."""
    monkeypatch.syspath_prepend(FLOWS)
    return Declaration(importlib.import_module("orders").total.fn).recipe({"day": 3})


def entries(lake: Path) -> list[Path]:
    return [path for path in lake.glob("main/entries-v1/*/*") if not path.name.startswith(".")]


@dataclass(frozen=True)
class ByHand:
    """What was printed by a file that a person has run twice, and what lay there between."""

    flows: Flows
    printed: tuple[object, object]
    files: list[Path]


@pytest.fixture(scope="module")
def by_hand(new_flows: Callable[[], Flows]) -> ByHand:
    flows = new_flows()
    words, home = (FLOWS / "orders.py", "called", "3"), str(flows.lake.with_name("home"))
    first = flows.run_file(*words, PREFECT_HOME=home)
    files = [path for path in flows.lake.rglob("*") if path.is_file()]
    second = flows.run_file(*words, PREFECT_HOME=home)
    return ByHand(flows, (first, second), files)


@pytest.mark.newest
def test_a_second_process_gets_the_result_of_the_first_without_running_the_task(by_hand: ByHand):
    first, second = by_hand.printed

    assert first == [["Completed", TOTAL]]
    assert second == [["Cached", TOTAL]]
    assert by_hand.flows.marks.all() == [["total", 3]]


@pytest.mark.newest
def test_all_lies_in_one_entry_and_the_journal_and_nothing_in_the_home_of_prefect(by_hand: ByHand):
    lake = by_hand.flows.lake
    home = lake.with_name("home")

    (entry,) = entries(lake)
    (journal,) = (path for path in by_hand.files if path.parents[1].name == "journal-v1")
    assert sorted(by_hand.files) == sorted([entry, journal])
    assert home.exists()
    assert not (home / "storage").exists()


def test_another_argument_is_another_result(flows: Flows, marks: Marks):
    flows.run("orders.called", 3)

    run = flows.run("orders.called", 4)

    assert run.value == [("Completed", {"day": 4, "orders": [4, 8]})]
    assert marks.all() == [["total", 3], ["total", 4]]


def test_plain_python_reads_the_result_under_the_same_key(
    flows: Flows, cache: Cache, recipe: Recipe
):
    flows.run("orders.called", 3)

    found = cache.lookup(recipe)

    assert found
    assert found.value == TOTAL
    assert found.producer.startswith("Prefect flow run ")


def test_prefect_reads_the_result_that_plain_python_kept(
    flows: Flows, marks: Marks, cache: Cache, recipe: Recipe
):
    cache.publish(recipe, "kept by Python", seconds=1.0)

    run = flows.run("orders.called", 3)

    assert run.value == [("Cached", "kept by Python")]
    assert marks.all() == []


def test_a_hit_says_in_the_log_of_the_task_run_who_made_it(flows: Flows):
    flows.run("orders.called", 3)

    run = flows.run("orders.called", 3)

    assert "total: hit " in run.text
    assert "by Prefect flow run " in run.text
    assert run.warnings == []


def test_the_key_of_a_plain_function_is_the_pinned_one(flows: Flows, lake: Path):
    flows.run("golden.called")

    assert [path.name for path in entries(lake)] == [
        GOLDEN[".".join(map(str, sys.version_info[:2]))]
    ]
