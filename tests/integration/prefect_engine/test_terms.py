"""How long and when a result may be used."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from orchestra_cache import Cache
from orchestra_cache.declaration import Declaration
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.prefect import FingerprintPolicy
from tests.integration.marks import Marks
from tests.integration.prefect_engine.runs import FLOWS, FlowRun, Flows

TASKS_OF_A_WEEK = ["by_policy", "by_task", "shorter_by_task", "shorter_by_policy"]


def keep_result(task: str, lake: Path, *, age: timedelta) -> None:
    """Publish a result of day 3 that was made a while ago."""
    function = getattr(importlib.import_module("terms"), task).fn
    cache = Cache(lake, clock=lambda: datetime.now(timezone.utc) - age)
    cache.publish(Declaration(function).recipe({"day": 3}), "made before", seconds=1.0)


@pytest.fixture(autouse=True, scope="module")
def importable_flows() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FLOWS)
        yield


@pytest.fixture(scope="module")
def weekly(new_flows: Callable[[], Flows]) -> dict[str, tuple[FlowRun, Flows]]:
    """The run of each task where there is a result of last week."""
    flows = new_flows()
    for task in TASKS_OF_A_WEEK:
        keep_result(task, flows.lake, age=timedelta(days=6))
    runs = flows.run_each(*(("terms.called", task, 3) for task in TASKS_OF_A_WEEK))
    return {task: (run, flows) for task, run in zip(TASKS_OF_A_WEEK, runs, strict=True)}


@pytest.mark.parametrize("task", TASKS_OF_A_WEEK)
def test_a_result_of_last_week_is_used(weekly: dict[str, tuple[FlowRun, Flows]], task: str):
    run, flows = weekly[task]

    assert run.value == [("Cached", "made before")]
    assert flows.marks.all() == []


@pytest.fixture(scope="module")
def older(new_flows: Callable[[], Flows]) -> dict[str, tuple[FlowRun, FlowRun, Flows]]:
    """Two runs of each task where there is a result that is older than a week."""
    flows = new_flows()
    for task in TASKS_OF_A_WEEK:
        keep_result(task, flows.lake, age=timedelta(days=8))
    calls = [("terms.called", task, 3) for task in TASKS_OF_A_WEEK]
    first, again = (flows.run_each(*calls) for _ in range(2))
    return {task: (*runs, flows) for task, *runs in zip(TASKS_OF_A_WEEK, first, again, strict=True)}


@pytest.mark.parametrize("task", TASKS_OF_A_WEEK)
def test_a_result_older_than_a_week_is_made_anew_and_replaced(
    older: dict[str, tuple[FlowRun, FlowRun, Flows]], task: str
):
    expired, again, flows = older[task]

    assert expired.value == [("Completed", 3)]
    assert "has expired" in expired.text
    assert again.value == [("Cached", 3)]
    assert flows.marks.all() == [["ran"]] * len(TASKS_OF_A_WEEK)


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


def test_tasks_that_may_not_publish_run_each_time_and_leave_nothing(
    flows: Flows, marks: Marks, lake: Path
):
    calls = [("terms.called", task) for task in ("switched_off", "only_reading", "not_persisted")]

    runs = [run for _ in range(2) for run in flows.run_each(*calls)]

    assert [run.states for run in runs] == [["Completed"]] * 6
    assert [run.warnings for run in runs] == [[]] * 6
    assert marks.all() == [["ran"]] * 6
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
