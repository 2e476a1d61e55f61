"""What happens inside a process that runs flows."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import sys
from collections.abc import Awaitable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect import settings
from prefect.logging.handlers import APILogHandler

__all__ = ["Call", "run_flow", "run_flows"]

# The name of a flow, as `module.flow`, and its arguments.
Call = tuple[str, tuple[Any, ...]]


def run_flow(
    folder: Path, name: str, arguments: tuple[Any, ...], changed: Mapping[str, Any]
) -> tuple[UUID, Any]:
    """Run `module.flow` of a folder with changed settings; returns its run's id and value."""
    (answer,) = run_flows(folder, [(name, arguments)], changed)
    return answer


def run_flows(
    folder: Path, calls: Sequence[Call], changed: Mapping[str, Any]
) -> list[tuple[UUID, Any]]:
    """Run one flow after the other."""
    sys.path.insert(0, str(folder))
    # A flow waits up to a second for the thread of its heartbeat to end.
    quick = {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": None}
    values = {**{key: quick[key] for key in quick if hasattr(settings, key)}, **changed}
    with settings.temporary_settings({getattr(settings, key): values[key] for key in values}):
        answers = [_run(name, arguments) for name, arguments in calls]
        APILogHandler().flush()
        return answers


def _run(name: str, arguments: tuple[Any, ...]) -> tuple[UUID, Any]:
    module, _, flow = name.partition(".")
    finished = getattr(importlib.import_module(module), flow)(*arguments, return_state=True)
    if inspect.isawaitable(finished):
        return asyncio.run(_awaited(finished))
    return finished.state_details.flow_run_id, finished.result()


async def _awaited(finished: Awaitable[Any]) -> tuple[UUID, Any]:
    state = await finished
    return state.state_details.flow_run_id, await state.result()
