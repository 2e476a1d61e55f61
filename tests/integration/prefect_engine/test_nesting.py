"""What a cached task calls is kept where it would be without a cache, and never as its result."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.marks import Marks
from tests.integration.prefect_engine.runs import Flows

CALLERS = [
    ("nested.called", "calls_a_task"),
    ("nested.called", "calls_a_task_with_its_own_storage"),
    ("nested.awaited", "awaits_a_task"),
    ("nested.called", "calls_a_flow"),
    ("nested.called", "keeps_something_of_its_own"),
]


@pytest.mark.parametrize("flow, task", CALLERS)
def test_the_result_of_a_callee_is_not_taken_for_that_of_its_caller(
    flows: Flows, marks: Marks, flow: str, task: str
):
    first = flows.run(flow, task, 1, "a")
    second = flows.run(flow, task, 1, "a")

    assert first.value == [("Completed", "outer of inner 1")]
    assert second.value == [("Cached", "outer of inner 1")]
    assert marks.of("outer") == [["a"]]


@pytest.mark.parametrize("flow, task", CALLERS[:3])
def test_a_callee_with_a_policy_of_prefect_is_a_hit_when_its_caller_runs_again(
    flows: Flows, marks: Marks, flow: str, task: str
):
    flows.run(flow, task, 1, "a")

    run = flows.run(flow, task, 1, "b")

    assert run.value == [("Completed", "outer of inner 1")]
    assert marks.all() == [["outer", "a"], ["inner", 1], ["outer", "b"]]


def test_a_change_by_the_caller_is_not_kept_as_the_result_of_the_callee(flows: Flows):
    flows.run("nested.called", "changes_what_it_was_given")

    by_state = flows.run("nested.called", "listed", 1)
    by_value = flows.run("nested.called", "listed", 2)

    assert by_state.values == by_value.values == [["made"]]


def test_a_callee_whose_result_cannot_be_copied_is_one_warning(flows: Flows, lake: Path):
    run = flows.run("nested.called", "uses_a_lock")

    assert run.value == [("Completed", "used")]
    assert ["_thread.lock" in warning for warning in run.warnings] == [True]
    assert not (lake / "main" / "entries-v1").exists()


def test_a_task_that_was_rolled_back_is_not_kept(flows: Flows, marks: Marks, lake: Path):
    flows.run("nested.rolled_back")

    run = flows.run("nested.called", "listed", 1)

    assert run.value == [("Completed", ["made"])]
    assert marks.all() == [["listed", 1], ["listed", 1]]
