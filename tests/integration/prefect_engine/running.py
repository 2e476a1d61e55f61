"""What happens inside a process that runs one flow."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import sys
from collections.abc import Awaitable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect import settings
from prefect.logging.handlers import APILogHandler

__all__ = ["run_flow"]


def run_flow(
    folder: Path, name: str, arguments: tuple[Any, ...], changed: Mapping[str, Any]
) -> tuple[UUID, Any]:
    """Run `module.flow` of a folder with changed settings; returns its run's id and value."""
    sys.path.insert(0, str(folder))
    module, _, flow = name.partition(".")
    # A flow waits up to a second for the thread of its heartbeat to end.
    quick = {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": None}
    values = {**{key: quick[key] for key in quick if hasattr(settings, key)}, **changed}
    with settings.temporary_settings({getattr(settings, key): values[key] for key in values}):
        function = getattr(importlib.import_module(module), flow)
        finished = function(*arguments, return_state=True)
        answer = asyncio.run(_awaited(finished)) if inspect.isawaitable(finished) else None
        APILogHandler().flush()
        return answer or (finished.state_details.flow_run_id, finished.result())


async def _awaited(finished: Awaitable[Any]) -> tuple[UUID, Any]:
    state = await finished
    return state.state_details.flow_run_id, await state.result()
