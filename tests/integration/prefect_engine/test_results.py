"""Results that are not plain: nothing, tables, large ones, errors."""

from __future__ import annotations

from pathlib import Path

import pandas
from pandas.testing import assert_frame_equal

from tests.integration.marks import Marks
from tests.integration.prefect_engine.runs import Flows


def test_no_result_is_a_result(flows: Flows, marks: Marks):
    flows.run("results.called", "nothing")

    run = flows.run("results.called", "nothing")

    assert run.value == [("Cached", None)]
    assert marks.all() == [["ran"]]


def test_a_table_comes_back_as_it_was(flows: Flows, marks: Marks):
    flows.run("results.called", "frame")

    run = flows.run("results.called", "frame")

    expected = pandas.DataFrame({"day": [1, 2], "paid": [True, None]}, index=["a", "b"])
    assert run.states == ["Cached"]
    assert_frame_equal(run.values[0], expected)
    assert marks.all() == [["ran"]]


def test_a_change_of_a_result_by_its_reader_reaches_nobody_else(flows: Flows):
    run = flows.run("results.changed_by_its_reader")
    later = flows.run("results.called", "listed")

    assert run.value == [("Completed", ["made"]), ("Cached", ["made"]), ("Cached", ["made"])]
    assert later.value == [("Cached", ["made"])]


def test_an_error_is_not_kept(flows: Flows, marks: Marks, lake: Path):
    first = flows.run("results.called", "failing")
    second = flows.run("results.called", "failing")

    assert first.states == second.states == ["Failed"]
    assert [str(value) for value in second.values] == ["no orders"]
    assert marks.all() == [["ran"], ["ran"]]
    assert not (lake / "main" / "entries-v1").exists()


def test_a_returned_failure_is_not_kept(flows: Flows, marks: Marks, lake: Path):
    first = flows.run("results.called", "returning_that_it_failed")
    second = flows.run("results.called", "returning_that_it_failed")

    assert first.states == second.states == ["Failed"]
    assert marks.all() == [["ran"], ["ran"]]
    assert not (lake / "main" / "entries-v1").exists()


def test_a_task_that_succeeds_in_its_second_attempt_is_published_once(
    flows: Flows, marks: Marks, lake: Path
):
    first = flows.run("results.called", "failing_once")
    second = flows.run("results.called", "failing_once")

    assert first.value == [("Completed", "orders")]
    assert second.value == [("Cached", "orders")]
    assert marks.all() == [["ran"], ["ran"]]
    assert len(list(lake.glob("main/entries-v1/*/*"))) == 1
