"""What cannot be cached runs, and one warning beside the task run says why."""

from __future__ import annotations

import pytest

from tests.integration.marks import Marks
from tests.integration.prefect_engine.runs import Flows


@pytest.mark.parametrize(
    "task, named",
    [
        ("missing_dataset", "/no/such/folder/3.csv"),
        ("unknown_cache", "'pond'"),
        ("unknown_parameter", "`loger`"),
    ],
)
def test_a_declaration_that_does_not_fit_is_one_warning(
    flows: Flows, marks: Marks, task: str, named: str
):
    first = flows.run("mistakes.called", task)
    second = flows.run("mistakes.called", task)

    assert first.value == second.value == [("Completed", 3)]
    assert [named in warning for warning in first.warnings] == [True]
    assert marks.all() == [["ran"], ["ran"]]


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
