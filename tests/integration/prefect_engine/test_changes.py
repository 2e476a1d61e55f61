"""What changes between a key and its result, or after it, is never kept under that key."""

from __future__ import annotations

import pytest

from tests.integration.marks import Marks
from tests.integration.prefect_engine.runs import Flows


def test_what_is_gone_is_not_computed_again_from_other_arguments(flows: Flows, marks: Marks):
    run = flows.run("changes.lost_after_its_argument_changed")

    assert run.value == [("loaded", "gone"), ("Completed", 6)]
    assert marks.all() == [["total"], ["total"]]


def test_a_function_around_that_of_a_cached_task_is_another_one(flows: Flows):
    run = flows.run("changes.wrapped")

    assert run.value == [("Completed", 2)]


def test_what_cannot_be_copied_is_not_kept_as_its_parent_left_it(flows: Flows, marks: Marks):
    run = flows.run("changes.changed_by_its_parent")

    assert run.value == [("Completed", 1)]
    assert ["cannot be copied: RuntimeError: not this one" in line for line in run.warnings] == [
        True
    ]
    assert marks.all() == [["uncopied"], ["uncopied"]]


def test_a_value_elsewhere_stays_if_what_the_task_read_has_moved(flows: Flows, marks: Marks):
    run = flows.run("changes.moved_elsewhere")

    assert run.value == [("Cached", "first")]
    assert marks.all() == [["read"], ["read"]]


def test_who_may_only_read_writes_nothing_elsewhere(flows: Flows):
    run = flows.run("changes.only_reading_elsewhere")

    assert run.value == [("files", 0)]


@pytest.mark.parametrize("inside", [False, True])
def test_what_a_task_read_of_its_run_is_looked_at_again(flows: Flows, marks: Marks, inside: bool):
    run = flows.run("changes.another_rate", inside)

    assert run.value == [("first", 50), ("Completed", 10)]
    assert ["changed meanwhile" in line for line in run.warnings] == [True]


@pytest.mark.parametrize("way", ["with_an_expired_one", "with_a_refresh"])
def test_what_was_there_before_a_transaction_is_there_when_it_is_rolled_back(
    flows: Flows, marks: Marks, way: str
):
    run = flows.run(f"changes.rolled_back_{way}")

    assert run.value == [("Cached", 1)]
    assert marks.all() == [["days", 1], ["days", 1]]


def test_a_parent_that_publishes_what_is_inside_is_not_taken_for_its_run(
    flows: Flows, marks: Marks
):
    run = flows.run("changes.kept_by_its_parent")

    assert run.value == [("Cached", "named")]
    assert marks.all() == [["named"]]
