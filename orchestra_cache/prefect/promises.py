"""What the state of a task run promises: that its result lies where Prefect keeps results."""

from __future__ import annotations

from typing import Any

from prefect.context import TaskRunContext
from prefect.results import ResultRecord, ResultStore

from orchestra_cache.events import Failed, emit
from orchestra_cache.prefect import _compat
from orchestra_cache.prefect.refs import load_refs
from orchestra_cache.prefect.runs import working

__all__ = ["Awaited", "NotPromised", "promise_of"]


class NotPromised:
    """The result lies in a cache, or nowhere, and the state does not say anything else.

    Prefect then says to a reader in another process that results are not persisted; and not that
    there is no file at a path that never was.
    """

    awaited = False

    def __init__(self, context: TaskRunContext) -> None:
        self._context = context

    def make(self) -> None:
        """Come before the state does."""
        _compat.promise_nothing(self._context)

    def keep(self, record: ResultRecord[Any]) -> None:
        """There is nothing to keep."""


class Awaited:
    """The result is written where Prefect writes results, whatever else becomes of it.

    Somebody put the task off, and has nothing but its state to read the result by. They may have
    no cache, and no class of ours: they get the value.
    """

    awaited = True

    def __init__(self, context: TaskRunContext, given: ResultStore) -> None:
        self._context = context
        # The lock of the key is held for this task run, under a name of the engine's.
        changed = {"cache_result_in_memory": False, "lock_manager": None}
        self._given = given.model_copy(update=changed)

    def make(self) -> None:
        """The engine makes it."""

    def keep(self, record: ResultRecord[Any]) -> None:
        """Write a result; on a hit, too: what lies there may be an older one."""
        try:
            read = {"result": record.result}
            load_refs(read)
            self._given.persist_result_record(record.model_copy(update=read))
        except Exception as error:
            with working(self._context):
                key = record.metadata.storage_key or ""
                name = self._context.task.name
                emit(Failed(name, key, "write the result for who waits for it", error))


def promise_of(context: TaskRunContext) -> Awaited | NotPromised:
    """What becomes of the promise of one task run whose result a cache has."""
    if _compat.deferred(context):
        return Awaited(context, context.result_store)
    return NotPromised(context)
