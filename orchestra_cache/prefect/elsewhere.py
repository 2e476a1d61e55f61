"""The result of a task run whose value Prefect keeps, where the user has said."""

from __future__ import annotations

from typing import Any

from prefect.context import TaskRunContext
from prefect.results import ResultRecord

from orchestra_cache.events import Failed, Hit, emit
from orchestra_cache.prefect import _compat
from orchestra_cache.prefect.keeping import Keeping
from orchestra_cache.prefect.refs import TaskRef
from orchestra_cache.prefect.runs import TaskAttempt, working

__all__ = ["KeptElsewhere"]

# What the cache has of such a result; the recipe says so, too, and is no other's.
_MARKER = "kept by Prefect"


class KeptElsewhere(Keeping):
    """A value in the storage of the user, and an entry that says what it depends on."""

    def __init__(self, task: TaskAttempt, context: TaskRunContext) -> None:
        super().__init__(task, context)
        # What it has in memory is handed to everyone, who may change it; and its lock is ours.
        changed = {"cache_result_in_memory": False, "lock_manager": None}
        self._theirs = context.result_store.model_copy(update=changed)
        self._record: ResultRecord[Any] | None = None

    def _check(self) -> None:
        if not isinstance(self._attempt.found, Hit):
            return
        try:
            self._record = self._theirs.read(self._task.name)
        except Exception as error:
            self._attempt.lost(error)

    @property
    def found(self) -> Any:
        value = None if self._record is None else self._record.result
        return TaskRef(value) if self._task.refs else value

    def take(self, record: ResultRecord[Any]) -> None:
        super().take(record)
        self._record = record

    def publish(self) -> None:
        if self._record is None or self._declined or not _compat.completed(self._context):
            return
        with working(self._context):
            if not self._may_keep():
                return
        # As it was when the task returned it.
        value = self._value.load() if isinstance(self._value, TaskRef) else self._value
        record = self._record.model_copy(update={"result": value})
        self._theirs.persist_result_record(record)
        with working(self._context):
            self._finish(_MARKER)

    def _may_keep(self) -> bool:
        """Whether an entry will say what the value depends on: without one it is nobody's."""
        try:
            if self._attempt.found is None and self._attempt.policy.mode != "readonly":
                self._attempt.refresh()
            return self._attempt.may_keep()
        except Exception as error:
            emit(Failed(self._attempt.declaration.task, self._task.key, "publish", error))
            return False

    def stand_in(self, value: object) -> TaskRef:
        return TaskRef(value)
