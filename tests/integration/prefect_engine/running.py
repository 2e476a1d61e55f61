"""What happens inside a process that runs flows."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import sys
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect import settings
from prefect.logging.handlers import APILogHandler

__all__ = ["Call", "call", "run_flow", "run_flows"]

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
    # A flow waits up to a second for the thread of its heartbeat to end.
    quick = {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": None}
    values = {key: value for key, value in quick.items() if hasattr(settings, key)}
    with _changed(folder, {**values, **changed}):
        answers = [_run(name, arguments) for name, arguments in calls]
        APILogHandler().flush()
        return answers


def call(folder: Path, name: str, arguments: tuple[Any, ...], changed: Mapping[str, Any]) -> Any:
    """Call `module.function` of a folder with changed settings, outside of flows."""
    with _changed(folder, changed):
        return _named(name)(*arguments)


@contextmanager
def _changed(folder: Path, values: Mapping[str, Any]) -> Iterator[None]:
    sys.path.insert(0, str(folder))
    with settings.temporary_settings({getattr(settings, key): values[key] for key in values}):
        yield


def _named(name: str) -> Any:
    module, _, function = name.partition(".")
    return getattr(importlib.import_module(module), function)


def _run(name: str, arguments: tuple[Any, ...]) -> tuple[UUID, Any]:
    finished = _named(name)(*arguments, return_state=True)
    if inspect.isawaitable(finished):
        return asyncio.run(_awaited(finished))
    return finished.state_details.flow_run_id, finished.result()


async def _awaited(finished: Awaitable[Any]) -> tuple[UUID, Any]:
    state = await finished
    return state.state_details.flow_run_id, await state.result()
