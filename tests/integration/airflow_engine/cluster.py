"""Airflow as it runs in production, on this machine only: a scheduler and what it needs."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.integration.airflow_engine.runs import AIRFLOW_2
from tests.integration.services import Service, end, free_port, start

__all__ = ["Cluster", "running_cluster"]

_DEADLINE_SECONDS = 120
_SCHEDULER = ("scheduler", "--skip-serve-logs")
_SERVICES = [_SCHEDULER] if AIRFLOW_2 else [("api-server",), _SCHEDULER, ("dag-processor",)]


@dataclass(frozen=True)
class Cluster:
    """Runs what is triggered, in processes that its executor starts."""

    home: Path
    environment: Mapping[str, str]
    services: Mapping[str, Service]

    def run(self, dag: str, at: str) -> None:
        """Trigger a run for a logical date and wait until it has succeeded."""
        self._wait(lambda: self._ask("SELECT 1 FROM serialized_dag WHERE dag_id = ?", dag))
        dated = "--exec-date" if AIRFLOW_2 else "--logical-date"
        command = [sys.executable, "-m", "airflow", "dags", "trigger", dag, dated, at]
        subprocess.run(command, env=self.environment, check=True, capture_output=True, timeout=90)
        self._wait(lambda: self._newest_state(dag) in ("success", "failed"))
        assert self._newest_state(dag) == "success", self._told()

    def log(self, dag: str, task: str) -> str:
        """What Airflow shows as the logs of a task, all runs together."""
        files = sorted(self.home.glob(f"logs/dag_id={dag}/run_id=*/task_id={task}/*.log"))
        return "\n".join(file.read_text() for file in files)

    def _newest_state(self, dag: str) -> str:
        return self._ask("SELECT state FROM dag_run WHERE dag_id = ? ORDER BY id DESC", dag)

    def _ask(self, query: str, dag: str) -> str:
        with closing(sqlite3.connect(self.home / "airflow.db", timeout=30)) as connection:
            found = connection.execute(query, (dag,)).fetchone()
        return str(found[0]) if found else ""

    def _wait(self, happened: Callable[[], object]) -> None:
        deadline = time.monotonic() + _DEADLINE_SECONDS
        while not happened():
            ended = [name for name, service in self.services.items() if service.poll() is not None]
            assert not ended, f"{ended} ended:\n{self._told()}"
            assert time.monotonic() < deadline, self._told()
            time.sleep(0.2)

    def _told(self) -> str:
        return "\n".join((self.home / f"{name}.out").read_text() for name in self.services)


@contextmanager
def running_cluster(home: Path, environment: Mapping[str, str]) -> Iterator[Cluster]:
    """Start the services on a home with a migrated database, and end them afterwards."""
    complete = {**os.environ, **_settings(home), **environment}
    services = {
        words[0]: start(
            [sys.executable, "-m", "airflow", *words],
            output=home / f"{words[0]}.out",
            environment=complete,
        )
        for words in _SERVICES
    }
    try:
        yield Cluster(home, complete, services)
    finally:
        for service in services.values():
            end(service)


def _settings(home: Path) -> dict[str, str]:
    port = free_port()
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "2",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__SECRET_KEY": "of no use to anybody else",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API_AUTH__JWT_SECRET": "of no use to anybody else " * 4,
        # Airflow 2 runs this executor on SQLite only when it is told that this is a test.
        "_AIRFLOW__SKIP_DATABASE_EXECUTOR_COMPATIBILITY_CHECK": "1",
    }
