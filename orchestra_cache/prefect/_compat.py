"""Every name of Prefect that is not public, and all that depends on its version."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from prefect.context import ContextModel, FlowRunContext, TaskRunContext
from prefect.logging.loggers import flow_run_logger, task_run_logger
from prefect.settings import PREFECT_TASKS_REFRESH_CACHE
from prefect.transactions import TransactionState, get_transaction

if TYPE_CHECKING:
    from prefect import Flow
    from prefect.client.orchestration import PrefectClient
    from prefect.client.schemas.objects import FlowRun
    from prefect.results import ResultStore

    from orchestra_cache.observers.logs import Logger

__all__ = [
    "block_fields",
    "completed",
    "counts_as_computed",
    "deferred",
    "dispensable",
    "flow_logger",
    "left",
    "name_of_block",
    "overwrites",
    "producer",
    "producing",
    "promise_nothing",
    "read_events",
    "redirect",
    "run_logger",
    "variable",
    "within",
]


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


def deferred(context: TaskRunContext) -> bool:
    """Whether the task was put off, `task.delay()`, and runs in a process that serves it.

    Its run has a time that it was scheduled for, and no other has. The state that says so
    is gone when the task runs.
    """
    return context.task_run.next_scheduled_start_time is not None


def counts_as_computed() -> None:
    """Let the engine end a task run as if what was found had been computed.

    It then ends as `Completed`. Of a run that ends as `Cached`, which is another event, nobody who
    waits for it in another process is ever told. The engine has the result written as well, and
    calls the hooks for that.
    """
    transaction = get_transaction()
    if transaction is not None and transaction.is_committed():
        transaction.state = TransactionState.ACTIVE


def promise_nothing(context: TaskRunContext) -> None:
    """Let the state of a task run not say where its result lies.

    To be said when the result is there, for tasks that it calls ask the same. Whether it is
    written, the engine asked before.
    """
    context.persist_result = False


def name_of_block(block: object) -> str:
    """The name that a block was saved under."""
    return getattr(block, "_block_document_name", None) or ""


def overwrites(context: TaskRunContext) -> bool:
    """Whether the engine will compute the result without asking for one."""
    refresh = context.task.refresh_cache
    return bool(PREFECT_TASKS_REFRESH_CACHE.value() if refresh is None else refresh)


def left(context: ContextModel) -> bool:
    """Whether a run is over whose context this is: all that it did has been done.

    Its state says so before its result is written.
    """
    return context._token is None


@contextmanager
def within(context: TaskRunContext) -> Iterator[None]:
    """Let a task run be the current one again."""
    token = TaskRunContext.__var__.set(context)
    try:
        yield
    finally:
        TaskRunContext.__var__.reset(token)


def run_logger(context: TaskRunContext) -> Logger:
    """The logger whose lines Prefect shows with the task run."""
    return task_run_logger(context.task_run, task=context.task)


def producer(context: TaskRunContext) -> str:
    """Who computes this, in Prefect's words."""
    flow = FlowRunContext.get()
    run = f"flow run {flow.flow_run.name}, " if flow is not None and flow.flow_run else ""
    return f"Prefect {run}task run {context.task_run.name}"


def producing() -> str:
    """Who is at work here, in Prefect's words."""
    task, flow = TaskRunContext.get(), FlowRunContext.get()
    if task is not None:
        return producer(task)
    return f"Prefect flow run {flow.flow_run.name}" if flow and flow.flow_run else "Prefect"


def dispensable(path: str, content: bytes) -> bool:
    """Whether nobody is worse off without what the engine writes: a record of a result.

    Without a record there is no result. A value that was not written, of which there is a record
    elsewhere, fails tasks; and who puts a task off leaves its parameters behind.
    """
    record = content.startswith((b'{"metadata":', b'{"storage_key":'))
    return record and not path.startswith("parameters/")


def flow_logger(flow_run: FlowRun, flow: Flow[..., Any]) -> Logger:
    """The logger whose lines Prefect shows with the flow run."""
    return flow_run_logger(flow_run, flow)


async def read_events(
    client: PrefectClient, names: list[str], resource: str, *, since: datetime, until: datetime
) -> AsyncIterator[dict[str, Any]]:
    """Stored events whose names begin so and that have to do with a resource, in no order.

    The client's own method asks for larger pages than servers give.
    """
    wanted = {
        "event": {"prefix": names},
        "any_resource": {"id": [resource]},
        "occurred": {"since": since.isoformat(), "until": until.isoformat()},
    }
    answer = await client._client.post("/events/filter", json={"filter": wanted})
    while True:
        answer.raise_for_status()
        found = answer.json()
        for event in found["events"]:
            yield event
        if not found["next_page"]:
            return
        # Of the address only the token: a server behind a proxy calls itself by another name.
        token = parse_qs(urlsplit(found["next_page"]).query)["page-token"]
        answer = await client._client.get("/events/filter/next", params={"page-token": token})


def variable(name: str, default: object) -> object:
    """The value of a variable, asked for by a blocking call also where an event loop runs."""
    from prefect.variables import Variable

    get: Any = Variable.get
    return get(name, default, _sync=True)


def block_fields(place: str) -> object:
    """What a saved block says, given by `type/name`; read in the same way."""
    from prefect.blocks.core import Block

    load: Any = Block.load
    return _fields(load(place, _sync=True))


def _fields(held: Any) -> object:
    """The fields of a block and of those in it: the rest of it says where it is saved."""
    from prefect.blocks.core import Block

    if isinstance(held, Block):
        kind = type(held)
        fields = {name: _fields(getattr(held, name)) for name in kind.model_fields}
        return kind.get_block_type_slug(), fields
    if isinstance(held, dict):
        return {name: _fields(value) for name, value in held.items()}
    return [_fields(value) for value in held] if isinstance(held, list) else held
