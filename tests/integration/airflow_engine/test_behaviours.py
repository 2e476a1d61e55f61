"""What Airflow documents of Python tasks is true of cached ones, on a run and on a hit."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from orchestra_cache.airflow import CachedPythonOperator
from tests.integration.airflow_engine.running import run_printing
from tests.integration.airflow_engine.runs import DAGS, DagRun, lake_in, latest_run
from tests.integration.fresh_process import FreshProcesses


@dataclass(frozen=True)
class Behaviours:
    """One run of the provider's tasks, and two of the cached ones."""

    plain: DagRun
    run: DagRun
    hits: DagRun
    ran: list[Counter[str]]
    told: list[str]


@pytest.fixture(scope="module")
def behaviours(
    home: Path, processes: FreshProcesses, tmp_path_factory: pytest.TempPathFactory
) -> Behaviours:
    folder = tmp_path_factory.mktemp("behaviours")
    marks, given = lake_in(folder)
    told_to = folder / "told"
    runs, ran, told, before = [], [], [], 0
    for name in ("plain", "cached", "cached"):
        dag = f"behaves_{name}"
        words = "dags", "test", dag, "2026-01-01"
        processes.call(run_printing, told_to, DAGS, *words, environment=given)
        runs.append(latest_run(home / "airflow.db", dag))
        told.append(told_to.read_text())
        ran.append(Counter(task for task, *_ in marks.all()[before:]))
        before = len(marks.all())
    return Behaviours(*runs, ran, told)


def values(run: DagRun) -> dict[str, Any]:
    return {task: json.loads(row) for task, row in run.rows.items()}


def test_states_are_those_of_the_provider(behaviours: Behaviours):
    assert behaviours.plain.states == behaviours.run.states == behaviours.hits.states


def test_results_are_those_of_the_provider(behaviours: Behaviours):
    assert values(behaviours.plain) == values(behaviours.run) == values(behaviours.hits)
    assert values(behaviours.hits)["total"] == 1 + 4 + 4 + 8


def test_the_second_run_computes_nothing_but_what_raised_or_is_an_effect(behaviours: Behaviours):
    plain, cached, hits = behaviours.ran

    # What is set up and torn down is so in each run.
    assert hits == {"skips": 1, "opened": 1, "closed": 1}
    assert plain["raised"] == 5
    # Two of the mapped ones have the same arguments.
    assert cached == plain - Counter(raised=1)


def test_templates_are_rendered_before_they_count(behaviours: Behaviours):
    assert values(behaviours.hits)["rendered"] == ["2", "20260101", "2026-01-01"]


def test_each_of_several_outputs_is_an_xcom_of_its_own(behaviours: Behaviours):
    assert values(behaviours.hits)["used"] == "opened2026"


def test_an_exception_that_skips_is_no_result(behaviours: Behaviours):
    assert behaviours.hits.states["skips"] == "skipped"


def test_values_are_logged_unless_that_was_switched_off(behaviours: Behaviours):
    assert ["a value that every log shows" in told for told in behaviours.told] == [True] * 3
    assert ["a value that no log shows" in told for told in behaviours.told] == [False] * 3


def test_it_is_not_executed_outside_of_a_task_instance() -> None:
    operator = CachedPythonOperator(
        task_id="nested", python_callable=values, allow_nested_operators=False
    )

    with pytest.raises(Exception, match="cannot be called outside"):
        operator.execute({})
