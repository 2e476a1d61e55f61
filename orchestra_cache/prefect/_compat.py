"""Every name of Prefect that is not public, and all that depends on its version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prefect.context import FlowRunContext, TaskRunContext
from prefect.logging.loggers import task_run_logger

if TYPE_CHECKING:
    from prefect.results import ResultStore

    from orchestra_cache.observers.logs import Logger

__all__ = ["completed", "producer", "redirect", "run_logger"]


def redirect(context: TaskRunContext, store: ResultStore) -> None:
    """Give a task run another result store.

    The engine takes the store for the transaction from the context right after the key was
    computed, and later the one that it makes the record of the result with.
    """
    context.result_store = store


def completed(context: TaskRunContext) -> bool:
    """Whether the task run succeeded: a task may also return that it failed."""
    state = context.task_run.state
    return state is not None and state.is_completed()


def run_logger(context: TaskRunContext) -> Logger:
    """The logger whose lines Prefect shows with the task run."""
    return task_run_logger(context.task_run, task=context.task)


def producer(context: TaskRunContext) -> str:
    """Who computes this, in Prefect's words."""
    flow = FlowRunContext.get()
    run = f"flow run {flow.flow_run.name}, " if flow is not None and flow.flow_run else ""
    return f"Prefect {run}task run {context.task_run.name}"
