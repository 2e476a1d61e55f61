"""How task runs with a single flight end it, and what the engine is told of it."""

from __future__ import annotations

import os
from collections.abc import Callable

from prefect.context import TaskRunContext

from orchestra_cache.attempt import Attempt
from orchestra_cache.events import Hit
from orchestra_cache.prefect.holds import ending, leave
from orchestra_cache.prefect.watching import Watch

__all__ = ["NO_LOCKS", "Airspace", "NoLocks", "airspace"]


class Airspace:
    """The task runs of this process that others may be waiting for.

    The engine forgets the lock of a run that times out, or cannot be given its arguments, right
    after it has got it; then the end of the run is the end of its flight.
    """

    def __init__(self) -> None:
        self._flying: dict[int, tuple[Attempt, Callable[[], bool]]] = {}
        self._watch = Watch(self._flying, self._sweep)

    def enter(self, attempt: Attempt, context: TaskRunContext) -> None:
        """Have an attempt that is about to take off land with its run at the latest."""
        self._flying[id(attempt)] = attempt, ending(context)

    def entered(self, attempt: Attempt) -> None:
        """It has taken off, or found a hit."""
        if isinstance(attempt.found, Hit):
            self._flying.pop(id(attempt), None)
        else:
            self._watch.begin()

    def leave(self, attempt: Attempt) -> None:
        """Let others go on; no event loop waits for that."""
        if self._flying.pop(id(attempt), None) is not None:
            leave(attempt)

    def _sweep(self) -> None:
        for attempt, ended in tuple(self._flying.values()):
            if ended():
                self.leave(attempt)


def airspace() -> Airspace:
    """The one of this process: what was in flight before a fork is not in flight here."""
    process = os.getpid()
    return _spaces.get(process) or _spaces.setdefault(process, Airspace())


_spaces: dict[int, Airspace] = {}


class NoLocks:
    """Prefect's LockManager, and no lock.

    To the engine a single flight is a transaction that is serializable, and that is handed down to
    the transactions inside: without a lock manager those would be an error. It is our result that
    is waited for, and nothing else.
    """

    def acquire_lock(self, *_: object, **__: object) -> bool:
        return True

    async def aacquire_lock(self, *_: object, **__: object) -> bool:
        return True

    def release_lock(self, *_: object, **__: object) -> None:
        """Nothing was locked."""

    def is_locked(self, *_: object, **__: object) -> bool:
        return False

    def is_lock_holder(self, *_: object, **__: object) -> bool:
        return True

    def wait_for_lock(self, *_: object, **__: object) -> bool:
        return True

    async def await_for_lock(self, *_: object, **__: object) -> bool:
        return True


NO_LOCKS = NoLocks()
