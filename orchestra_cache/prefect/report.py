"""One page per flow run of what its tasks hit and missed, and why: an artifact in Prefect."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from prefect import Flow, State, get_client
from prefect.client.schemas.actions import ArtifactCreate
from prefect.client.schemas.objects import FlowRun
from prefect.task_runners import ThreadPoolTaskRunner

from orchestra_cache.prefect import _compat
from orchestra_cache.prefect.ledger import Ledger, Note
from orchestra_cache.prefect.table import page, summary

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient

__all__ = ["LEDGER", "cache_report", "wants_report"]

LEDGER = Ledger()

_PREFIX = "orchestra-cache."

# Prefect's server stores events every 5 seconds.
_PATIENCE_SECONDS = 8.0
_PAUSE_SECONDS = 0.5
_DEADLINE_SECONDS = 30.0
_MOST_NOTES = 10_000

# The clocks of other hosts.
_SKEW = timedelta(hours=1)


async def cache_report(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Write the markdown artifact `orchestra-cache` of a flow run whose tasks are cached.

    A hook: `@flow(on_completion=[cache_report], on_failure=[cache_report])`. Where tasks run in
    other processes, it waits up to 8 seconds for what Prefect's server knows of them.
    """
    try:
        await asyncio.wait_for(_write_report(flow, flow_run, state), _DEADLINE_SECONDS)
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        _compat.flow_logger(flow_run, flow).warning(
            "the cache could not write its report: %s", what
        )


def wants_report(flow: Flow[..., Any] | None) -> bool:
    """Whether `cache_report` is a hook of a flow."""
    if flow is None:
        return False
    hooks = (
        flow.on_completion_hooks,
        flow.on_failure_hooks,
        flow.on_crashed_hooks,
        flow.on_cancellation_hooks,
    )
    return any(cache_report in some for some in hooks if some)


async def _write_report(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    known = LEDGER.take(flow_run.id)
    notes, remarks = known.notes, []
    if known.lost:
        remarks.append(f"{known.lost} things were told before these, and are not known any more.")
    async with get_client() as client:
        if not isinstance(flow.task_runner, ThreadPoolTaskRunner):
            others, remark = await _elsewhere(client, flow_run, state)
            notes = _together(notes, others)
            remarks += [remark] if remark else []
        if not notes:
            return
        now = datetime.now(timezone.utc)
        artifact = ArtifactCreate(
            key="orchestra-cache",
            type="markdown",
            description=summary(notes, now=now),
            data=page(notes, remarks, now=now),
            flow_run_id=flow_run.id,
        )
        await client.create_artifact(artifact)


async def _elsewhere(
    client: PrefectClient, flow_run: FlowRun, state: State[Any]
) -> tuple[list[Note], str]:
    """What tasks in other processes told, by Prefect's server, and what to say about that."""
    try:
        stored = await _stored(client, flow_run, state)
        notes = await _told(client, flow_run)
    except Exception as error:
        return [], f"Of tasks in other processes nothing is known: {error}"
    if len(notes) == _MOST_NOTES:
        return notes, f"Of tasks in other processes only {_MOST_NOTES} events were read."
    late = "Tasks in other processes may be missing: their events were not stored in time."
    return notes, "" if stored else late


async def _stored(client: PrefectClient, flow_run: FlowRun, state: State[Any]) -> bool:
    """Whether the server has stored what the tasks told, which it does after a while.

    Events are stored in the order in which they arrive. The end of the flow run is one, too.
    """
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        async for _ in _events(client, flow_run, f"prefect.flow-run.{state.name}"):
            return True
        if time.monotonic() >= until:
            return False
        await asyncio.sleep(_PAUSE_SECONDS)


async def _told(client: PrefectClient, flow_run: FlowRun) -> list[Note]:
    events: list[dict[str, Any]] = []
    async for event in _events(client, flow_run, _PREFIX):
        events.append(event)
        if len(events) == _MOST_NOTES:
            break
    return [
        Note(
            event["resource"]["prefect.resource.id"].removeprefix("prefect.task-run."),
            event["resource"].get("prefect.resource.name", ""),
            event["event"].removeprefix(_PREFIX),
            event["payload"],
        )
        for event in sorted(events, key=lambda event: event["occurred"])
    ]


def _events(client: PrefectClient, flow_run: FlowRun, name: str) -> AsyncIterator[dict[str, Any]]:
    now = datetime.now(timezone.utc)
    return _compat.read_events(
        client,
        [name],
        f"prefect.flow-run.{flow_run.id}",
        since=(flow_run.start_time or now) - _SKEW,
        until=now + _SKEW,
    )


def _together(notes: list[Note], others: list[Note]) -> list[Note]:
    here = {note.run for note in notes}
    return [*notes, *(note for note in others if note.run not in here)]
