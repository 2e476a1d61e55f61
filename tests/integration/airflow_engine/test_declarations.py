"""What cannot be meant is told when a DAG is imported, and importing one touches no store."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.airflow_engine.running import import_errors, parsed
from tests.integration.fresh_process import FreshProcesses

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def errors(processes: FreshProcesses) -> dict[str, str]:
    """What Airflow says about the DAG files that should not import."""
    known = {"ORCHESTRA_CACHE_CACHES__LAKE__URL": "/nowhere"}
    found: dict[str, str] = processes.call(import_errors, HERE / "broken_dags", environment=known)
    return found


@pytest.mark.parametrize(
    "file, named",
    [
        ("unknown_parameter.py", "ignore names `loger`"),
        ("negative_ttl.py", "ttl=datetime.timedelta(days=-1)"),
        ("bad_url.py", "'s3//bucket'"),
        ("generator.py", "`numbers` is a generator"),
        ("no_cache.py", "cache= is given an object of type `int`"),
        ("no_dataset.py", "reads holds 's3://lake/orders', which is not a dataset"),
        ("mapped_mistake.py", "ttl=datetime.timedelta(0)"),
        ("mapped_decorated.py", "ignore names `loger`"),
        ("wrong_context.py", "context names 'dss'"),
        ("wrong_on_clear.py", "on_clear='never'"),
        ("wrong_namespace.py", "'../other'"),
        ("unknown_cache.py", "no cache is called 'pond'; configured: lake"),
    ],
)
def test_an_argument_that_cannot_be_meant_is_an_import_error_that_names_it(
    errors: dict[str, str], file: str, named: str
):
    assert named in errors[file]
    assert "hint: " in errors[file]


@pytest.mark.parametrize(
    "file, task",
    [
        ("bad_url.py", "total"),
        ("generator.py", "numbers"),
        ("mapped_decorated.py", "total"),
        ("mapped_mistake.py", "lengths"),
        ("negative_ttl.py", "total"),
        ("unknown_cache.py", "total"),
    ],
)
def test_the_error_names_task_and_dag(errors: dict[str, str], file: str, task: str):
    dag = file.removesuffix(".py")

    assert f"task `{task}` of DAG `{dag}`: " in errors[file]


def test_every_other_dag_file_imports(processes: FreshProcesses, environment: dict[str, str]):
    found = processes.call(import_errors, HERE / "dags", environment=environment)

    assert found == {}


def test_a_thousand_cached_tasks_are_parsed_without_a_look_at_store_or_network(
    processes: FreshProcesses, tmp_path: Path
):
    store = tmp_path / "lake"
    (store / "main" / "entries-v1").mkdir(parents=True)
    known = {"STORE": str(store), "ORCHESTRA_CACHE_CACHES__LAKE__URL": str(store)}

    few, touched_for_few = processes.call(
        parsed, HERE / "many_dags", "many", environment={**known, "TASKS": "4"}
    )
    tasks, touched = processes.call(
        parsed, HERE / "many_dags", "many", environment={**known, "TASKS": "1000"}
    )

    assert (few, tasks) == (4, 1000)
    assert [one for one in touched if one[0].startswith("socket.")] == []
    assert [one for one in touched if str(store) in one[1] or "/data/" in one[1]] == []
    assert any(one[1].endswith("many.py") for one in touched)
    assert len(touched) == len(touched_for_few)
