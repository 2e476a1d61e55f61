"""How the engine's reads and writes of one task run become a lookup and a publish.

The engine asks a result store whether there is a result, reads it, and hands over what was
computed. For the key of the run those are one lookup and one publish, and values change hands as
they are. What else passes through a task run (results of tasks and flows that it calls, errors)
goes where it would without a cache.
"""

from __future__ import annotations

import copy
from typing import Any

from prefect.context import TaskRunContext
from prefect.results import ResultRecord, ResultStore
from prefect.transactions import get_transaction
from pydantic import PrivateAttr

from orchestra_cache.attempt import Attempt
from orchestra_cache.events import Hit, Uncached, emit
from orchestra_cache.observers import logs
from orchestra_cache.prefect import _compat
from orchestra_cache.threads import in_thread

__all__ = ["AttemptStore"]


class AttemptStore(ResultStore):
    """The result store of one task run, of which one key lies in one of our caches."""

    _given: ResultStore = PrivateAttr()
    _context: TaskRunContext = PrivateAttr()
    _attempt: Attempt = PrivateAttr()
    _record: ResultRecord[Any] | None = PrivateAttr(default=None)
    _value: Any = PrivateAttr(default=None)

    @classmethod
    def of(cls, attempt: Attempt, context: TaskRunContext) -> AttemptStore:
        """A store around the one that the task run has."""
        given = context.result_store
        store = cls.model_construct(given.model_fields_set, **dict(given))
        store._given, store._context, store._attempt = given, context, attempt
        return store

    def exists(self, key: str) -> bool:
        if not self._is_own(key):
            return self._given.exists(key)
        with logs.writing_to(_compat.run_logger(self._context)):
            self._attempt.look_up()
        return isinstance(self._attempt.found, Hit)

    def read(self, key: str, holder: str | None = None) -> ResultRecord[Any]:
        found = self._attempt.found
        if not self._is_own(key) or not isinstance(found, Hit):
            return self._given.read(key, holder)
        # Of the same verified bytes as `exists`: nothing can break in between.
        return super().create_result_record(found.value, key)

    def create_result_record(
        self, obj: Any, key: str | None = None, expiration: Any = None
    ) -> ResultRecord[Any]:
        record = super().create_result_record(obj, key, expiration)
        if self._is_own(key):
            self._record, self._value = record, self._as_returned(obj)
        return record

    def persist_result_record(
        self, result_record: ResultRecord[Any], holder: str | None = None
    ) -> None:
        if result_record is not self._record:
            self._given.persist_result_record(result_record, holder)
        elif _compat.completed(self._context):
            self._publish()

    async def aexists(self, key: str) -> bool:
        if not self._is_own(key):
            return await self._given.aexists(key)
        return await in_thread(self.exists, key)

    async def aread(self, key: str, holder: str | None = None) -> ResultRecord[Any]:
        if not self._is_own(key):
            return await self._given.aread(key, holder)
        return self.read(key, holder)

    async def apersist_result_record(
        self, result_record: ResultRecord[Any], holder: str | None = None
    ) -> None:
        if result_record is not self._record:
            await self._given.apersist_result_record(result_record, holder)
            return
        await in_thread(self.persist_result_record, result_record, holder)

    def update_for_task(self, task: Any, **how: Any) -> Any:
        """What the task calls gets a store made of the one that was there before."""
        return self._given.update_for_task(task, **how)

    def update_for_flow(self, flow: Any, **how: Any) -> Any:
        return self._given.update_for_flow(flow, **how)

    async def aupdate_for_task(self, task: Any) -> ResultStore:
        return await self._given.aupdate_for_task(task)

    async def aupdate_for_flow(self, flow: Any) -> ResultStore:
        return await self._given.aupdate_for_flow(flow)

    def _is_own(self, key: str | None) -> bool:
        return self._attempt.recipe is not None and key == str(self._attempt.recipe.key)

    def _publish(self) -> None:
        with logs.writing_to(_compat.run_logger(self._context)):
            if self._attempt.found is None and self._attempt.policy.mode != "readonly":
                # The engine does not ask what is there when it is told to refresh.
                self._attempt.refresh()
            self._attempt.finish(self._value)

    def _as_returned(self, value: Any) -> Any:
        """The value as it is now: in a transaction around the task's own it is published later."""
        transaction = get_transaction()
        if transaction is None or transaction.get_parent() is None:
            return value
        try:
            return copy.deepcopy(value)
        except Exception as error:
            with logs.writing_to(_compat.run_logger(self._context)):
                emit(Uncached.because(self._context.task.name, error))
            self._attempt.recipe = None
        return value
