"""However a task is called, copied or sent elsewhere, it has one cache."""

from __future__ import annotations

import cloudpickle
import pytest

from orchestra_cache.prefect import FingerprintPolicy
from tests.integration.marks import Marks
from tests.integration.prefect_engine.runs import FLOWS, Flows

TOTAL = {"day": 3, "orders": [3, 6]}


@pytest.mark.parametrize("way", ["called", "awaited", "in_a_task", "in_a_process_pool"])
def test_a_task_is_a_hit_in_the_next_process(flows: Flows, marks: Marks, way: str):
    first = flows.run(f"orders.{way}", 3)
    second = flows.run(f"orders.{way}", 3)

    assert first.value == [("Completed", TOTAL)]
    assert second.value == [("Cached", TOTAL)]
    assert marks.all() == [["total", 3]]


def test_each_element_of_a_mapped_task_is_a_result_of_its_own(flows: Flows, marks: Marks):
    flows.run("orders.mapped", 1)

    run = flows.run("orders.mapped", 2)

    assert run.states == ["Cached", "Cached", "Completed"]
    assert [value["day"] for value in run.values] == [2, 3, 4]
    assert sorted(marks.of("total")) == [[1], [2], [3], [4]]


@pytest.mark.parametrize(
    "way",
    [
        "submitted",
        "mapped",
        "in_a_subflow",
        "in_a_task",
        "in_a_process_pool",
        "renamed",
        "deeply_copied",
        "pickled_whole",
    ],
)
def test_a_result_made_by_a_plain_call_is_a_hit_however_the_task_is_run(
    flows: Flows, marks: Marks, way: str
):
    flows.run("orders.called", 3)

    run = flows.run(f"orders.{way}", 3)

    assert run.value[0] == ("Cached", TOTAL)
    assert marks.of("total").count([3]) == 1


def test_a_result_made_in_a_flow_is_a_hit_outside_of_flows(flows: Flows, marks: Marks):
    flows.run("orders.called", 3)

    printed = flows.run_file(FLOWS / "orders.py", "alone", "3")

    assert printed == [["Cached", TOTAL]]
    assert marks.all() == [["total", 3]]


def test_a_policy_added_to_another_counts_as_a_part_of_its_key(flows: Flows, marks: Marks):
    flows.run("orders.called_with_the_flow_run_as_well", 3)

    run = flows.run("orders.called_with_the_flow_run_as_well", 3)

    assert run.value == [("Completed", TOTAL), ("Cached", TOTAL)]
    assert marks.all() == [["total", 3], ["total", 3]]


def test_a_policy_that_was_pickled_elsewhere_finds_the_same_results(flows: Flows, marks: Marks):
    pickled = cloudpickle.dumps(FingerprintPolicy("lake"))
    flows.run("orders.called", 3)

    run = flows.run("orders.with_pickled_policy", 3, pickled)

    assert run.value == [("Cached", TOTAL)]
    assert marks.all() == [["total", 3]]


def test_many_task_runs_with_one_key_at_once_all_get_the_value(flows: Flows):
    run = flows.run("results.called_at_once")

    assert run.values == [1] * 8
    assert set(run.states) <= {"Completed", "Cached"}
    assert run.warnings == []
