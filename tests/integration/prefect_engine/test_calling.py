"""However a task is called, copied or sent elsewhere, it has one cache."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cloudpickle
import pytest

from orchestra_cache.prefect import FingerprintPolicy
from tests.integration.marks import Marks
from tests.integration.prefect_engine.runs import FlowRun, Flows


def total(day: int) -> dict[str, object]:
    return {"day": day, "orders": [day, 2 * day]}


TOTAL = total(3)

# Each on another day.
WAYS = {"called": 3, "awaited": 13, "in_a_task": 14, "in_a_process_pool": 15}
AFTER_A_PLAIN_CALL = [
    "submitted",
    "mapped",
    "in_a_subflow",
    "in_a_task",
    "renamed",
    "deeply_copied",
    "pickled_whole",
]


@dataclass(frozen=True)
class Orders:
    """What was called in one process, and then in the next one."""

    flows: Flows
    first: dict[str, FlowRun]
    next: dict[str, FlowRun]


@pytest.fixture(scope="module")
def orders(new_flows: Callable[[], Flows]) -> Orders:
    flows = new_flows()
    calls = [(f"orders.{way}", day) for way, day in WAYS.items()]
    # A process pool takes seconds to start, and here it is one for a result of each kind.
    *less, (pool, day) = calls
    first = flows.run_each(*calls)
    after = ((f"orders.{way}", 3) for way in AFTER_A_PLAIN_CALL)
    later = flows.run_each(*less, (pool, day, 3), *after)
    return Orders(
        flows,
        dict(zip(WAYS, first, strict=True)),
        dict(zip([*WAYS, *(f"{way} later" for way in AFTER_A_PLAIN_CALL)], later, strict=True)),
    )


@pytest.mark.parametrize("way", WAYS)
def test_a_task_is_a_hit_in_the_next_process(orders: Orders, way: str):
    day = WAYS[way]

    assert orders.first[way].value == [("Completed", total(day))]
    assert orders.next[way].value[0] == ("Cached", total(day))
    assert orders.flows.marks.of("total").count([day]) == 1


@pytest.mark.parametrize("way", AFTER_A_PLAIN_CALL)
def test_a_result_made_by_a_plain_call_is_a_hit_however_the_task_is_run(orders: Orders, way: str):
    assert orders.next[f"{way} later"].value[0] == ("Cached", TOTAL)
    assert orders.flows.marks.of("total").count([3]) == 1


def test_so_it_is_in_a_process_pool(orders: Orders):
    assert orders.next["in_a_process_pool"].value[1] == ("Cached", TOTAL)
    assert orders.flows.marks.of("total").count([3]) == 1


def test_each_element_of_a_mapped_task_is_a_result_of_its_own(flows: Flows, marks: Marks):
    flows.run("orders.mapped", 1)

    run = flows.run("orders.mapped", 2)

    assert run.states == ["Cached", "Cached", "Completed"]
    assert [value["day"] for value in run.values] == [2, 3, 4]
    assert sorted(marks.of("total")) == [[1], [2], [3], [4]]


def test_a_result_made_in_a_flow_is_a_hit_outside_of_flows(flows: Flows, marks: Marks):
    flows.run("orders.called", 3)

    states = flows.call("orders.alone", 3)

    assert states == [("Cached", TOTAL)]
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
