"""What the state of a task run promises: that its result lies where Prefect keeps results."""

from __future__ import annotations

from typing import Any

from prefect.context import TaskRunContext
from prefect.results import ResultRecord

from orchestra_cache.environment import name_of
from orchestra_cache.events import Failed, emit
from orchestra_cache.prefect import _compat
from orchestra_cache.prefect.functions import original
from orchestra_cache.prefect.refs import load_refs
from orchestra_cache.prefect.runs import working

__all__ = ["Promise", "promise_of"]


class Promise:
    """The result is written there by whoever keeps it.

    Attributes:
        says_where: Whether the state names the place.
    """

    says_where = True

    def __init__(self, context: TaskRunContext) -> None:
        self._context = context

    def make(self) -> None:
        """Come before the state does."""

    def keep(self, record: ResultRecord[Any]) -> None:
        """Come after what the cache does with the result."""


class NotPromised(Promise):
    """The result lies in a cache, or nowhere, and the state says nothing else.

    To a reader in another process Prefect then says that results are not persisted; and not that
    there is no file at a path that never was.
    """

    says_where = False

    def make(self) -> None:
        _compat.promise_nothing(self._context)


class Noticed(Promise):
    """Somebody who put the task off waits for its end, be it that of a hit."""

    def make(self) -> None:
        _compat.counts_as_computed()


class Awaited(Noticed):
    """And has nothing but the state to read the result by: it is written there as well.

    They may have no cache, and no class of ours: they get the value.
    """

    def __init__(self, context: TaskRunContext) -> None:
        super().__init__(context)
        self._given = context.result_store

    def keep(self, record: ResultRecord[Any]) -> None:
        """Write a result, on a hit, too: what lies there may be an older one."""
        # The lock of the key is held for this task run, under a name of the engine's.
        changed = {"cache_result_in_memory": False, "lock_manager": None}
        try:
            read = {"result": record.result}
            load_refs(read)
            self._given.model_copy(update=changed).persist_result_record(
                record.model_copy(update=read)
            )
        except Exception as error:
            with working(self._context):
                name = name_of(original(self._context.task))
                key = record.metadata.storage_key or ""
                emit(Failed(name, key, "write the result for who waits for it", error))


def promise_of(context: TaskRunContext, *, elsewhere: bool) -> Promise:
    """What becomes of the promise of one task run, whose result may be kept elsewhere."""
    if _compat.deferred(context):
        return (Noticed if elsewhere else Awaited)(context)
    return (Promise if elsewhere else NotPromised)(context)
