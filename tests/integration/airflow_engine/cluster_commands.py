"""Commands of Airflow 2 for a cluster: its REST API would need a web server and its users."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.airflow_engine.running import run_command
from tests.integration.fresh_process import FreshProcesses

__all__ = ["Commands"]


@dataclass(frozen=True)
class Commands:
    """Runs each in a process of its own, with the database and the DAGs of the cluster."""

    processes: FreshProcesses
    environment: Mapping[str, str]
    dags: Path

    def trigger(self, dag: str, run: str, at: str, conf: Mapping[str, Any]) -> None:
        said = json.dumps(conf)
        self._run("dags", "trigger", dag, "--run-id", run, "--exec-date", at, "--conf", said)

    def clear(self, dag: str, at: str, tasks: Collection[str], *, downstream: bool) -> None:
        named = "|".join(f"^{re.escape(task)}$" for task in tasks)
        below = ["--downstream"] if downstream else []
        when = ["--start-date", at, "--end-date", at]
        self._run("tasks", "clear", dag, "-t", named, *when, *below, "--yes", "-S", str(self.dags))

    def backfill(self, dag: str, first: str, last: str) -> None:
        # It runs the tasks itself, with an executor that it finds as it starts.
        words = ("dags", "backfill", dag, "-s", first, "-e", last)
        command = [sys.executable, "-m", "airflow", *words]
        subprocess.run(command, env=self.environment, check=True, capture_output=True, timeout=100)

    def _run(self, *words: str) -> None:
        self.processes.call(_in_cluster, self.dags, words, environment=self.environment)


def _in_cluster(dags: Path, words: tuple[str, ...]) -> None:
    """Forget the database that was meant when Airflow was imported."""
    from airflow import settings

    settings.configure_vars()
    settings.configure_orm()
    run_command(dags, *words)
