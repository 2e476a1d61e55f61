"""What becomes of the result of one task run: found, or kept when it is there."""

from __future__ import annotations

import copy
from contextlib import suppress
from typing import Any

from prefect.context import TaskRunContext
from prefect.results import ResultRecord
from prefect.transactions import get_transaction

from orchestra_cache.errors import IntegrityError, StoreError
from orchestra_cache.events import Hit, Uncached, emit
from orchestra_cache.prefect import _compat
from orchestra_cache.prefect.flying import airspace
from orchestra_cache.prefect.functions import call
from orchestra_cache.prefect.refs import TaskRef, load_refs
from orchestra_cache.prefect.runs import TaskAttempt, working
from orchestra_cache.stores.layout import entry_name

__all__ = ["Keeping"]


class Keeping:
    """The result of one task run in our cache.

    Attributes:
        own: What the engine calls the result; None if it is not to be kept after all.
    """

    def __init__(self, task: TaskAttempt, context: TaskRunContext) -> None:
        self.own: str | None = task.name
        self._task, self._attempt = task, task.attempt
        self._context = context
        self._value: Any = None
        self._published = False
        self._declined = False

    def owns(self, key: str | None) -> bool:
        return key is not None and key == self.own

    def look(self) -> bool:
        """Whether there is a result. If not, the task is going to run."""
        with working(self._context):
            if self._attempt.found is None:
                self._attempt.look()
                self._check()
                self._attempt.tell()
            else:
                self._check()
            if isinstance(self._attempt.found, Hit):
                return True
            if self._context.task.retries:
                self._task.tries.remember(self._context.task_run.id, self._attempt)
            load_refs(self._task.inputs)
        return False

    def _check(self) -> None:
        """See to it that what was found is there."""

    def enter(self) -> None:
        """Look, and wait while another computes the same; from then on, others wait for us."""
        with working(self._context):
            airspace().enter(self._attempt, self._context)
            self._attempt.enter()
            airspace().entered(self._attempt)

    async def aenter(self) -> None:
        with working(self._context):
            airspace().enter(self._attempt, self._context)
            await self._attempt.aenter()
            airspace().entered(self._attempt)

    def leave(self) -> None:
        airspace().leave(self._attempt)

    @property
    def found(self) -> Any:
        """What was found, as the task hands it out."""
        found = self._attempt.found
        value = found.value if isinstance(found, Hit) else None
        return TaskRef(value, self._again) if self._task.refs else value

    def take(self, record: ResultRecord[Any]) -> None:
        """Have what the task returned; it is published when the engine says so."""
        self._value = record.result
        transaction = get_transaction()
        if transaction is None or transaction.get_parent() is None:
            return
        # It is published when the outermost transaction ends, and may be another by then.
        self.leave()
        if not self._published:
            self._copy()

    def publish(self) -> None:
        """Keep what was taken, unless the task run did not succeed."""
        if _compat.completed(self._context) and not (self._published or self._declined):
            with working(self._context):
                self._finish(self._value)

    def stand_in(self, value: object) -> TaskRef:
        """Keep a result before the task hands it out, and give a Ref to it."""
        with working(self._context):
            self._published = True
            return TaskRef(self._finish(value))

    def decline(self) -> None:
        """Do not keep what the task is going to return: the engine makes something else of it."""
        self._declined = True

    def undo(self) -> None:
        """Take back what was published before the engine said so; what was there is there again."""
        attempt = self._attempt
        if attempt.recipe is None or attempt.written is None:
            return
        store, name = (
            attempt.entries.store,
            entry_name(attempt.entries.namespace, attempt.recipe.key),
        )
        with working(self._context), suppress(StoreError):
            if attempt.stored is None:
                store.delete(name, version=attempt.written)
            else:
                store.exchange(name, attempt.stored.data, version=attempt.written)

    def _finish(self, value: object) -> object:
        if self._attempt.found is None and self._attempt.policy.mode != "readonly":
            # The engine does not ask what is there when it is told to refresh.
            self._attempt.refresh()
        return self._attempt.finish(value)

    def _again(self) -> Any:
        """Compute a result that was found, and is gone.

        Raises:
            IntegrityError: The task would be given something else by now.
        """
        arguments = dict(self._task.inputs)
        with working(self._context):
            attempt = self._task.renewed()
            if attempt.recipe is None or str(attempt.recipe.key) != self._task.key:
                raise IntegrityError(
                    "the stored output of a task is gone, and what made it has changed since",
                    "run the task again",
                )
            load_refs(arguments)
            if attempt.policy.mode != "readonly":
                attempt.refresh()
        value = call(self._context.task, arguments)
        with working(self._context):
            attempt.finish(value)
        return value

    def _copy(self) -> None:
        try:
            self._value = copy.deepcopy(self._value)
        except Exception as error:
            with working(self._context):
                emit(self._uncopied(error))
            self.own = None
            self.decline()

    def _uncopied(self, error: Exception) -> Uncached:
        reason = f"its result cannot be copied: {type(error).__name__}: {error}"
        hint = "a task inside of another is kept when that one ends, as it was: return plain data"
        return Uncached(self._attempt.declaration.task, self._task.key, reason, hint)
