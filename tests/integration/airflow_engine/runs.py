"""DAGs that run in processes of their own, and what there is to see of them afterwards."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.integration.airflow_engine.running import run_command
from tests.integration.fresh_process import FreshProcesses
from tests.integration.marks import MARKS, Marks

__all__ = ["AIRFLOW_2", "DAGS", "DagRun", "Dags", "lake_in", "latest_run"]

DAGS = Path(__file__).parent / "dags"
AIRFLOW_2 = version("apache-airflow").startswith("2.")


@dataclass(frozen=True)
class DagRun:
    """The metadata database on one run of a DAG, and what the cache logged meanwhile.

    Attributes:
        states: Of each task instance, by its name: `total`, or `total[0]` if it is mapped.
        rows: What XCom holds as the result of each task instance, as stored.
    """

    states: Mapping[str, str]
    rows: Mapping[str, bytes]
    lines: tuple[tuple[int, str], ...] = ()

    @property
    def warnings(self) -> list[str]:
        return [message for level, message in self.lines if level >= logging.WARNING]


@dataclass(frozen=True)
class Dags:
    """Runs DAGs; `environment` is added to that of each process."""

    home: Path
    processes: FreshProcesses
    environment: Mapping[str, str]

    def run(
        self,
        dag: str,
        day: str = "2026-01-01",
        *,
        conf: Mapping[str, Any] | None = None,
        **environment: str,
    ) -> DagRun:
        """Do as `airflow dags test` does, in a new process."""
        given = () if conf is None else ("--conf", json.dumps(conf))
        lines = self.processes.call(
            run_command,
            DAGS,
            *("dags", "test", dag, day, *given),
            environment={**self.environment, **environment},
        )
        return latest_run(self.home / "airflow.db", dag, tuple(lines))

    def run_plainly(self, dag: str, day: str = "2026-01-01") -> DagRun:
        """Run the command itself, with the XCom backend that Airflow has."""
        self.command("dags", "test", dag, day, AIRFLOW__CORE__XCOM_BACKEND=None)
        return latest_run(self.home / "airflow.db", dag)

    def command(self, *words: str, **environment: str | None) -> str:
        """Run a command of Airflow as a person would; returns what it printed.

        Args:
            environment: None takes a variable away.
        """
        changed = {**os.environ, **self.environment, **environment}
        finished = subprocess.run(
            [sys.executable, "-m", "airflow", *words],
            env={name: value for name, value in changed.items() if value is not None},
            capture_output=True,
            text=True,
            timeout=100,
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout


def latest_run(database: Path, dag: str, lines: tuple[tuple[int, str], ...] = ()) -> DagRun:
    """Read the newest run of a DAG from the metadata database."""
    with closing(sqlite3.connect(database, timeout=30)) as connection:
        states = connection.execute(f"{_INSTANCES} ORDER BY task_id, map_index", (dag,)).fetchall()
        rows = connection.execute(f"{_RESULTS} AND key = 'return_value'", (dag,)).fetchall()
    return DagRun(
        {_name(task, index): str(state) for task, index, state in states},
        {_name(task, index): _as_stored(value) for task, index, value in rows},
        lines,
    )


_NEWEST = "run_id = (SELECT run_id FROM dag_run WHERE dag_id = ?1 ORDER BY id DESC LIMIT 1)"
_INSTANCES = f"SELECT task_id, map_index, state FROM task_instance WHERE dag_id = ?1 AND {_NEWEST}"
_RESULTS = f"SELECT task_id, map_index, value FROM xcom WHERE dag_id = ?1 AND {_NEWEST}"


def _name(task: str, index: int) -> str:
    return task if index < 0 else f"{task}[{index}]"


def _as_stored(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def lake_in(folder: Path) -> tuple[Marks, dict[str, str]]:
    """What runs leave behind in a folder, and the environment in which they do, with a cache."""
    marks = Marks(folder / "marks")
    lake = str(folder / "lake")
    return marks, {"ORCHESTRA_CACHE_CACHES__LAKE__URL": lake, MARKS: str(marks.path)}
