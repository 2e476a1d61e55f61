"""Rows of Airflow: hits of tasks, in warm workers and new processes, and DAGs that are parsed."""

from __future__ import annotations

import atexit
import json
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from orchestra_cache.datasets import File
from tests.benchmarks.rows import Bound, Row

__all__ = ["AIRFLOW"]

# What a hit may add to the task's own time, and a cache to that of parsing a thousand tasks.
_MOST, _PARSED = 0.010, 0.050

_BYTES = 1 << 30

NO_CACHE, S3FS = "without a cache", "s3fs"


@dataclass
class Tasks:
    """One task with a cache and one without, both of which have run."""

    ours: Callable[[], object]
    uncached: Callable[[], object]
    more: dict[str, Callable[[], object]]


@cache
def _home() -> Path:
    """Where Airflow is at home; before it is imported, for it reads its settings then."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    os.environ.update(
        AIRFLOW_HOME=folder.name,
        AIRFLOW__CORE__LOAD_EXAMPLES="False",
        AIRFLOW__CORE__XCOM_BACKEND="orchestra_cache.airflow.xcom.CacheXComBackend",
        AIRFLOW__LOGGING__LOGGING_LEVEL="ERROR",
        AIRFLOW__USAGE_DATA_COLLECTION__ENABLED="False",
    )
    return Path(folder.name)


def _configure(name: str, **settings: Any) -> str:
    """Configure a cache, by name."""
    for setting, value in settings.items():
        os.environ[f"ORCHESTRA_CACHE_CACHES__{name}__{setting}".upper()] = value
    return name


def _worker(cached: str, size: int) -> Any:
    """A worker with a chain of two tasks, each of which has an array as its result, and one task
    without a cache that has nothing to do.
    """
    from airflow.sdk import dag, task

    from tests.integration.airflow_engine.inprocess import Worker

    quiet = {"show_return_value_in_logs": False}

    @task.cached(cache=cached, **quiet)
    def made(numbers: int) -> Any:
        return np.zeros(numbers, dtype=np.uint8)

    @task.cached(cache=cached, **quiet)
    def received(array: Any) -> Any:
        return array

    @task(**quiet)
    def uncached(numbers: int) -> int:
        return numbers

    @dag(schedule=None)
    def chain() -> None:
        received(made(size))
        uncached(size)

    return Worker(chain())


def _warm(size: int) -> Callable[[float], Tasks]:
    def make(scale: float) -> Tasks:
        place = tempfile.mkdtemp(dir=_home())
        worker = _worker(_configure(f"warm{size}", url=place), int(size * scale) + 1)
        for name in ("made", "received", "uncached"):
            worker.run(name)
        assert len(json.dumps(worker.rows["received", "return_value", -1])) < 1000
        return Tasks(lambda: worker.run("received"), lambda: worker.run("uncached"), {})

    return make


def _fresh(scale: float) -> Tasks:
    """Tasks in processes of their own, as an executor forks them from one that knows Airflow."""
    from tests.benchmarks.remote import server_options
    from tests.integration.fresh_process import FreshProcesses

    _home()
    processes = FreshProcesses("tests.integration.airflow_engine.preloaded")
    calls = {}
    for name, more in (("fast", {}), (S3FS, {"asynchronous": False})):
        options = json.dumps({**server_options(), **more})
        _configure(name, url=f"s3://tests/{name}", storage_options=options)
        calls[name] = partial(processes.call, run_once, name, "made", environment=os.environ)
        calls[name]()
    uncached = partial(processes.call, run_once, "fast", "uncached", environment=os.environ)
    return Tasks(calls["fast"], uncached, {S3FS: calls[S3FS]})


def run_once(name: str, task: str) -> None:
    """Run one task in a process that has done nothing else."""
    _worker(name, 1000).run(task)


def _parsed(operator: str, **terms: Any) -> Callable[[float], Tasks]:
    """A DAG with a thousand tasks, which a DAG file makes each time that it is parsed."""

    def make(scale: float) -> Tasks:
        _configure("parsed", url="s3://lake/cache")
        from orchestra_cache import airflow as ours

        cached, plain = _makers(operator, ours, terms)
        count = int(1000 * scale) + 1
        return Tasks(lambda: _dag_of(cached, count), lambda: _dag_of(plain, count), {})

    return make


def _makers(operator: str, ours: Any, terms: dict[str, Any]) -> tuple[Any, Any]:
    """How a task is made with a cache and without, given its name."""
    from airflow.providers.standard.operators.bash import BashOperator
    from airflow.providers.standard.operators.python import PythonOperator
    from airflow.sdk import task

    if operator == "@task":
        one, other = task.cached(**terms)(_greeting), task(_greeting)
        return (
            lambda name: one.override(task_id=name)("{{ ds }}"),
            lambda name: other.override(task_id=name)("{{ ds }}"),
        )
    cached, plain = getattr(ours, operator), BashOperator
    given: dict[str, Any] = {"bash_command": "echo {{ ds }}"}
    if operator == "CachedPythonOperator":
        plain, given = PythonOperator, {"python_callable": _greeting, "op_args": ["{{ ds }}"]}
    return (
        lambda name: cached(task_id=name, **given, **terms),
        lambda name: plain(task_id=name, **given),
    )


def _greeting(day: str) -> str:
    return f"hello {day}"


def _dag_of(make: Callable[[str], object], count: int) -> None:
    from airflow.sdk import DAG

    with DAG(dag_id="many", schedule=None):
        for number in range(count):
            make(f"t{number}")


def _others(tasks: Tasks) -> dict[str, Callable[[], object]]:
    return {NO_CACHE: tasks.uncached, **tasks.more}


def _row(name: str, make: Callable[[float], Tasks], bound: Bound, rounds: int) -> Row:
    return Row(
        name,
        make,
        lambda tasks: tasks.ours(),
        bound,
        others=_others,
        peers=False,
        # Each call by itself, as the tasks of a worker are.
        prepare=lambda tasks: None,
        rounds=rounds,
    )


_ADDED = Bound(added={NO_CACHE: _MOST})

_WARM = [
    _row("Airflow task, hit", _warm(1000), _ADDED, 60),
    _row("Airflow task, hit of 1 GB that receives 1 GB", _warm(_BYTES), _ADDED, 30),
]
_ADDED_PARSING = Bound(added={NO_CACHE: _PARSED})
_READS = File("s3://lake/{day}.parquet")
_PARSING = [
    _row(f"DAG of 1,000 tasks, {name}", _parsed(operator, **terms), _ADDED_PARSING, 15)
    for name, operator, terms in (
        ("operators", "CachedPythonOperator", {"cache": "parsed"}),
        ("by URL, with data", "CachedPythonOperator", {"cache": "s3://lake/x", "reads": [_READS]}),
        ("@task.cached", "@task", {"cache": "parsed"}),
        ("commands", "CachedBashOperator", {"cache": "parsed"}),
    )
]


def _is_there() -> bool:
    # Without a look at Airflow itself, which reads its settings when it is imported.
    try:
        return bool(version("apache-airflow-task-sdk"))
    except PackageNotFoundError:
        return False


# Where there is no server to start, or no Airflow 3, there is nothing to measure.
_SERVER = (Path(sys.prefix) / "bin" / "weed").exists()
_FRESH = [
    _row("Airflow task, hit on S3 in a fresh process", _fresh, Bound(ratios={S3FS: 1}), 9)
] * _SERVER
AIRFLOW = [*_WARM, *_FRESH, *_PARSING] if _is_there() else []
