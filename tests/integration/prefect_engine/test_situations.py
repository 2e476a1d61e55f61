"""Cached tasks in the situations that the engine knows: retries, timeouts, inputs, methods."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from orchestra_cache import Cache
from orchestra_cache.declaration import Declaration
from tests.integration.marks import Marks
from tests.integration.prefect_engine.runs import FLOWS, Flows


def test_tasks_in_a_transaction_are_kept_when_it_ends(flows: Flows, marks: Marks):
    first = flows.run("situations.in_a_transaction")
    second = flows.run("situations.in_a_transaction")

    assert first.value == [("Completed", [1]), ("Completed", "[1] none")]
    assert second.value == [("Cached", [1]), ("Cached", "[1] none")]
    assert marks.all() == [["total", 1], ["noted"]]


def test_a_retry_asks_the_store_for_nothing_more(flows: Flows, marks: Marks):
    none = flows.run("situations.reads_of_tries", 0)
    marks.path.unlink()
    two = flows.run("situations.reads_of_tries", 2)

    assert none.value == two.value == [("Completed", ["get", "put"])]
    assert marks.of("tried") == [[]] * 3
    assert two.text.count("miss") == 1


def test_a_try_that_changed_its_argument_publishes_under_what_it_was_given(
    flows: Flows, marks: Marks
):
    changed = flows.run("situations.called", "changes_its_argument", [])
    whole = flows.run("situations.called", "changes_its_argument", [1])
    anew = flows.run("situations.called", "changes_its_argument", [])

    assert changed.value == [("Completed", [1, 1])]
    assert whole.value == [("Cached", [1, 1])]
    assert anew.value == [("Completed", [1])]
    assert marks.of("ran") == [[[]], [[1]], [[]]]


def test_a_retry_replaces_a_result_that_has_expired(
    flows: Flows, marks: Marks, lake: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MARKS", str(marks.path))
    monkeypatch.syspath_prepend(FLOWS)
    function = importlib.import_module("situations").weekly.fn
    long_ago = datetime.now(timezone.utc) - timedelta(days=8)
    recipe = Declaration(function).recipe({"day": 3})
    Cache(lake, clock=lambda: long_ago).publish(recipe, "made before", seconds=1.0)

    run = flows.run("situations.called", "weekly", 3)
    later = flows.run("situations.called", "weekly", 3)

    assert run.value == [("Completed", 3)]
    assert later.value == [("Cached", 3)]
    assert marks.of("ran") == [[], []]


@pytest.mark.parametrize(
    "way, task",
    [("called", "timed"), ("submitted", "timed"), ("awaited", "timed_coroutine")],
)
def test_a_task_that_timed_out_is_not_kept_and_one_in_time_is(
    flows: Flows, marks: Marks, way: str, task: str
):
    slow = flows.run(f"situations.{way}", task, 3, "slow")
    quick = flows.run(f"situations.{way}", task, 3, "quick")
    cached = flows.run(f"situations.{way}", task, 3, "slow")

    assert slow.states == ["TimedOut"]
    assert quick.value == [("Completed", 3)]
    assert cached.value == [("Cached", 3)]
    assert marks.of("ran") == [[], []]


def test_what_a_task_waits_for_is_not_in_its_key(flows: Flows, marks: Marks):
    flows.run("situations.after_another", 1)

    run = flows.run("situations.after_another", 2)

    assert run.value == [("Cached", "[1] none")]
    assert marks.of("total") == [[1], [2]]


def test_an_unmapped_argument_counts_for_each_element(flows: Flows, marks: Marks):
    first = flows.run("situations.mapped", "a note")
    again = flows.run("situations.mapped", "a note")
    another = flows.run("situations.mapped", "another")

    assert first.states == another.states == ["Completed", "Completed"]
    assert again.value == [("Cached", "1 a note"), ("Cached", "2 a note")]


@pytest.mark.parametrize("way", ["quote", "opaque", "future", "state", "allow_failure"])
def test_however_an_argument_is_handed_over_it_is_the_same(flows: Flows, marks: Marks, way: str):
    if way == "opaque" and not has_opaque():
        pytest.skip("this version has none")
    flows.run("situations.given", "value")

    run = flows.run("situations.given", way)

    assert run.value == [("Cached", "[1] none")]
    assert len(marks.of("noted")) == 1


def has_opaque() -> bool:
    return hasattr(importlib.import_module("prefect.utilities.annotations"), "opaque")


def test_the_failure_of_another_task_as_an_argument_is_no_wrong_hit(flows: Flows, marks: Marks):
    runs = [flows.run("situations.given_a_failure", day) for day in (1, 1, 2)]

    assert [run.values for run in runs] == [
        ["ValueError no orders of 1"],
        ["ValueError no orders of 1"],
        ["ValueError no orders of 2"],
    ]


def test_methods_are_tasks_of_their_own_that_depend_on_their_object(flows: Flows, marks: Marks):
    first = flows.run("situations.methods", 2, 3)
    again = flows.run("situations.methods", 2, 3)
    other = flows.run("situations.methods", 5, 3)

    values = [6, 6, "Shop 3", "Market 3", [3]]
    assert first.values == again.values == values
    assert other.values == [15, 15, *values[2:]]
    assert again.states == ["Cached"] * 5
    assert first.warnings == other.warnings == []
    assert len(marks.of("price")) == 2
    assert len(marks.of("counted")) == 2
    assert len(marks.of("listed")) == 1


@pytest.mark.parametrize("setting", ["PREFECT_TASKS_DISABLE_CACHING", None])
def test_who_switches_caching_off_has_no_cache(
    flows: Flows, marks: Marks, lake: Path, setting: str | None
):
    settings = {setting: True} if setting else {}

    runs = [flows.run("situations.called", "total", 1, settings=settings) for _ in range(2)]

    assert [run.states for run in runs] == [["Completed"], ["Completed" if setting else "Cached"]]
    assert lake.exists() is not bool(setting)


def test_a_task_with_a_policy_is_cached_where_others_are_not(flows: Flows, marks: Marks):
    settings = {"PREFECT_TASKS_DEFAULT_NO_CACHE": True}
    flows.run("situations.called", "total", 1, settings=settings)

    run = flows.run("situations.called", "total", 1, settings=settings)

    assert run.value == [("Cached", [1])]


@pytest.mark.parametrize(
    "task, operation, place, before",
    [
        ("fetched", "get", "entries-v1", False),
        ("fetched", "get", "entries-v1", True),
        ("fetched", "get", "blobs-v1", True),
        ("fetched", "put", "blobs-v1", False),
        ("fetched", "put", "entries-v1", False),
        ("fetched_by_one", "get", "entries-v1", False),
        ("fetched_by_one", "put", "leases-v1", False),
        ("fetched_by_one", "put", "entries-v1", False),
        ("fetched_by_one", "delete", "leases-v1", False),
        ("fetched_in_vain", "delete", "leases-v1", False),
    ],
)
def test_a_slow_store_keeps_no_event_loop_waiting(
    flows: Flows, marks: Marks, task: str, operation: str, place: str, before: bool
):
    run = flows.run("situations.while_the_store_is_slow", task, operation, place, before)

    expected = "Failed" if task == "fetched_in_vain" else "Cached" if before else "Completed"
    assert run.value == [(expected, True)]
    assert not any("could not" in warning for warning in run.warnings)
