"""How long and when a result may be used."""

from __future__ import annotations

import importlib
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from orchestra_cache import Cache
from orchestra_cache.declaration import Declaration
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.prefect import FingerprintPolicy
from tests.integration.marks import Marks
from tests.integration.prefect_engine.runs import FLOWS, Flows

TASKS_OF_A_WEEK = ["by_policy", "by_task", "shorter_by_task", "shorter_by_policy"]


def keep_result(task: str, lake: Path, *, age: timedelta) -> None:
    """Publish a result of day 3 that was made a while ago."""
    function = getattr(importlib.import_module("terms"), task).fn
    cache = Cache(lake, clock=lambda: datetime.now(timezone.utc) - age)
    cache.publish(Declaration(function).recipe({"day": 3}), "made before", seconds=1.0)


@pytest.fixture(autouse=True)
def importable_flows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(FLOWS)


@pytest.mark.parametrize("task", TASKS_OF_A_WEEK)
def test_a_result_of_last_week_is_used(flows: Flows, marks: Marks, lake: Path, task: str):
    keep_result(task, lake, age=timedelta(days=6))

    run = flows.run("terms.called", task, 3)

    assert run.value == [("Cached", "made before")]
    assert marks.all() == []


@pytest.mark.parametrize("task", TASKS_OF_A_WEEK)
def test_a_result_older_than_a_week_is_made_anew_and_replaced(
    flows: Flows, marks: Marks, lake: Path, task: str
):
    keep_result(task, lake, age=timedelta(days=8))

    expired = flows.run("terms.called", task, 3)
    again = flows.run("terms.called", task, 3)

    assert expired.value == [("Completed", 3)]
    assert "has expired" in expired.text
    assert again.value == [("Cached", 3)]
    assert marks.all() == [["ran"]]


@pytest.mark.parametrize(
    "way",
    [
        ("terms.refreshed", "counted"),
        ("terms.refreshed_by_policy", None),
        ("terms.refreshed_by_policy", True),
    ],
)
def test_a_refreshed_task_replaces_its_result(flows: Flows, marks: Marks, way: tuple[str, object]):
    flows.run("terms.called", "counted")

    refreshed = flows.run(*way)
    again = flows.run("terms.called", "counted")

    assert refreshed.value == [("Completed", 2)]
    assert again.value == [("Cached", 2)]
    assert marks.all() == [["ran"], ["ran"]]


def test_the_setting_for_refreshes_replaces_results(flows: Flows, marks: Marks):
    flows.run("terms.called", "counted")

    refreshed = flows.run("terms.called", "counted", settings={"PREFECT_TASKS_REFRESH_CACHE": True})
    again = flows.run("terms.called", "counted")

    assert refreshed.value == [("Completed", 2)]
    assert again.value == [("Cached", 2)]
    assert marks.all() == [["ran"], ["ran"]]


@pytest.mark.parametrize("task", ["switched_off", "only_reading", "not_persisted"])
def test_a_task_that_may_not_publish_runs_each_time_and_leaves_nothing(
    flows: Flows, marks: Marks, lake: Path, task: str
):
    first = flows.run("terms.called", task)
    second = flows.run("terms.called", task)

    assert first.states == second.states == ["Completed"]
    assert first.warnings == second.warnings == []
    assert marks.all() == [["ran"], ["ran"]]
    assert not (lake / "main" / "entries-v1").exists()


def test_a_task_that_only_reads_publishes_nothing_when_it_is_refreshed(
    flows: Flows, marks: Marks, lake: Path
):
    run = flows.run("terms.refreshed", "only_reading")

    assert run.states == ["Completed"]
    assert marks.all() == [["ran"]]
    assert not (lake / "main" / "entries-v1").exists()


def test_a_reading_task_uses_what_is_there(flows: Flows, marks: Marks, cache: Cache):
    function = importlib.import_module("terms").only_reading.fn
    cache.publish(Declaration(function).recipe({}), "kept", seconds=1.0)

    run = flows.run("terms.called", "only_reading")

    assert run.value == [("Cached", "kept")]
    assert marks.all() == []


@pytest.mark.parametrize(
    "place, terms, named",
    [
        (None, {"ttl": timedelta(days=-1)}, "ttl="),
        (None, {"ttl": 7}, "ttl=7"),
        (None, {"mode": "sometimes"}, "mode='sometimes'"),
        ("s3//bucket", {}, "s3//bucket"),
        ("gopher://host/cache", {}, "gopher"),
    ],
)
def test_arguments_that_cannot_be_meant_are_refused_where_they_are_written(
    place: str | None, terms: dict[str, object], named: str
):
    with pytest.raises(ConfigurationError, match=named):
        FingerprintPolicy(place, **terms)
