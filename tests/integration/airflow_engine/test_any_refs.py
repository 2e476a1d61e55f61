"""Operators of every kind are given Refs, load them if they run, and nobody else sees one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.airflow_engine.runs import AIRFLOW_2, DagRun, Dags, lake_in
from tests.integration.fresh_process import FreshProcesses
from tests.integration.marks import Marks

LIST = "list 30000"


@dataclass(frozen=True)
class Runs:
    """One DAG, and once more when nothing that was stored can be read."""

    first: DagRun
    second: DagRun
    marks: Marks


@pytest.fixture(scope="module")
def runs(home: Path, processes: FreshProcesses, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    folder = tmp_path_factory.mktemp("any_refs")
    marks, environment = lake_in(folder)
    dags = Dags(home, processes, environment)
    first = dags.run("any_refs")
    for blob in (folder / "lake").glob("main/blobs-v1/*/*"):
        blob.write_bytes(b"?" * blob.stat().st_size)
    return Runs(first, dags.run("any_refs"), marks)


def test_an_operator_that_runs_is_given_values(runs: Runs) -> None:
    assert runs.marks.of("sized") == [[LIST, "", 1]]
    assert runs.marks.of("nested") == [[[[LIST], LIST], "", 1]]
    assert runs.marks.of("after") == [[LIST, "", 1]]
    assert sorted(runs.marks.of("mapped")) == [[LIST, "", 2], [LIST, "", 3]]
    assert len(runs.marks.of("gathered")) == 1


def test_one_that_comes_back_from_a_trigger_is_given_them_again(runs: Runs) -> None:
    assert runs.marks.of("began") == [[LIST]] * 3
    assert runs.marks.of("ended") == [[LIST]] * 3


def test_hits_load_nothing_from_upstream_nor_what_they_return(runs: Runs) -> None:
    assert set(runs.first.states.values()) == set(runs.second.states.values()) == {"success"}
    assert runs.first.warnings == runs.second.warnings == []
    assert len(runs.marks.of("numbers")) == 1


def test_the_row_of_a_large_result_is_small(runs: Runs) -> None:
    for run in (runs.first, runs.second):
        assert b"orchestra_cache_ref" in run.rows["sized"]
        assert max(map(len, run.rows.values())) < 1000


def test_a_result_that_airflow_looks_into_is_not_read_for_that_on_a_hit(
    dags: Dags, marks: Marks, lake: Path
) -> None:
    first = dags.run("outlined")
    ran = marks.all()
    for blob in lake.glob("main/blobs-v1/*/*"):
        if blob.read_bytes()[:8] != b'[["chunk':
            blob.write_bytes(b"?" * blob.stat().st_size)
    second = dags.run("outlined")

    assert set(first.states.values()) == set(second.states.values()) == {"success"}
    assert first.states == second.states
    assert first.warnings == second.warnings == []
    assert marks.all() == ran
    assert sorted(words for words in marks.of("part") if words[0] != "chunk") == [
        ["all", [LIST, "tuple 30000", 30_000, "tuple 2"]],
        ["count", 30_000],
        ["left", LIST],
        ["odd", "tuple 2"],
        ["of both", LIST],
        ["right", "tuple 30000"],
    ]
    assert marks.of("both") == [[LIST, "", 1]]


def test_who_looks_into_a_value_is_given_it(dags: Dags, marks: Marks) -> None:
    first = dags.run("any_texts")
    second = dags.run("any_texts")

    assert set(first.states.values()) == set(second.states.values()) == {"success"}
    assert marks.of("text") == [["str 5", "", 1]]
    assert marks.of("asking") == [[LIST, "30000", 1]]
    assert marks.of("checking") == [[LIST]] * 2
    assert marks.of("checked") == [[LIST, "", 1]]
    assert marks.of("reading") == [[LIST]] * 2


def test_a_value_and_its_ref_are_one_key(dags: Dags, marks: Marks) -> None:
    run = dags.run("any_values")

    assert set(run.states.values()) == {"success"}
    assert marks.of("early") == [[LIST, "", 1]]
    assert marks.of("late") == []


def test_callbacks_and_the_context_have_values_on_a_run_and_on_a_hit(
    dags: Dags, marks: Marks
) -> None:
    first = dags.run("onlookers")
    second = dags.run("onlookers")

    assert set(first.states.values()) == set(second.states.values()) == {"success"}
    assert marks.of("looking") == [[LIST] * 4]
    assert marks.of("succeeded") == [[LIST, [LIST], [LIST]]] * 2
    assert marks.of("succeeded_any") == [[LIST, LIST]] * 2
    assert marks.of("announced") == marks.of("followed") == [[LIST]]
    assert marks.of("executed") == [["str 0", [], [LIST]]] * 2
    assert marks.of("posted") == [[LIST, [], [LIST]]] * 2


def test_so_do_they_when_a_task_fails(dags: Dags, marks: Marks) -> None:
    with pytest.raises(RuntimeError, match="failing_onlookers"):
        dags.run("failing_onlookers")

    assert marks.of("failed") == [[LIST, [LIST], [LIST]]]


@pytest.mark.skipif(AIRFLOW_2, reason="Airflow 2 awaits no coroutines")
def test_what_a_coroutine_pushed_itself_is_pushed_on_a_hit(dags: Dags, marks: Marks) -> None:
    for _ in range(2):
        run = dags.run("pushing_late")
        assert set(run.states.values()) == {"success"}
        assert run.warnings == []

    assert marks.of("pushing") == [[LIST, LIST]]
    assert marks.of("pulled") == [[[30_000]]] * 2
