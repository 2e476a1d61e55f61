"""Airflow as it runs in production, on this machine only: a scheduler and what it needs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil

from tests.integration.airflow_engine.cluster_database import Database
from tests.integration.airflow_engine.rest import Rest
from tests.integration.airflow_engine.runs import AIRFLOW_2
from tests.integration.marks import MARKS, Marks
from tests.integration.services import Service, end, free_port, start

__all__ = ["Cluster", "ClusterRun", "running_cluster"]

_DEADLINE_SECONDS = 120
_ENDED = {"success", "failed"}
_OURS = {
    "api-server": ("airflow", "api-server"),
    "scheduler": ("airflow", "scheduler", "--skip-serve-logs"),
    "dag-processor": ("airflow", "dag-processor"),
    "triggerer": ("airflow", "triggerer", "--skip-serve-logs"),
}
_OF_AIRFLOW_2 = {
    "webserver": ("airflow", "webserver"),
    "scheduler": _OURS["scheduler"],
    "triggerer": _OURS["triggerer"],
}


@dataclass(frozen=True)
class ClusterRun:
    """One run of a DAG."""

    dag: str
    id: str


@dataclass(frozen=True)
class Cluster:
    """Runs what is triggered, in processes that its executor starts."""

    home: Path
    port: int
    environment: Mapping[str, str]
    services: dict[str, Service] = field(default_factory=dict)

    @property
    def lake(self) -> Path:
        """The folder of the cache that the DAGs call `lake`."""
        return self.home / "lake"

    @property
    def marks(self) -> Marks:
        """Of all tasks of the cluster: each test asks for its own."""
        return Marks(self.home / "marks")

    @cached_property
    def rest(self) -> Rest:
        return Rest(self.port)

    @property
    def database(self) -> Database:
        return Database(self.environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"])

    def run(self, dag: str, at: str | None = None, **conf: Any) -> ClusterRun:
        """Trigger a run and wait until it has succeeded.

        Args:
            at: Its logical date. Without one, it has none; with Airflow 2, that is now.
        """
        return self.succeeded(self.triggered(dag, at, **conf))

    def triggered(self, dag: str, at: str | None = None, **conf: Any) -> ClusterRun:
        self.wait(lambda: self._knows(dag))
        run = ClusterRun(dag, uuid4().hex)
        dated = {} if AIRFLOW_2 and at is None else {"logical_date": at}
        self.rest.post(f"/dags/{dag}/dagRuns", dag_run_id=run.id, conf=conf, **dated)
        return run

    def succeeded(self, run: ClusterRun) -> ClusterRun:
        self.wait(lambda: self._ended(run))
        state = self.database.state(run.dag, run.id)
        assert state == "success", f"{run} {state}: {self.states(run)}\n{self.log(run.dag, '*')}"
        return run

    def clear(self, run: ClusterRun, *tasks: str, downstream: bool = False) -> None:
        """Clear tasks as a person does, and wait until the run has succeeded again."""
        asked = {"task_ids": tasks, "dag_run_id": run.id, "include_downstream": downstream}
        path = f"/dags/{run.dag}/clearTaskInstances"
        self.rest.post(path, **asked, dry_run=False, only_failed=False, reset_dag_runs=True)
        self.succeeded(run)

    def backfill(self, dag: str, first: str, last: str) -> None:
        """Run a DAG for each day between two."""
        self.wait(lambda: self._knows(dag))
        if AIRFLOW_2:
            # It runs the tasks itself, with an executor that it finds as it starts.
            self._command("dags", "backfill", dag, "-s", first, "-e", last)
            return
        days = {"from_date": f"{first}T00:00:00Z", "to_date": f"{last}T00:00:00Z"}
        self.rest.post("/backfills", dag_id=dag, **days)
        # Only every half a minute does Airflow look whether it is completed.
        self.wait(lambda: set(self.database.states_of_runs(dag)) <= _ENDED)

    def states(self, run: ClusterRun) -> Mapping[str, str]:
        return self.database.states(run.dag, run.id)

    def log(self, dag: str, task: str) -> str:
        """What Airflow shows as the logs of a task, all runs and tries together."""
        files = sorted(self.home.glob(f"logs/dag_id={dag}/run_id=*/task_id={task}/**/*.log"))
        return "\n".join(file.read_text() for file in files)

    def start(self, name: str, words: Sequence[str]) -> None:
        """Start one more service, by the module that it is and its words."""
        self.services[name] = start(
            [sys.executable, "-m", *words],
            output=self.home / f"{name}.out",
            environment=self.environment,
        )

    def kill(self, name: str) -> None:
        """Kill a service with its whole session: tasks have groups of their own in it."""
        service = self.services.pop(name)
        for process in psutil.process_iter():
            with suppress(ProcessLookupError, psutil.NoSuchProcess):
                if os.getsid(process.pid) == service.pid:
                    process.kill()
        service.wait()

    def wait(self, happened: Callable[[], object]) -> None:
        """Wait until something is so, as long as all services are there."""
        deadline = time.monotonic() + _DEADLINE_SECONDS
        while not happened():
            ended = [name for name, service in self.services.items() if service.poll() is not None]
            assert not ended, f"{ended} ended:\n{self._told()}"
            assert time.monotonic() < deadline, self._told()
            time.sleep(0.1)

    def _knows(self, dag: str) -> bool:
        known = self.database.knows(dag)
        errors = [] if known else self.database.import_errors()
        assert not errors, "\n".join(errors)
        return known

    def _command(self, *words: str) -> None:
        command = [sys.executable, "-m", "airflow", *words]
        subprocess.run(command, env=self.environment, check=True, capture_output=True, timeout=100)

    def _ended(self, run: ClusterRun) -> bool:
        return self.database.state(run.dag, run.id) in _ENDED

    def _told(self) -> str:
        return "\n".join(
            f"{name}:\n{(self.home / f'{name}.out').read_text()[-5000:]}" for name in self.services
        )


@contextmanager
def running_cluster(
    home: Path,
    *,
    environment: Mapping[str, str],
    more: Mapping[str, Sequence[str]] | None = None,
) -> Iterator[Cluster]:
    """Start the services on a home with DAGs and a database, and end them afterwards.

    Args:
        more: Services beside those that every cluster has.
    """
    port = free_port()
    # Whoever asks the web server of Airflow 2 without a name is an administrator.
    (home / "webserver_config.py").write_text('AUTH_ROLE_PUBLIC = "Admin"\n')
    complete = {**os.environ, **_settings(home, port), **environment}
    cluster = Cluster(home, port, complete)
    try:
        for name, words in {**(_OF_AIRFLOW_2 if AIRFLOW_2 else _OURS), **(more or {})}.items():
            cluster.start(name, words)
        cluster.wait(cluster.rest.answers)
        yield cluster
    finally:
        _end_all(cluster.services.values())


def _end_all(services: Collection[Service]) -> None:
    for service in services:
        with suppress(ProcessLookupError):
            os.killpg(service.pid, signal.SIGTERM)
    for service in services:
        end(service)


def _settings(home: Path, port: int) -> dict[str, str]:
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__DAG_DISCOVERY_SAFE_MODE": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__FERNET_KEY": urlsafe_b64encode(
            b"of no use to anybody else at all"
        ).decode(),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__SECRET_KEY": "of no use to anybody else",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API_AUTH__JWT_SECRET": "of no use to anybody else " * 4,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        **_of_airflow_2(port),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "ORCHESTRA_CACHE_CACHES__LAKE__URL": str(home / "lake"),
        "ORCHESTRA_CACHE_CACHES__SHUT__URL": "/dev/null/cache",
        "ORCHESTRA_CACHE_CACHES__STRAIT__URL": str(home / "lake"),
        MARKS: str(home / "marks"),
        # The files stay what they are.
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "600",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
    }


def _of_airflow_2(port: int) -> dict[str, str]:
    if not AIRFLOW_2:
        return {}
    return {
        "AIRFLOW__API__AUTH_BACKENDS": "airflow.api.auth.backend.default",
        "AIRFLOW__WEBSERVER__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__WEBSERVER__SECRET_KEY": "of no use to anybody else",
        "AIRFLOW__WEBSERVER__WEB_SERVER_HOST": "127.0.0.1",
        "AIRFLOW__WEBSERVER__WEB_SERVER_PORT": str(port),
        "AIRFLOW__WEBSERVER__WORKERS": "1",
        "AIRFLOW__SCHEDULER__MIN_FILE_PROCESS_INTERVAL": "600",
        # SQLite locks no rows: tasks would schedule what the scheduler does.
        "AIRFLOW__SCHEDULER__SCHEDULE_AFTER_TASK_EXECUTION": "False",
        # It runs this executor on SQLite only when it is told that this is a test.
        "_AIRFLOW__SKIP_DATABASE_EXECUTOR_COMPATIBILITY_CHECK": "1",
    }
