"""Cached tasks in the situations that the engine knows: retries, timeouts, inputs, methods."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from orchestra_cache import Cache
from orchestra_cache.declaration import Declaration
from tests.integration.marks import Marks
from tests.integration.prefect_engine.notebook import cells_of, run_cells
from tests.integration.prefect_engine.runs import FLOWS, FlowRun, Flows


def test_tasks_in_a_transaction_are_kept_when_it_ends(flows: Flows, marks: Marks):
    first = flows.run("situations.in_a_transaction")
    second = flows.run("situations.in_a_transaction")

    assert first.value == [("Completed", [1]), ("Completed", "[1] none")]
    assert second.value == [("Cached", [1]), ("Cached", "[1] none")]
    assert marks.all() == [["total", 1], ["noted"]]


def test_a_retry_asks_the_store_for_nothing_more(flows: Flows, marks: Marks):
    none = flows.run("situations.reads_of_tries", 0)
    marks.path.unlink()
    two = flows.run("situations.reads_of_tries", 2)

    # Who cannot write on a condition looks before it does.
    assert none.value == two.value == [("Completed", ["get", "get", "put"])]
    assert marks.of("tried") == [[]] * 3
    assert two.text.count("miss") == 1


def test_a_try_that_changed_its_argument_publishes_under_what_it_was_given(
    flows: Flows, marks: Marks
):
    changed = flows.run("situations.called", "changes_its_argument", [])
    whole = flows.run("situations.called", "changes_its_argument", [1])
    anew = flows.run("situations.called", "changes_its_argument", [])

    assert changed.value == [("Completed", [1, 1])]
    assert whole.value == [("Cached", [1, 1])]
    assert anew.value == [("Completed", [1])]
    assert marks.of("ran") == [[[]], [[1]], [[]]]


@pytest.fixture
def situations(marks: Marks, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The tasks, as plain Python sees them."""
    monkeypatch.setenv("MARKS", str(marks.path))
    monkeypatch.syspath_prepend(FLOWS)
    return importlib.import_module("situations")


def test_a_retry_replaces_a_result_that_has_expired(
    flows: Flows, marks: Marks, lake: Path, situations: Any
):
    long_ago = datetime.now(timezone.utc) - timedelta(days=8)
    recipe = Declaration(situations.weekly.fn).recipe({"day": 3})
    Cache(lake, clock=lambda: long_ago).publish(recipe, "made before", seconds=1.0)

    run = flows.run("situations.called", "weekly", 3)
    later = flows.run("situations.called", "weekly", 3)

    assert run.value == [("Completed", 3)]
    assert later.value == [("Cached", 3)]
    assert marks.of("ran") == [[], []]


# Each on another day.
WAYS_IN_TIME = {
    "called": ("timed", 3),
    "submitted": ("timed", 4),
    "awaited": ("timed_coroutine", 5),
}


@pytest.fixture(scope="module")
def timed(new_flows: Callable[[], Flows]) -> tuple[Flows, dict[str, list[FlowRun]]]:
    """Of each way one run after the other: one that is slow, a quick one, and another slow one."""
    flows = new_flows()
    runs = [
        flows.run_each(*((f"situations.{way}", *WAYS_IN_TIME[way], how) for way in WAYS_IN_TIME))
        for how in ("slow", "quick", "slow")
    ]
    return flows, dict(zip(WAYS_IN_TIME, map(list, zip(*runs, strict=True)), strict=True))


@pytest.mark.parametrize("way", WAYS_IN_TIME)
def test_a_task_that_timed_out_is_not_kept_and_one_in_time_is(
    timed: tuple[Flows, dict[str, list[FlowRun]]], way: str
):
    flows, runs = timed
    slow, quick, cached = runs[way]
    _, day = WAYS_IN_TIME[way]

    assert slow.states == ["TimedOut"]
    assert quick.value == [("Completed", day)]
    assert cached.value == [("Cached", day)]
    assert flows.marks.of("ran").count([day]) == 2


def test_what_a_task_waits_for_is_not_in_its_key(flows: Flows, marks: Marks):
    flows.run("situations.after_another", 1)

    run = flows.run("situations.after_another", 2)

    assert run.value == [("Cached", "[1] none")]
    assert marks.of("total") == [[1], [2]]


def test_an_unmapped_argument_counts_for_each_element(flows: Flows, marks: Marks):
    first = flows.run("situations.mapped", "a note")
    again = flows.run("situations.mapped", "a note")
    another = flows.run("situations.mapped", "another")

    assert first.states == another.states == ["Completed", "Completed"]
    assert again.value == [("Cached", "1 a note"), ("Cached", "2 a note")]


def has_opaque() -> bool:
    return hasattr(importlib.import_module("prefect.utilities.annotations"), "opaque")


WAYS = ["quote", *(["opaque"] if has_opaque() else []), "future", "state", "allow_failure"]


@pytest.fixture(scope="module")
def given(new_flows: Callable[[], Flows]) -> tuple[Flows, dict[str, FlowRun]]:
    """The run with an argument that is handed over in each way, after one with its value."""
    flows = new_flows()
    flows.run("situations.given", "value")
    runs = flows.run_each(*(("situations.given", way) for way in WAYS))
    return flows, dict(zip(WAYS, runs, strict=True))


@pytest.mark.parametrize("way", WAYS)
def test_however_an_argument_is_handed_over_it_is_the_same(
    given: tuple[Flows, dict[str, FlowRun]], way: str
):
    flows, runs = given

    assert runs[way].value == [("Cached", "[1] none")]
    assert len(flows.marks.of("noted")) == 1


def test_the_failure_of_another_task_as_an_argument_is_no_wrong_hit(flows: Flows, marks: Marks):
    runs = [flows.run("situations.given_a_failure", day) for day in (1, 1, 2)]

    assert [run.values for run in runs] == [
        ["ValueError no orders of 1"],
        ["ValueError no orders of 1"],
        ["ValueError no orders of 2"],
    ]


def test_the_results_of_a_mapped_task_are_a_list_to_the_key_and_loaded(flows: Flows):
    run = flows.run("situations.reduced", [1, 2])
    again = flows.run("situations.reduced", [1, 2])

    assert run.value == [("Completed", ["list", "list"])]
    assert again.value == [("Cached", ["list", "list"])]
    assert run.warnings == []


def test_a_decorator_that_several_tasks_share_is_none_of_their_code(situations: Any):
    recipe = Declaration(situations.noted.fn).recipe({"orders": []})

    code = {one.name for one in recipe.components if one.name.startswith("code:")}
    noted = "code:situations.noted"
    assert code == {noted, f"{noted} default note", "code:marking.mark"}


def test_methods_are_tasks_of_their_own_that_depend_on_their_object(flows: Flows, marks: Marks):
    first = flows.run("situations.methods", [2, 5], 3)
    again = flows.run("situations.methods", [5, 2, 5], 3)

    assert first.value == [
        ("Completed", 6),
        ("Completed", 15),
        ("Completed", "Shop 3"),
        ("Completed", "Market 3"),
        ("Completed", [3]),
    ]
    assert again.values == [15, 6, 15, "Shop 3", "Market 3", [3]]
    assert again.states == ["Cached"] * 6
    assert first.warnings == again.warnings == []
    assert "code" not in first.text


@pytest.mark.parametrize("setting", ["PREFECT_TASKS_DISABLE_CACHING", None])
def test_who_switches_caching_off_has_no_cache(
    flows: Flows, marks: Marks, lake: Path, setting: str | None
):
    settings = {setting: True} if setting else {}

    runs = [flows.run("situations.called", "total", 1, settings=settings) for _ in range(2)]

    assert [run.states for run in runs] == [["Completed"], ["Completed" if setting else "Cached"]]
    assert lake.exists() is not bool(setting)


def test_a_task_with_a_policy_is_cached_where_others_are_not(flows: Flows, marks: Marks):
    settings = {"PREFECT_TASKS_DEFAULT_NO_CACHE": True}
    flows.run("situations.called", "total", 1, settings=settings)

    run = flows.run("situations.called", "total", 1, settings=settings)

    assert run.value == [("Cached", [1])]


SLOW = [
    ("fetched", "get", "entries-v1", False),
    ("fetched", "get", "entries-v1", True),
    ("fetched", "get", "blobs-v1", True),
    ("fetched", "put", "blobs-v1", False),
    ("fetched", "put", "entries-v1", False),
    ("fetched_by_one", "get", "entries-v1", False),
    ("fetched_by_one", "exchange", "leases-v1", False),
    ("fetched_by_one", "put", "entries-v1", False),
    ("fetched_by_one", "delete", "leases-v1", False),
    ("fetched_in_vain", "delete", "leases-v1", False),
]


@pytest.fixture(scope="module")
def slowed(new_flows: Callable[[], Flows]) -> list[FlowRun]:
    """The run with each operation that takes long, each on another day."""
    calls = [("situations.while_the_store_is_slow", *how, day) for day, how in enumerate(SLOW)]
    return new_flows().run_each(*calls)


@pytest.mark.parametrize("how", SLOW, ids=lambda how: "-".join(map(str, how)))
def test_a_slow_store_keeps_no_event_loop_waiting(
    slowed: list[FlowRun], how: tuple[str, str, str, bool]
):
    run = slowed[SLOW.index(how)]
    task, _, _, before = how

    expected = "Failed" if task == "fetched_in_vain" else "Cached" if before else "Completed"
    assert run.value == [(expected, True)]
    assert not any("could not" in warning for warning in run.warnings)


@pytest.mark.newest
def test_a_task_in_the_file_that_is_run_is_a_hit_in_the_next_process(flows: Flows, marks: Marks):
    program = FLOWS / "program.py"

    printed = [flows.run_file(program) for _ in range(2)]

    assert printed == [["Completed", "6 crowns", True], ["Cached", "6 crowns", True]]
    assert marks.all() == [["priced", 3]]


def in_a_notebook(flows: Flows, program: str, wanted: list[str]) -> list[object]:
    cells = cells_of(program)
    terms = (run_cells, FLOWS, cells, wanted, flows.settings)
    return flows.processes.call(*terms, environment=flows.environment)


@pytest.mark.newest
def test_a_task_in_a_notebook_is_a_hit_in_the_next_kernel(flows: Flows, marks: Marks):
    program = (FLOWS / "program.py").read_text()

    first = in_a_notebook(flows, program, ["main(3)"])
    again = in_a_notebook(flows, program, ["main(3)"])

    assert first == [["Completed", "6 crowns", True]]
    assert again == [["Cached", "6 crowns", True]]
    assert marks.all() == [["priced", 3]]


@pytest.mark.newest
def test_a_cell_that_was_changed_and_run_again_counts(flows: Flows, marks: Marks):
    program = (FLOWS / "program.py").read_text()
    changed = "def rate():\n    return 3\n"

    runs = in_a_notebook(flows, program, ["main(3)", changed, "main(3)", "main(3)"])

    assert [run[:2] for run in runs if run] == [
        ["Completed", "6 crowns"],
        ["Completed", "9 crowns"],
        ["Cached", "9 crowns"],
    ]
