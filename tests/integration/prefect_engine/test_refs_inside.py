"""Refs inside of arguments: a task that runs has values wherever Prefect puts those of futures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from pydantic import BaseModel

from orchestra_cache.prefect.inside import replaced
from tests.integration.marks import Marks
from tests.integration.prefect_engine.runs import FlowRun, Flows


@dataclass
class Order:
    held: object


class Model(BaseModel):
    held: object


KINDS: dict[str, tuple[str, str | None, bool | None]] = {
    "dataclass": ("Order", None, None),
    "dataclass made by itself": ("Counted", None, None),
    "namedtuple": ("Pair", None, None),
    "model": ("Model", "told", None),
    "extra of a model": ("Open", None, None),
    "set": ("set", None, None),
    "frozenset": ("frozenset", None, None),
    "key": ("dict", None, None),
    "ordered": ("OrderedDict", None, None),
    "with a default": ("defaultdict", None, True),
    "list of its own": ("Named", "orders", None),
    "all of them": ("list", None, None),
}


@pytest.fixture(scope="module")
def inside(new_flows: Callable[[], Flows]) -> dict[str, tuple[FlowRun, FlowRun, Marks]]:
    """The first and the second run with each kind, and what ran in all."""
    flows = new_flows()
    calls = [("holding.inside", kind) for kind in KINDS]
    first, again = (flows.run_each(*calls) for _ in range(2))
    return {kind: (*runs, flows.marks) for kind, *runs in zip(KINDS, first, again, strict=True)}


@pytest.mark.parametrize("kind", KINDS)
def test_a_task_reads_values_inside_of_anything(
    inside: dict[str, tuple[FlowRun, FlowRun, Marks]], kind: str
):
    first, again, marks = inside[kind]

    assert first.value == [("Completed", (True, *KINDS[kind]))]
    assert again.value == [("Cached", first.values[0])]
    assert marks.of("reading").count([kind]) == 1


def test_where_a_value_cannot_be_the_error_names_the_argument(flows: Flows, marks: Marks):
    run = flows.run("holding.unhashable")

    (error,) = run.values
    assert run.states == ["Failed"]
    assert "`parts` has a TaskRef in a set, where its value cannot be" in str(error)
    assert "give the task a list of them" in str(error)
    assert marks.of("taking") == []


def test_what_is_shared_stays_shared_and_what_holds_no_ref_is_the_same_object(flows: Flows):
    run = flows.run("holding.shared")

    assert run.value == [("Completed", (True, ("made", 1), True))]


def test_what_holds_itself_comes_to_an_end(flows: Flows):
    run = flows.run("holding.in_a_circle")

    assert run.value == [("Completed", ("made", 1))]


@pytest.mark.parametrize(
    "value",
    [[1, ["a"]], (1,), {1}, {"a": {"b": 1}}, Order([1]), Model(held=(1,)), Order, object()],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_changed_stays_the_same_object(value: object):
    assert replaced(value, lambda part: part) is value


def test_what_was_put_in_is_not_looked_into():
    put = [Order(1)]
    looked_at: list[object] = []

    def other(part: object) -> object:
        looked_at.append(part)
        return put if part is Order else part

    assert replaced([Order], other) == [put]
    assert looked_at == [[Order], Order]
