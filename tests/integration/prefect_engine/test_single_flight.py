"""Of task runs with one key one computes while the others wait; nobody waits for the dead."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.integration.marks import Marks
from tests.integration.prefect_engine.runs import FlowRun, Flows

LARGE = "large" * 100_000


ALL = pytest.mark.parametrize(
    "places", ["flows", pytest.param("on_s3", marks=pytest.mark.newest)], indirect=True
)


def states(*runs: FlowRun) -> list[str]:
    return sorted(state for run in runs for state in run.states)


@ALL
def test_of_eight_at_once_one_computes_and_seven_hit(places: Flows, marks: Marks):
    run = places.run("flights.submitted", "total", 8, 7, "is waited for")

    assert states(run) == ["Cached"] * 7 + ["Completed"]
    assert run.values == ["made"] * 8
    assert run.warnings == []
    assert marks.of("ran") == [[7]]


def test_coroutines_that_wait_leave_the_event_loop_to_the_one_that_computes(
    flows: Flows, marks: Marks
):
    run = flows.run("flights.gathered", 8, 7, "is waited for")

    assert states(run) == ["Cached"] * 7 + ["Completed"]
    assert marks.of("ran") == [[7]]


@ALL
def test_of_two_processes_one_computes_and_the_other_hits(
    places: Flows, marks: Marks, pool: ThreadPoolExecutor
):
    words = ("flights.called", "total", 1, "is waited for")

    runs = list(pool.map(lambda _: places.run(*words), range(2)))

    assert states(*runs) == ["Cached", "Completed"]
    assert marks.of("ran") == [[1]]
    assert sum("which computes the same" in run.text for run in runs) == 1


@ALL
def test_another_takes_over_from_a_process_that_was_killed_at_work(
    places: Flows, marks: Marks, pool: ThreadPoolExecutor
):
    dead = pool.submit(places.run, "flights.called", "total", 1, "is killed")

    run = places.run("flights.called_when_another_holds", "total", 1, "is quick")
    later = places.run("flights.called", "total", 1, "is quick")

    assert isinstance(dead.exception(), EOFError)
    assert run.value == [("Completed", "made")]
    assert later.value == [("Cached", "made")]
    assert marks.of("ran") == [[1], [1]]


def test_a_process_that_was_killed_while_it_published_leaves_nothing_that_counts(
    flows: Flows, marks: Marks, lake: Path
):
    with pytest.raises(EOFError):
        flows.run("flights.killed_while_it_publishes")
    (left,) = (path for path in lake.glob("main/*-v1/*/*") if path.stat().st_size > len(LARGE) / 2)

    run = flows.run("flights.called", "total", 1, "is large")
    later = flows.run("flights.called", "total", 1, "is large")

    assert left.name
    assert run.value == [("Completed", LARGE)]
    assert later.value == [("Cached", LARGE)]
    assert run.warnings == later.warnings == []
    assert marks.of("ran") == [[1], [1]]


def test_a_task_that_fails_lets_another_try(flows: Flows, marks: Marks):
    run = flows.run("flights.submitted", "total", 3, 1, "fails at first")

    assert states(run) == ["Cached", "Completed", "Failed"]
    assert marks.of("ran") == [[1], [1]]


@pytest.mark.parametrize(
    "way, holder, other",
    [("called", "total", "hurried"), ("awaited", "fetched", "fetched_in_a_hurry")],
)
def test_a_task_waits_for_half_of_its_timeout_and_computes(
    flows: Flows, marks: Marks, pool: ThreadPoolExecutor, way: str, holder: str, other: str
):
    first = pool.submit(flows.run, f"flights.{way}", holder, 1, "holds")

    run = flows.run(f"flights.{way}_when_another_holds", other, 1, "is quick")

    assert run.value == [("Completed", "made")]
    assert first.result().value == [("Completed", "made")]
    assert marks.of("ran") == [[1], [1]]


def test_a_task_that_is_told_to_refresh_waits_for_nobody(
    flows: Flows, marks: Marks, pool: ThreadPoolExecutor
):
    first = pool.submit(flows.run, "flights.called", "total", 1, "holds")

    run = flows.run("flights.refreshed", 1)

    assert run.value == [("Completed", "made")]
    assert first.result().value == [("Completed", "made")]
    assert "a refresh was asked for" in run.text
    assert marks.of("ran") == [[1], [1]]


def test_a_refresh_is_told_as_one_where_there_is_a_result(flows: Flows, marks: Marks):
    flows.run("flights.called", "total", 1, "is quick")
    marks.path.write_text('["holds"]\n')

    run = flows.run("flights.refreshed", 1)

    assert run.states == ["Completed"]
    assert "a refresh was asked for" in run.text
    assert "hit" not in run.text


@pytest.mark.parametrize("flow", ["cut_short", "told_to_stop"])
def test_a_task_that_is_cut_short_as_it_begins_holds_up_nobody(
    flows: Flows, marks: Marks, flow: str
):
    run = flows.run(f"flights.{flow}", 1, "is quick")

    assert run.states[-1] == "Completed"
    assert marks.of("ran") == [[1]]


def test_what_a_task_calls_needs_no_lock_of_its_own(flows: Flows):
    calls = [
        ("flights.called", "calls", "plain", ""),
        ("flights.called", "calls", "usual", ""),
        ("flights.called", "begins_a_transaction", "", ""),
        ("flights.awaited", "awaits", "", ""),
    ]

    first = flows.run_each(*calls)
    second = flows.run_each(*calls)

    assert [run.value for run in first] == [[("Completed", "inner 1")]] * 4
    assert [run.value for run in second] == [[("Cached", "inner 1")]] * 4
    assert [run.warnings for run in first] == [[]] * 4


def test_a_task_that_calls_another_twice_does_not_wait_for_itself(flows: Flows, marks: Marks):
    run = flows.run("flights.called", "total", 1, "calls another twice")

    assert run.value == [("Completed", [1, 1])]
    assert len(marks.of("inner")) == 2


def test_a_task_within_itself_does_not_wait_for_itself(flows: Flows, marks: Marks):
    run = flows.run("flights.called", "total", 1, "calls itself")

    assert run.value == [("Completed", "made inside")]
    assert marks.of("ran") == [[1], [1]]


def test_two_that_would_wait_for_each_other_do_not(flows: Flows, pool: ThreadPoolExecutor):
    first = pool.submit(flows.run, "flights.called", "total", 1, "meets another")
    second = flows.run("flights.called", "total", 2, "meets another")

    assert states(first.result(), second) == ["Completed", "Completed"]


def test_the_user_s_own_lock_manager_is_asked_instead(flows: Flows, marks: Marks, lake: Path):
    first = flows.run("flights.called", "locked", 1, "")
    second = flows.run("flights.called", "locked", 1, "")

    assert first.value == [("Completed", "made")]
    assert second.value == [("Cached", "made")]
    assert marks.of("locked") == [[], []]
    assert not (lake / "main" / "leases-v1").exists()
