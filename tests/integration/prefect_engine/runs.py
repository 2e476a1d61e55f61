"""Flows that run in processes of their own, and what there is to see of them afterwards."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId

from tests.integration.fresh_process import FreshProcesses
from tests.integration.marks import MARKS, Marks
from tests.integration.prefect_engine.running import call, run_flow, run_flows

__all__ = ["FLOWS", "LAKE", "FlowRun", "Flows"]

FLOWS = Path(__file__).parent / "flows"

# The variable that says where the cache called `lake` is.
LAKE = "ORCHESTRA_CACHE_CACHES__LAKE__URL"


@dataclass(frozen=True)
class FlowRun:
    """What a flow returned, and the lines that Prefect's server shows with its task runs.

    The flows here return one pair of state name and value for each task run.
    """

    api: str
    id: UUID
    value: Any

    @cached_property
    def lines(self) -> tuple[tuple[int, str], ...]:
        with SyncPrefectClient(self.api) as client:
            logs = client.read_logs(LogFilter(flow_run_id=LogFilterFlowRunId(any_=[self.id])))
        return tuple((log.level, log.message) for log in logs if log.task_run_id is not None)

    @property
    def states(self) -> list[str]:
        return [state for state, _ in self.value]

    @property
    def values(self) -> list[Any]:
        return [value for _, value in self.value]

    @property
    def warnings(self) -> list[str]:
        return [message for level, message in self.lines if level >= logging.WARNING]

    @property
    def text(self) -> str:
        return "\n".join(message for _, message in self.lines)


@dataclass(frozen=True)
class Flows:
    """Runs flows; `environment` and `settings` are added to those of each process."""

    api: str
    processes: FreshProcesses
    environment: Mapping[str, str]
    settings: Mapping[str, Any]

    @property
    def lake(self) -> Path:
        return Path(self.environment[LAKE])

    @property
    def marks(self) -> Marks:
        return Marks(Path(self.environment[MARKS]))

    def run(
        self,
        name: str,
        *arguments: Any,
        folder: Path = FLOWS,
        settings: Mapping[str, Any] | None = None,
    ) -> FlowRun:
        """Run `module.flow` of a folder in a new process."""
        changed = {**self.settings, **(settings or {})}
        run, value = self.processes.call(
            run_flow, folder, name, arguments, changed, environment=self.environment
        )
        return FlowRun(self.api, run, value)

    def run_each(self, *calls: tuple[Any, ...]) -> list[FlowRun]:
        """Run flows one after the other in one new process, each given by name and arguments.

        For situations of which none can tell what was before it in its process.
        """
        named = [(name, tuple(arguments)) for name, *arguments in calls]
        answers = self.processes.call(
            run_flows, FLOWS, named, self.settings, environment=self.environment
        )
        return [FlowRun(self.api, run, value) for run, value in answers]

    def call(self, name: str, *arguments: Any) -> Any:
        """Call `module.function` in a new process, outside of flows; returns what it returns."""
        return self.processes.call(
            call, FLOWS, name, arguments, self.settings, environment=self.environment
        )

    def run_file(self, path: Path, *arguments: str, **environment: str) -> Any:
        """Run a flow's file as a person would; returns what it printed as JSON."""
        finished = subprocess.run(
            [sys.executable, str(path), *arguments],
            env={**os.environ, **self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=90,
        )
        assert finished.returncode == 0, finished.stderr
        return json.loads(finished.stdout)
