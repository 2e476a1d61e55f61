"""What a cached task calls is kept where it would be without a cache, and never as its result."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.marks import Marks
from tests.integration.prefect_engine.runs import FlowRun, Flows

# Each of another number: keys of Prefect's own policies do not tell one callee from another.
CALLERS = [
    ("nested.called", "calls_a_task", 1),
    ("nested.called", "calls_a_task_with_its_own_storage", 2),
    ("nested.awaited", "awaits_a_task", 3),
    ("nested.called", "calls_a_flow", 4),
    ("nested.called", "keeps_something_of_its_own", 5),
]
OF_TASKS = CALLERS[:3]


@pytest.fixture(scope="module")
def nested(new_flows: Callable[[], Flows]) -> tuple[Flows, dict[str, list[FlowRun]]]:
    """The runs of each caller: twice for one part, and the first ones for another as well."""
    flows = new_flows()
    twice = [flows.run_each(*((*caller, "a") for caller in CALLERS)) for _ in range(2)]
    other = flows.run_each(*((*caller, "b") for caller in OF_TASKS))
    runs = {caller[1]: list(each) for caller, *each in zip(CALLERS, *twice, strict=True)}
    for (_, task, _), run in zip(OF_TASKS, other, strict=True):
        runs[task].append(run)
    return flows, runs


@pytest.mark.parametrize("flow, task, number", CALLERS)
def test_the_result_of_a_callee_is_not_taken_for_that_of_its_caller(
    nested: tuple[Flows, dict[str, list[FlowRun]]], flow: str, task: str, number: int
):
    flows, runs = nested
    first, second, *_ = runs[task]

    assert first.value == [("Completed", f"outer of inner {number}")]
    assert second.value == [("Cached", f"outer of inner {number}")]
    assert flows.marks.of("outer").count(["a", number]) == 1


@pytest.mark.parametrize("flow, task, number", OF_TASKS)
def test_a_callee_with_a_policy_of_prefect_is_a_hit_when_its_caller_runs_again(
    nested: tuple[Flows, dict[str, list[FlowRun]]], flow: str, task: str, number: int
):
    flows, runs = nested
    ours = [mark for mark in flows.marks.all() if mark[-1] == number]

    assert runs[task][2].value == [("Completed", f"outer of inner {number}")]
    assert ours == [["outer", "a", number], ["inner", number], ["outer", "b", number]]


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
