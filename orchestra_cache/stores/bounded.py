"""A store that may keep its callers waiting only so long: a budget of time, and a breaker."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import Any, Protocol, TypeVar

from orchestra_cache.errors import StoreError
from orchestra_cache.stores.base import Buffer, Listed, Store, Stored
from orchestra_cache.stores.wrapping import Wrapper

__all__ = ["BoundedStore", "Breaker", "Watched", "bounded", "quarter_of", "within"]

T = TypeVar("T")

# How long a store that has failed is left alone: a fleet that comes back at once would not help it.
_PAUSE = 30.0

# What importing a large library takes on a machine with much else to do.
_OPENING = 30.0

# An error that comes at once costs nobody anything; several in a row are an outage.
_ERRORS = 3


class Watched(Store, Protocol):
    """A store that tells how its transfers get on.

    Attributes:
        progress: Called with the number of bytes that have moved, from whatever thread moves them.
    """

    progress: Callable[[int], object] | None

    def open(self) -> None:
        """Load what leads to the store: that takes a second and asks nobody."""


class Breaker:
    """Whether a store is to be asked, by how it did of late.

    Args:
        clock: Seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._again = 0.0

    def admits(self) -> bool:
        """Whether to ask the store; after a pause one caller may, and everybody if that works."""
        now = self._clock()
        if now < self._again:
            return False
        if self._failures >= _ERRORS:
            self._again = now + _PAUSE
        return True

    @property
    def open(self) -> bool:
        """Whether the store is left alone now; nobody's turn to try it is taken."""
        return self._clock() < self._again

    def failed(self, *, outage: bool) -> None:
        """Count an operation that failed; an outage (time ran out) opens at once."""
        self._failures = _ERRORS if outage else self._failures + 1
        if self._failures >= _ERRORS:
            self._again = self._clock() + _PAUSE

    def worked(self) -> None:
        self._failures, self._again = 0, 0.0


class BoundedStore(Wrapper[Watched]):
    """A store whose operations fail when for a while nothing moves, however long they take.

    Reads and writes have a breaker each: where nobody may write any more, hits go on. What cannot
    be read is not written to either, so that an outage costs a task its budget once.

    Args:
        budget: How long nothing may move.
        reading: Shared by all who ask the same place in this process, and so is `writing`.
    """

    def __init__(
        self,
        store: Watched,
        *,
        budget: timedelta,
        reading: Breaker | None = None,
        writing: Breaker | None = None,
    ) -> None:
        super().__init__(store)
        self._budget = budget.total_seconds()
        self._reading = reading or Breaker()
        self._writing = writing or Breaker()
        self._opened_by = 0
        store.progress = _move

    def get(self, name: str) -> Stored | None:
        return self._read(self._store.get, name)

    def size(self, name: str) -> int | None:
        return self._read(self._store.size, name)

    def put(self, name: str, pieces: Sequence[Buffer]) -> bool:
        return self._write(self._store.put, name, pieces)

    def exchange(self, name: str, data: Buffer, *, version: str | None) -> str | None:
        return self._write(self._store.exchange, name, data, version=version)

    def delete(self, name: str, *, version: str | None = None) -> bool:
        return self._write(self._store.delete, name, version=version)

    def iter(self, prefix: str) -> Iterator[Listed]:
        # Who lists has come to stay: there is no task that waits.
        return self._store.iter(prefix)

    def _read(self, work: Callable[..., T], *args: Any) -> T:
        return self._watched(self._reading, work, *args)

    def _write(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        if self._reading.open:
            raise self._left_alone()
        return self._watched(self._writing, work, *args, **kwargs)

    def _watched(self, breaker: Breaker, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        if not breaker.admits():
            raise self._left_alone()
        budget = min(self._budget, _most.get())
        try:
            self._open()
            value: T = self._wait(_Job(lambda: work(*args, **kwargs)), budget)
        except StoreError as error:
            stalled = isinstance(error, _StalledError)
            # What is too slow for a task in a hurry may be fast enough for others.
            if not stalled or budget == self._budget:
                breaker.failed(outage=stalled)
            raise
        breaker.worked()
        return value

    def _open(self) -> None:
        """Import the libraries, once per process: their time is not the store's."""
        if self._opened_by != os.getpid():
            self._wait(_Job(self._store.open), max(self._budget, _OPENING))
            self._opened_by = os.getpid()

    def _wait(self, job: _Job, budget: float) -> Any:
        threading.Thread(target=job.run, name="orchestra-cache", daemon=True).start()
        while not job.done.wait(job.moved + budget - time.monotonic()):
            if job.moved + budget <= time.monotonic():
                raise _StalledError(
                    f"the cache at {self.url} made no progress for {budget:g} s",
                    "check the network and the store, or allow more with `budget=`",
                )
        return job.result()

    def _left_alone(self) -> StoreError:
        return StoreError(
            f"the cache at {self.url} did not work a moment ago and is left alone",
            f"it is asked again within {_PAUSE:.0f} s",
        )


@contextmanager
def quarter_of(timeout: float | None) -> Iterator[None]:
    """Let no operation in here wait longer without progress than a quarter of a task's own time.

    Args:
        timeout: Seconds; None or nothing if the task may take as long as it likes.
    """
    token = _most.set(timeout / 4 if timeout else math.inf)
    try:
        yield
    finally:
        _most.reset(token)


def within(budget: timedelta, work: Callable[[], T]) -> T:
    """Do what else a task has to wait for as if it were a store's: in its budget, or not at all.

    Raises:
        TimeoutError: It is not done by then; its thread may go on.
    """
    seconds, job = min(budget.total_seconds(), _most.get()), _Job(work)
    threading.Thread(target=job.run, name="orchestra-cache", daemon=True).start()
    if not job.done.wait(seconds):
        raise TimeoutError(f"no answer within {seconds:g} s")
    value: T = job.result()
    return value


_most: ContextVar[float] = ContextVar("orchestra_cache_most_seconds", default=math.inf)

_known: dict[str, tuple[Breaker, Breaker]] = {}


def bounded(store: Watched, budget: timedelta, *, origin: str) -> BoundedStore:
    """A store with the breakers of its place: what one task of this process found out, all know."""
    reading, writing = _known.setdefault(origin, (Breaker(), Breaker()))
    return BoundedStore(store, budget=budget, reading=reading, writing=writing)


_current: ContextVar[_Job | None] = ContextVar("orchestra_cache_job", default=None)


def _move(_: int) -> None:
    """Bytes have moved: for the operation that waits for them, and no other."""
    job = _current.get()
    if job is not None:
        job.moved = time.monotonic()


class _StalledError(StoreError):
    """Time ran out."""


class _Job:
    """Work in a thread that nobody has to wait for: it may never end."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self._value: Any = None
        self._error: BaseException | None = None
        self.done = threading.Event()
        self.moved = time.monotonic()

    def run(self) -> None:
        # Libraries hand the context on to the threads that work for this one.
        _current.set(self)
        try:
            self._value = self._work()
        except BaseException as error:
            self._error = error
        self.done.set()

    def result(self) -> Any:
        if self._error is not None:
            raise self._error
        return self._value
