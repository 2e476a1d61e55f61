"""Flows against a server that stores events, and what it has stored of them afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any
from uuid import UUID

import httpx
from prefect import context
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    LogFilter,
    LogFilterFlowRunId,
)
from prefect.events.worker import EventsWorker

from tests.integration.fresh_process import FreshProcesses
from tests.integration.prefect_engine.running import call, run_flow
from tests.integration.prefect_engine.runs import FLOWS

__all__ = ["Recorded", "Recording"]

_DEADLINE_SECONDS = 30


@dataclass(frozen=True)
class Recorded:
    """A flow run that is over."""

    api: str
    id: UUID
    value: Any
    pages: int = 0

    @property
    def inner(self) -> Recorded:
        """The flow run inside this one, which returned its id."""
        return Recorded(self.api, self.value, None)

    @property
    def lines(self) -> list[str]:
        with SyncPrefectClient(self.api) as client:
            logs = client.read_logs(LogFilter(flow_run_id=LogFilterFlowRunId(any_=[self.id])))
        return [log.message for log in logs]

    @property
    def artifacts(self) -> list[Any]:
        with SyncPrefectClient(self.api) as client:
            ours = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[self.id]))
            # The server makes some of its own, without a key.
            return [one for one in client.read_artifacts(artifact_filter=ours) if one.key]

    @property
    def page(self) -> str:
        (artifact,) = self.artifacts
        return artifact.data

    def events(self, *prefixes: str) -> list[dict[str, Any]]:
        """In order of time, when the server has stored that the flow run has ended."""
        wait_until(lambda: self._read("prefect.flow-run.Completed", "prefect.flow-run.Failed"))
        return self._read(*prefixes)

    def _read(self, *prefixes: str) -> list[dict[str, Any]]:
        return read_events(self.api, prefixes, f"prefect.flow-run.{self.id}")


@dataclass(frozen=True)
class Recording:
    """Runs flows of `flows/told.py`; `environment` and `settings` are those of each process."""

    api: str
    processes: FreshProcesses
    environment: Mapping[str, str]
    settings: Mapping[str, Any]

    def run(self, name: str, *arguments: Any) -> Recorded:
        run, value, pages = self.processes.call(
            run_recorded,
            f"told.{name}",
            arguments,
            self.settings,
            environment={**self.environment, "PREFECT_API_URL": self.api},
        )
        return Recorded(self.api, run, value, pages)

    def alone(self, *arguments: Any) -> tuple[UUID, str, list[dict[str, Any]]]:
        """Run a task without a flow: its id, the name of its state, and its events of ours."""
        run, state = self.processes.call(
            run_alone,
            arguments,
            self.settings,
            environment={**self.environment, "PREFECT_API_URL": self.api},
        )
        of_run = partial(read_events, self.api, resource=f"prefect.task-run.{run}")
        wait_until(lambda: of_run(["prefect.task-run.Completed", "prefect.task-run.Cached"]))
        return run, state, of_run(["orchestra-cache."])


def read_events(api: str, names: Sequence[str], resource: str) -> list[dict[str, Any]]:
    """Stored events that have to do with a resource, in order of time."""
    tomorrow = datetime.now(timezone.utc) + timedelta(days=1)
    wanted = {
        "event": {"prefix": names},
        "any_resource": {"id": [resource]},
        "occurred": {"until": tomorrow.isoformat()},
        "order": "ASC",
    }
    answer = httpx.post(f"{api}/events/filter", json={"filter": wanted})
    answer.raise_for_status()
    return answer.json()["events"]


def wait_until(stored: Callable[[], object]) -> None:
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while not stored():
        assert time.monotonic() < deadline, "the server stored no events"
        time.sleep(0.05)


def run_recorded(
    name: str, arguments: tuple[Any, ...], changed: Mapping[str, Any]
) -> tuple[UUID, Any, int]:
    """Run a flow, and wait until its events are sent; also returns what is still remembered."""
    from orchestra_cache.prefect.report import LEDGER

    read_environment()
    run, value = run_flow(FLOWS, name, arguments, changed)
    EventsWorker.drain_all()
    return run, value, len(LEDGER._pages)


def run_alone(arguments: tuple[Any, ...], changed: Mapping[str, Any]) -> tuple[UUID, str]:
    """Run a task without a flow, and wait until its events are sent."""
    read_environment()
    answer = call(FLOWS, "told.alone", arguments, changed)
    EventsWorker.drain_all()
    return answer


def read_environment() -> None:
    """Let threads that Prefect starts use another server than the one it was imported for."""
    context.GLOBAL_SETTINGS_CONTEXT = context.root_settings_context()
