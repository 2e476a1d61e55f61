"""Every name of Prefect that is not public, and all that depends on its version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prefect.context import FlowRunContext, TaskRunContext
from prefect.logging.loggers import task_run_logger

try:  # from 3.7 on
    from prefect._internal.result_records import ResultRecordMetadata
except ImportError:
    from prefect.results import ResultRecordMetadata

if TYPE_CHECKING:
    from prefect.filesystems import WritableFileSystem
    from prefect.serializers import Serializer

    from orchestra_cache.observers.logs import Logger

__all__ = ["producer", "record", "redirect", "run_logger"]


def redirect(
    context: TaskRunContext,
    *,
    values: WritableFileSystem,
    records: WritableFileSystem,
    serializer: Serializer,
) -> None:
    """Point a task run's result store at our storage.

    The engine hands the very object that is in the context to the transaction that it opens right
    after the key was computed.
    """
    store: Any = context.result_store
    store.result_storage = values
    store.metadata_storage = records
    store.serializer = serializer
    # Prefect's memory cache hands one object to every task of a flow: a change would be shared.
    store.cache_result_in_memory = False


def record(key: str, serializer: Serializer) -> bytes:
    """What the engine expects to find as the record of a result."""
    return ResultRecordMetadata(storage_key=key, serializer=serializer).dump_bytes()


def run_logger(context: TaskRunContext) -> Logger:
    """The logger whose lines Prefect shows with the task run."""
    return task_run_logger(context.task_run, task=context.task)


def producer(context: TaskRunContext) -> str:
    """Who computes this, in Prefect's words."""
    flow = FlowRunContext.get()
    run = f"flow run {flow.flow_run.name}, " if flow is not None and flow.flow_run else ""
    return f"Prefect {run}task run {context.task_run.name}"
