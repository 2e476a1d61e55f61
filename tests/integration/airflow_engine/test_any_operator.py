"""Operators that know no cache are hits once they were given one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.airflow_engine.running import import_errors
from tests.integration.airflow_engine.runs import DagRun, Dags
from tests.integration.fresh_process import FreshProcesses
from tests.integration.marks import MARKS, Marks

HERE = Path(__file__).parent
SHOP = "http://me:{password}@shop:80/orders?region={region}"


@dataclass(frozen=True)
class Runs:
    """One DAG, run again with another password, and then with something else in a connection."""

    first: DagRun
    second: DagRun
    third: DagRun
    marks: tuple[Marks, Marks, Marks]

    def ran(self, task: str) -> list[int]:
        """How often a task had run after each."""
        return [len(marks.of(task)) for marks in self.marks]

    def ran_for(self, task: str, instance: str) -> list[int]:
        found = [[one for one in marks.of(task) if one[0] == instance] for marks in self.marks]
        return [len(one) for one in found]


@pytest.fixture(scope="module")
def runs(home: Path, processes: FreshProcesses, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    folder = tmp_path_factory.mktemp("any")
    environment = {"ORCHESTRA_CACHE_CACHES__LAKE__URL": str(folder / "lake")}
    found, marks = [], []
    for connection in (
        SHOP.format(password="one", region="eu"),
        SHOP.format(password="two", region="eu"),
        SHOP.format(password="two", region="us"),
    ):
        before = marks[-1].path.read_text() if marks else ""
        marks.append(Marks(folder / f"marks-{len(marks)}"))
        marks[-1].path.write_text(before)
        environment |= {"AIRFLOW_CONN_SHOP": connection, MARKS: str(marks[-1].path)}
        found.append(Dags(home, processes, environment).run("any_operator"))
    return Runs(*found, (marks[0], marks[1], marks[2]))


def test_every_run_ends_as_the_first(runs: Runs) -> None:
    assert runs.first.states == runs.second.states == runs.third.states
    others = {name: state for name, state in runs.first.states.items() if state != "success"}
    assert others == {"skipping": "skipped"}


def test_xcom_holds_the_same_after_a_hit_as_after_a_run(runs: Runs) -> None:
    assert runs.first.rows == runs.second.rows
    assert json.loads(runs.second.rows["query"])["rows"] == [10, True]


def test_equal_work_is_done_once_whoever_asks_and_however_it_got_its_cache(runs: Runs) -> None:
    assert runs.ran_for("query", "query")[0] + runs.ran_for("query", "same")[0] == 1
    assert runs.ran_for("query", "mapped")[0] == 2


def test_another_argument_is_other_work(runs: Runs) -> None:
    assert runs.ran_for("query", "more")[0] == 1


def test_a_task_is_no_hit_for_another_place_and_is_one_for_another_password(runs: Runs) -> None:
    query, same = runs.ran_for("query", "query"), runs.ran_for("query", "same")

    assert [one + other for one, other in zip(query, same, strict=True)] == [1, 1, 2]
    assert runs.ran_for("query", "louder") == [1, 1, 2]
    assert runs.ran("renamed") == [1, 1, 1]


def test_a_template_counts_as_it_was_rendered_whatever_it_is_called(runs: Runs) -> None:
    assert runs.marks[0].of("renamed") == [["2026-01-01"]]


def test_an_operator_that_looks_into_the_context_is_not_cached_until_that_is_declared(
    runs: Runs,
) -> None:
    assert runs.ran_for("dated", "unseen") == [1, 2, 3]
    assert runs.ran_for("dated", "declared") == [1, 1, 1]


def test_a_function_among_the_arguments_that_asks_for_the_context_is_not_cached(
    runs: Runs,
) -> None:
    assert runs.ran_for("calling", "asking") == [1, 2, 3]
    assert runs.ran_for("calling", "calling") == [1, 1, 1]


def test_what_was_deferred_is_kept_when_it_comes_back_and_never_deferred_again(
    runs: Runs,
) -> None:
    assert runs.ran("began") == [1, 1, 1]
    assert runs.ran("ended") == [1, 1, 1]
    assert json.loads(runs.second.rows["waiting"]) == "orders"


def test_what_an_operator_pushed_itself_is_pushed_on_a_hit(runs: Runs) -> None:
    assert runs.ran("pushing") == [1, 1, 1]
    # Who pulls it is not cached, and cannot tell.
    assert runs.ran_for("query", "told") == [1, 2, 3]
    assert [one[1] for one in runs.marks[2].of("query") if one[0] == "told"] == ["j1"] * 3


def test_a_skip_is_no_result(runs: Runs) -> None:
    assert runs.ran("skipping") == [1, 2, 3]


def test_a_branch_skips_on_a_hit_what_it_skipped_then(dags: Dags, marks: Marks) -> None:
    first = dags.run("any_branch")
    second = dags.run("any_branch")

    assert first.states == second.states
    assert second.states == {"choose": "success", "left": "success", "right": "skipped"}
    assert marks.of("choose") == [["2026-01-01"]]


@pytest.fixture(scope="module")
def errors(processes: FreshProcesses) -> dict[str, str]:
    """What Airflow says about the DAG files that should not import."""
    found: dict[str, str] = processes.call(
        import_errors,
        HERE / "broken_operators",
        environment={"ORCHESTRA_CACHE_CACHES__LAKE__URL": "/lake"},
    )
    return found


@pytest.mark.parametrize(
    "file, named",
    [
        ("branch.py", "`LatestOnlyOperator` cannot be cached: it is a branch"),
        ("function_of_command.py", "write it as `@task.cached_bash`"),
        ("negative_ttl_of_mapped.py", "task `run` of DAG `negative`: ttl="),
        ("outputs_elsewhere.py", "'../out.csv', which is not inside of `cwd`"),
        ("outputs_without_folder.py", "`cwd` is missing"),
        ("sensor.py", "task `arrived` of DAG `waits`: `BaseSensorOperator` cannot be cached"),
        ("twice.py", "`BashOperator` has a cache already"),
        ("unknown_parameter.py", "task `run` of DAG `misspelled`: ignore names `comand`"),
        ("unknown_variable.py", "task `make` of DAG `unnamed`: dataset {MONTH}.csv names `MONTH`"),
    ],
)
def test_what_cannot_be_meant_is_an_import_error_that_names_it(
    errors: dict[str, str], file: str, named: str
) -> None:
    assert named in errors[file]
    assert "hint: " in errors[file]
