"""What a person sees in Prefect of one task run: lines in its log, and events about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

from prefect.context import FlowRunContext, TaskRunContext
from prefect.events import emit_event

from orchestra_cache.details import clean, details
from orchestra_cache.events import Event, Failed, Hit, Miss, Published, Uncached, subscribe
from orchestra_cache.observers import logs
from orchestra_cache.prefect import _compat
from orchestra_cache.prefect.ledger import Note
from orchestra_cache.prefect.report import LEDGER, wants_report

__all__ = ["telling"]

_KINDS: dict[type[Event], str] = {
    Hit: "hit",
    Miss: "miss",
    Published: "published",
    Uncached: "uncached",
    Failed: "failed",
}

_context: ContextVar[TaskRunContext | None] = ContextVar("orchestra_cache_task_run", default=None)


@contextmanager
def telling(context: TaskRunContext) -> Iterator[None]:
    """Let what happens inside be logged with the task run, and sent as events about it.

    Put it around what the cache does for the run, and not around the task's function: the tasks
    that it calls have runs of their own.
    """
    token = _context.set(context)
    try:
        with logs.writing_to(partial(_compat.run_logger, context)):
            yield
    finally:
        _context.reset(token)


def _tell(event: Event) -> None:
    context, kind = _context.get(), _KINDS.get(type(event))
    if context is None or kind is None:
        return
    told = {"task": clean(event.task), "key": event.key, **details(event)}
    _note(context, kind, told)
    run = context.task_run
    # Only put in a queue here. Its thread adds flow run, flow and deployment, as it does for the
    # events that Prefect itself sends of a task run.
    emit_event(
        f"orchestra-cache.{kind}",
        {
            "prefect.resource.id": f"prefect.task-run.{run.id}",
            "prefect.resource.name": run.name,
        },
        related=[
            {"prefect.resource.id": f"prefect.tag.{tag}", "prefect.resource.role": "tag"}
            for tag in sorted(run.tags)
        ],
        payload=told,
    )


def _note(context: TaskRunContext, kind: str, details: dict[str, Any]) -> None:
    around, run = FlowRunContext.get(), context.task_run
    if run.flow_run_id is not None and around is not None and wants_report(around.flow):
        LEDGER.add(run.flow_run_id, Note(str(run.id), run.name, kind, details))


subscribe(_tell)
