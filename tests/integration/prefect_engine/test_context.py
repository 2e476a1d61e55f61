"""A task that reads what no key sees is cached once it is said what of that counts."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from prefect.runtime import flow_run

from orchestra_cache.declaration import Declaration
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.fingerprints.recipe import Recipe
from orchestra_cache.prefect import FingerprintPolicy
from orchestra_cache.prefect.context import UNSEEN, RunContext, unseen
from tests.integration.marks import Marks
from tests.integration.prefect_engine.flows import unseen as functions
from tests.integration.prefect_engine.runs import Flows

EARLY = datetime(2026, 1, 1, 6, tzinfo=timezone.utc)

RUN, VARIABLE = "prefect.runtime.", "prefect.variables.Variable."

# What each function is seen to read.
READ = {
    "a_module": RUN + "flow_run.id",
    "a_module_by_the_package": RUN + "flow_run.id",
    "a_module_by_another_name": RUN + "deployment.parameters",
    "a_part_of_it": RUN + "flow_run.name",
    "a_part_by_its_name": RUN + "task_run",
    "a_part_imported_within": RUN + "task_run.name",
    "a_value_imported_within": RUN + "flow_run.parameters",
    "a_module_imported_by_its_name": RUN + "flow_run",
    "a_helper": RUN + "flow_run.name",
    "a_context": "prefect.context.get_run_context",
    "a_context_by_the_package": "prefect.context.get_run_context",
    "a_flow_context": "prefect.context.EngineContext.get",
    "a_task_context": "prefect.context.TaskRunContext.get",
    "a_variable": VARIABLE + "get",
    "a_subscripted_variable": VARIABLE + "get",
    "an_awaited_variable": VARIABLE + "aget",
    "a_variable_imported_within": VARIABLE + "get",
    "a_secret": "prefect.blocks.system.Secret.load",
    "an_awaited_secret": "prefect.blocks.system.Secret.aload",
    "a_block_of_any_kind": "prefect.blocks.core.Block.load",
    "a_block_of_ones_own": f"{functions.__name__}.Service.load",
    "a_block_by_its_own_method": f"{functions.__name__}.Service.load",
    "a_partial": VARIABLE + "get",
    "a_table": "prefect.blocks.system.Secret.load",
    "a_kind_handed_on": "prefect.blocks.system.Secret",
    "a_client": "prefect.client.orchestration.get_client",
    "another_deployment": "prefect.deployments.flow_runs.run_deployment",
    "a_transaction": "prefect.transactions.get_transaction",
}

NOTHING = ("nothing", "a_block_made", "a_version", "what_is_imported_only")


def declared(name: str) -> Declaration:
    function: Callable[..., Any] = getattr(functions, name)
    return Declaration(function)


@pytest.mark.parametrize("name", READ)
def test_whatever_is_read_of_a_run_is_seen(name: str):
    found = declared(name).reaches(UNSEEN)

    assert READ[name] in [one.partition(" in ")[0] for one in found]


@pytest.mark.parametrize("name", NOTHING)
def test_what_changes_no_result_is_not(name: str):
    assert declared(name).reaches(UNSEEN) == ()


def test_the_names_that_this_prefect_has_are_most_of_those_that_are_looked_for():
    missing = {name for name in UNSEEN if _held(name) is None}

    # Those that only newer versions have.
    assert missing <= {name for name in UNSEEN if ".a" in name} | {
        "prefect.deployments.flow_runs.arun_deployment"
    }


@pytest.mark.parametrize("context", [RunContext(()), RunContext({"flow_run.id"})])
def test_who_says_what_counts_is_not_warned(context: RunContext):
    assert unseen(declared("a_module"), context) is None


def test_the_warning_says_what_is_read_where_and_what_to_write():
    warning = unseen(declared("a_helper"), None)

    assert warning is not None
    assert warning.task == "a_helper"
    assert f"prefect.runtime.flow_run.name in {functions.__name__}.Reader.name" in warning.reason
    assert 'context={"flow_run.name"}' in warning.hint
    assert "context=()" in warning.hint


def test_every_attribute_of_the_runtime_can_be_declared():
    for place in ("deployment", "flow_run", "task_run"):
        fields = importlib.import_module(f"prefect.runtime.{place}").FIELDS

        assert RunContext({f"{place}.{field}" for field in fields}).names


@pytest.mark.parametrize(
    ("field", "first", "second"),
    [
        ("tags", ["a", "b"], ["b", "a"]),
        ("scheduled_start_time", EARLY, EARLY.astimezone(timezone(timedelta(hours=2)))),
    ],
)
def test_what_says_nothing_of_a_value_does_not_count(
    monkeypatch: pytest.MonkeyPatch, field: str, first: object, second: object
):
    recipes = []
    for value in (first, second):
        monkeypatch.setitem(flow_run.FIELDS, field, lambda value=value: value)
        context = RunContext({f"flow_run.{field}"})
        recipes.append(context.added_to(Recipe("total", ()), secret=None))

    assert recipes[0].key == recipes[1].key
    assert recipes[0].components != ()


@pytest.mark.parametrize("name", ["flow_run.nam", "flow.name", "rate", "block:api", "variable:", 3])
def test_a_name_that_nothing_can_have_is_refused(name: str):
    with pytest.raises(ConfigurationError) as error:
        FingerprintPolicy("lake", context={name})

    assert str(name) in error.value.message
    assert "flow_run." in error.value.hint


def test_a_text_alone_is_one_name():
    assert RunContext("flow_run.name") == RunContext({"flow_run.name"})


def test_a_task_that_reads_its_run_is_not_cached_and_warns_once(flows: Flows, marks: Marks):
    flows.run("contexts.with_rates", "said_to_be_nothing", "a")
    first, second = (flows.run("contexts.called", "not_said", 3) for _ in range(2))

    assert first.states == second.states == ["Completed"]
    assert len(first.warnings) == len(second.warnings) == 1
    assert "prefect.runtime.flow_run.name in contexts.not_said, and 1 more" in first.warnings[0]
    assert 'context={"flow_run.name"}' in first.warnings[0]
    assert marks.all() == [["ran"]] * 3


def test_a_task_whose_run_does_not_count_is_cached(flows: Flows, marks: Marks):
    first, second = (flows.run("contexts.called", "said_to_be_nothing") for _ in range(2))

    assert second.value == [("Cached", first.values[0])]
    assert first.warnings == second.warnings == []


def test_another_name_of_the_flow_run_is_another_key(flows: Flows, marks: Marks):
    runs = [flows.run("contexts.named", name) for name in ("monday", "tuesday", "monday")]

    assert [run.value for run in runs] == [
        [("Completed", "monday")],
        [("Completed", "tuesday")],
        [("Cached", "monday")],
    ]


def test_a_miss_names_the_part_of_the_run_that_changed(flows: Flows):
    flows.run("contexts.tagged", "a", "b")

    same = flows.run("contexts.tagged", "b", "a")
    other = flows.run("contexts.tagged", "a", "c")

    assert same.value == [("Cached", ["a", "b"])]
    assert other.value == [("Completed", ["a", "c"])]
    assert "miss: context:task_run.tags changed" in other.text


@pytest.mark.parametrize(
    ("flow", "arguments"),
    [("with_rates", ("by_variable",)), ("awaited_with_rates", ())],
)
def test_a_variable_counts_by_its_value(
    flows: Flows, marks: Marks, flow: str, arguments: tuple[str, ...]
):
    run = flows.run(f"contexts.{flow}", *arguments, "1", "2", "1")

    assert run.value == [("Completed", "1"), ("Completed", "2"), ("Cached", "1")]
    assert "miss: context:variable:rate '1' → '2'" in run.text
    assert run.warnings == []


def test_a_variable_whose_name_says_that_it_is_secret_is_not_shown(flows: Flows):
    run = flows.run("contexts.with_tokens", "1", "2")

    assert run.states == ["Completed", "Completed"]
    assert "miss: context:variable:api_token changed" in run.text


def test_a_secret_counts_by_its_value_which_is_kept_nowhere(flows: Flows, marks: Marks, lake: Path):
    run = flows.run("contexts.with_secrets", "first password", "other password", "first password")

    assert run.states == ["Completed", "Completed", "Cached"]
    assert "miss: secrets changed" in run.text
    stored = b"".join(path.read_bytes() for path in lake.rglob("*") if path.is_file())
    assert b"context:flow_run.flow_name" in stored
    assert b"context:block" not in stored
    assert b"first password" not in stored


@pytest.mark.parametrize(
    ("task", "named"),
    [
        ("by_a_missing_variable", "variable none_such"),
        ("by_a_missing_block", "block:secret/none-such"),
    ],
)
def test_what_cannot_be_read_leaves_the_task_uncached(
    flows: Flows, marks: Marks, task: str, named: str
):
    run = flows.run("contexts.called", task)

    assert run.states == ["Completed"]
    assert [named in warning for warning in run.warnings] == [True]
    assert marks.all() == [["ran"]]


def _held(name: str) -> object:
    place, _, last = name.rpartition(".")
    try:
        return importlib.import_module(name)
    except ImportError:
        pass
    try:
        return getattr(importlib.import_module(place), last, None)
    except ImportError:
        owner, _, kind = place.rpartition(".")
        return inspect.getattr_static(getattr(importlib.import_module(owner), kind), last, None)
