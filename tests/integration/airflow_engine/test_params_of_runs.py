"""What a run was triggered with counts, and not what its DAG has instead."""

from __future__ import annotations

import json
from typing import Any

from tests.integration.airflow_engine.runs import DagRun, Dags
from tests.integration.marks import Marks


def test_the_param_of_the_run_counts_wherever_it_is_read(dags: Dags, marks: Marks):
    runs = [
        dags.run("params_of_runs", conf=conf)
        for conf in (None, {"region": "south"}, None, {"region": "south"})
    ]

    assert [run.warnings for run in runs] == [[]] * 4
    assert [found(run, "plain") for run in runs] == [region("north"), region("south")] * 2
    for task in ("declared", "whole", "mapped[0]"):
        assert [found(run, task) for run in runs] == [region("north"), region("south")] * 2
    assert len(marks.of("whole")) == 2
    assert [found(run, "by_template") for run in runs] == ["north", "south"] * 2
    assert len(marks.of("by_template")) == 2
    own = [found(run, "plain_with_own") for run in runs]
    assert [found(run, "with_own") for run in runs] == own == [region("west"), region("south")] * 2
    # Equal work is done once, whichever of them comes first: for north, south and west.
    assert sum(len(marks.of(task)) for task in ("declared", "mapped", "with_own")) == 3


def found(run: DagRun, task: str) -> Any:
    return json.loads(run.rows[task])


def region(name: str) -> list[str]:
    return ["the same", name, name]
