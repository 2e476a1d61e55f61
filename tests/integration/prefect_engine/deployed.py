"""Deployments whose flow runs are processes that a worker, or a served flow, starts."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound

from tests.integration.services import Service

__all__ = ["FOLDER", "POOL", "Deployment", "kill", "waited_for"]

FOLDER = Path(__file__).parent / "deployment"
POOL = "processes"

_DEADLINE_SECONDS = 60

T = TypeVar("T")


@dataclass(frozen=True)
class Deployment:
    """Runs a deployment of the flow `orders`, by the way of a server."""

    api: str
    id: UUID

    @classmethod
    def created(cls, api: str, name: str, variables: Mapping[str, str]) -> Deployment:
        """Of the file `orders.py` in the folder here, for the worker of the pool."""
        step = {"prefect.deployments.steps.set_working_directory": {"directory": str(FOLDER)}}
        with SyncPrefectClient(api) as client:
            made = client.create_deployment(
                flow_id=client.create_flow_from_name("orders"),
                name=name,
                work_pool_name=POOL,
                entrypoint="orders.py:orders",
                pull_steps=[step],
                job_variables={"env": dict(variables)},
            )
        return cls(api, made)

    @classmethod
    def served(cls, api: str) -> Deployment:
        """The one that a process serves as `served`."""
        with SyncPrefectClient(api) as client:
            found = waited_for(lambda: _known(client, "orders/served"))
        return cls(api, found)

    def start(self, *arguments: Any) -> UUID:
        """Have the flow run with the name of one of its tasks, and arguments for that."""
        parameters = {"name": arguments[0], "arguments": arguments[1:]}
        with SyncPrefectClient(self.api) as client:
            return client.create_flow_run_from_deployment(self.id, parameters=parameters).id

    def run(self, *arguments: Any) -> str:
        """Name of the state in which the flow ends."""
        run = self.start(*arguments)
        with SyncPrefectClient(self.api) as client:
            return waited_for(lambda: _outcome(client, run))


def kill(worker: Service) -> None:
    """End a worker all of whose runs are over: asked to end, one may take very long."""
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def waited_for(look: Callable[[], T | None]) -> T:
    """What there is to see, as soon as there is."""
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while (seen := look()) is None:
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.1)
    return seen


def _known(client: SyncPrefectClient, name: str) -> UUID | None:
    try:
        return client.read_deployment_by_name(name).id
    except ObjectNotFound:
        return None


def _outcome(client: SyncPrefectClient, run: UUID) -> str | None:
    state = client.read_flow_run(run).state
    return state.name if state is not None and state.is_final() else None
