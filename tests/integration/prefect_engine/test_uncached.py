"""What cannot be cached runs, and one warning beside the task run says why."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.marks import Marks
from tests.integration.prefect_engine.runs import FlowRun, Flows

UNFIT = {
    "missing_dataset": "/no/such/folder/3.csv",
    "unknown_cache": "'pond'",
    "unknown_parameter": "`loger`",
}


@pytest.fixture(scope="module")
def unfit(new_flows: Callable[[], Flows]) -> dict[str, tuple[FlowRun, FlowRun, Flows]]:
    """Two runs of each task whose declaration does not fit."""
    flows = new_flows()
    calls = [("mistakes.called", task) for task in UNFIT]
    first, second = (flows.run_each(*calls) for _ in range(2))
    return {task: (*runs, flows) for task, *runs in zip(UNFIT, first, second, strict=True)}


@pytest.mark.parametrize("task", UNFIT)
def test_a_declaration_that_does_not_fit_is_one_warning(
    unfit: dict[str, tuple[FlowRun, FlowRun, Flows]], task: str
):
    first, second, flows = unfit[task]

    assert first.value == second.value == [("Completed", 3)]
    assert [UNFIT[task] in warning for warning in first.warnings] == [True]
    assert flows.marks.all() == [["ran"]] * 2 * len(UNFIT)


def test_an_argument_without_identity_is_one_warning_with_its_path(flows: Flows, marks: Marks):
    run = flows.run("mistakes.called_with_a_lock")

    assert run.value == [("Completed", "connected")]
    assert len(run.warnings) == 1
    assert "parameter config → ['pool'] → [1] → ['lock']: _thread.lock" in run.warnings[0]
    assert marks.all() == [["ran"]]


def test_a_result_that_cannot_be_kept_is_one_warning(flows: Flows, marks: Marks):
    run = flows.run("results.unpicklable_called")

    assert run.value == [("Completed", "lock")]
    assert ["_thread.lock" in warning for warning in run.warnings] == [True]
    assert marks.all() == [["ran"]]


def test_a_generator_is_one_warning_and_gives_all_it_yields(flows: Flows, marks: Marks):
    run = flows.run("results.generator_called")

    assert run.values == [[1, 2, 3]]
    assert ["generator" in warning for warning in run.warnings] == [True]
    assert marks.all() == [["ran"]]
