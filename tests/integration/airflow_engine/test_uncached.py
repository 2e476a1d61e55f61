"""What cannot be cached runs, and one warning says why; what fails is not kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.airflow_engine.runs import Dags
from tests.integration.marks import Marks


@pytest.mark.parametrize(
    "dag, named",
    [
        ("with_a_connection", "parameter config → ['pool'] → [1]"),
        ("with_a_missing_dataset", "/no/such/folder/2026-01-01.csv"),
        ("with_an_unpicklable_result", "_thread.lock"),
    ],
)
def test_what_cannot_be_kept_runs_with_one_warning(dags: Dags, marks: Marks, dag: str, named: str):
    first = dags.run(dag)
    second = dags.run(dag)

    assert set(first.states.values()) == set(second.states.values()) == {"success"}
    assert [named in warning for warning in first.warnings] == [True]
    assert marks.all() == [["ran"], ["ran"]]


def test_a_task_that_is_switched_off_runs_each_time_without_a_warning(
    dags: Dags, marks: Marks, lake: Path
):
    dags.run("switched_off")
    second = dags.run("switched_off")

    assert second.states == {"switched_off": "success"}
    assert second.warnings == []
    assert marks.all() == [["ran"], ["ran"]]
    assert not lake.exists()


def test_an_error_is_not_kept(dags: Dags, marks: Marks, lake: Path):
    for _ in range(2):
        with pytest.raises(RuntimeError, match="DagRun failed"):
            dags.run("failing")

    assert marks.all() == [["ran"], ["ran"]]
    assert list(lake.rglob("entries-v1/**/*")) == []


def test_a_changed_file_runs_the_task_again(dags: Dags, marks: Marks):
    data = marks.path.with_name("marks.csv")
    data.write_text("a,b")
    dags.run("with_a_dataset")
    dags.run("with_a_dataset")
    data.write_text("c,d")

    third = dags.run("with_a_dataset")

    assert third.rows == {"loaded": b'"c,d"'}
    assert marks.all() == [["ran"], ["ran"]]
