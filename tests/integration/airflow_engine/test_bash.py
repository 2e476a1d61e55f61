"""Commands are hits by their text and variables, and what they made is there again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.airflow_engine.runs import DagRun, Dags
from tests.integration.fresh_process import FreshProcesses
from tests.integration.marks import MARKS, Marks


@dataclass(frozen=True)
class Runs:
    """The commands, run twice as they are, and then with another file and variable.

    Attributes:
        made: What the file that a command makes holds after each run; it was deleted in between.
        ran: How often each task had run after each.
    """

    runs: list[DagRun]
    made: list[str]
    ran: dict[str, list[int]]


TASKS = ("made", "missing", "named", "processed", "said", "skipped", "unseen")


@pytest.fixture(scope="module")
def runs(
    home: Path, processes: FreshProcesses, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runs]:
    folder = tmp_path_factory.mktemp("bash")
    work, marks = folder / "work", Marks(folder / "marks")
    out = work / "out" / "2026-01-01.csv"
    work.mkdir()
    environment = {"ORCHESTRA_CACHE_CACHES__LAKE__URL": str(folder / "lake")}
    environment |= {MARKS: str(marks.path), "WORK": str(work)}
    found = Runs([], [], {task: [] for task in TASKS})
    for content, region in (("1,2", "eu"), ("1,2", "eu"), ("3,4", "us")):
        (work / "in.csv").write_text(content)
        dags = Dags(home, processes, {**environment, "REGION": region})
        found.runs.append(dags.run("commands"))
        found.made.append(out.read_text())
        out.unlink()
        for task in TASKS:
            found.ran[task].append(len(marks.of(task)))
    yield found


def test_a_command_is_a_hit_and_so_is_an_equal_one_that_a_function_says(runs: Runs) -> None:
    assert runs.ran["processed"] == [1, 1, 1]
    assert runs.ran["said"] == [2, 2, 2]


def test_the_last_line_is_the_result_on_a_hit_and_what_is_made_of_it(runs: Runs) -> None:
    first, second, _ = (
        {name: json.loads(row) for name, row in run.rows.items()} for run in runs.runs
    )

    assert second | {"unseen": ""} == first | {"unseen": ""}
    assert (second["made"], second["processed"], second["said[1]"]) == ("made it", 4, "b")


def test_the_files_that_it_made_are_put_back(runs: Runs) -> None:
    assert runs.ran["made"] == [1, 1, 2]
    assert runs.made == ["1,2", "1,2", "3,4"]


def test_a_variable_of_the_worker_that_it_names_counts(runs: Runs) -> None:
    assert runs.ran["named"] == [1, 1, 2]
    assert json.loads(runs.runs[2].rows["named"]) == "us"


def test_one_that_reads_which_run_it_is_in_is_not_cached(runs: Runs) -> None:
    assert runs.ran["unseen"] == [1, 2, 3]


def test_a_skip_is_no_result(runs: Runs) -> None:
    assert runs.ran["skipped"] == [1, 2, 3]
    assert {run.states["skipped"] for run in runs.runs} == {"skipped"}


def test_one_that_did_not_make_what_was_declared_is_not_kept(runs: Runs) -> None:
    assert runs.ran["missing"] == [1, 2, 3]
    assert {run.states["missing"] for run in runs.runs} == {"success"}
