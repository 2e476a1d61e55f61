"""What a task run read when the engine asked whether there is a result, for when it reads it.

The engine reads twice for a hit, and a second read that fails is a failed task whose lock nobody
gives back.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field

from prefect.context import TaskRunContext
from prefect.transactions import get_transaction

__all__ = ["Readings"]


@dataclass
class Readings:
    """The first reading of each task run that goes on, until it is read again or written to."""

    # Not part of what a block is: of two that are configured alike one is as good as the other.
    _first: dict[int, tuple[str | None, bytes | None]] = field(default_factory=dict, compare=False)

    def __reduce__(self) -> tuple[object, ...]:
        # Task runs do not travel.
        return Readings, ()

    def keep(self, path: str, content: bytes | None) -> None:
        """Note what was read, if it is the first that this task run reads.

        The engine asks before the task has a chance to read anything itself.
        """
        context = TaskRunContext.get()
        if context is None or id(context) in self._first:
            return
        self._first[id(context)] = path, content
        weakref.finalize(context, self._first.pop, id(context), None).atexit = False

    def again(self, path: str) -> bytes | None:
        """What the engine was given when it asked for the result of this task run, once."""
        transaction = get_transaction()
        if transaction is None or transaction.key != path:
            return None
        return self._taken(path)

    def drop(self, path: str) -> None:
        self._taken(path)

    def _taken(self, path: str) -> bytes | None:
        context = id(TaskRunContext.get())
        first, content = self._first.get(context, (None, None))
        if first != path:
            return None
        # What is read next is not the first.
        self._first[context] = None, None
        return content
