"""A task that reads what its key does not see is not cached before that is declared."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.airflow_engine.runs import DagRun, Dags, lake_in
from tests.integration.fresh_process import FreshProcesses
from tests.integration.marks import Marks


@dataclass(frozen=True)
class Days:
    """What ran on one day twice, and on another with another variable and param once."""

    first: DagRun
    again: DagRun
    other: DagRun
    refreshed: DagRun
    marks: Marks

    def count(self, task: str) -> int:
        return Counter(name for name, *_ in self.marks.all())[task]


@pytest.fixture(scope="module")
def days(home: Path, processes: FreshProcesses, tmp_path_factory: pytest.TempPathFactory) -> Days:
    folder = tmp_path_factory.mktemp("contexts")
    marks, given = lake_in(folder)
    dags = Dags(home, processes, given)
    return Days(
        dags.run("contexts", AIRFLOW_VAR_RATE="1", AIRFLOW_VAR_TIDE="low"),
        dags.run("contexts", AIRFLOW_VAR_RATE="1", AIRFLOW_VAR_TIDE="low"),
        dags.run(
            "contexts",
            "2026-01-02",
            conf={"region": "south"},
            AIRFLOW_VAR_RATE="2",
            AIRFLOW_VAR_TIDE="low",
        ),
        dags.run(
            "contexts",
            conf={"orchestra_cache": ["asks_date", "no_such_task"]},
            AIRFLOW_VAR_RATE="1",
            AIRFLOW_VAR_TIDE="low",
        ),
        marks,
    )


NEVER_KEPT = {
    "asks_instance": "`ti`",
    "reads_context": "get_current_context",
    "reads_variable": "Variable.get",
    "reads_what_is_not_there": "variable:nothing",
    "takes_all": "which Airflow passes",
}


@pytest.mark.parametrize("task", NEVER_KEPT)
def test_what_reads_more_than_its_key_sees_runs_each_time(days: Days, task: str):
    assert days.count(task) == 4


@pytest.mark.parametrize("task", NEVER_KEPT)
def test_one_warning_says_why_and_how_to_declare_it(days: Days, task: str):
    warnings = [line for line in days.first.warnings if line.startswith(f"{task} runs uncached")]

    assert len(warnings) == 1
    assert NEVER_KEPT[task] in warnings[0]
    assert "context" in warnings[0]


@pytest.mark.parametrize(
    "task", ["takes_all_and_says_so", "asks_date", "reads_variable_and_says_so"]
)
def test_what_is_declared_or_asked_for_by_name_is_a_part_of_the_key(days: Days, task: str):
    refreshed = 1 if task == "asks_date" else 0

    assert days.count(task) == 2 + refreshed
    assert not [line for line in days.first.warnings if line.startswith(f"{task} ")]


@pytest.mark.parametrize(
    "task", ["takes_all_for_nothing", "asks_instance_for_nothing", "ignores_instance"]
)
def test_what_was_declared_to_be_nothing_is_no_part_of_the_key(days: Days, task: str):
    assert days.count(task) == 1


@pytest.mark.parametrize("task", ["asks_params", "one_param"])
def test_params_count_without_what_a_run_is_asked_to_do_with_the_cache(days: Days, task: str):
    assert days.marks.of(task) == [["north"], ["south"]]


def test_no_result_of_another_day_is_returned(days: Days):
    assert [json.loads(run.rows["takes_all"]) for run in (days.first, days.other)] == [
        "2026-01-01",
        "2026-01-02",
    ]


def test_what_the_user_has_rendered_counts_whatever_the_callable_asks_for(days: Days):
    assert days.marks.of("takes_templates") == [["2026-01-01"], ["2026-01-02"]]


def test_a_run_that_names_tasks_computes_those_again(days: Days):
    assert days.marks.of("asks_date") == [["2026-01-01"], ["2026-01-02"], ["2026-01-01"]]


def test_what_changed_while_the_task_ran_is_not_kept(days: Days):
    [warning] = [line for line in days.first.warnings if line.startswith("moves_what_it_reads")]

    assert "changed meanwhile" in warning
    assert days.marks.of("moves_what_it_reads") == [["low"]] * 4


def test_every_task_succeeds(days: Days):
    for run in (days.first, days.again, days.other, days.refreshed):
        assert set(run.states.values()) == {"success"}
