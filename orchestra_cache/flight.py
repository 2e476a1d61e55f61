"""One computes, the others wait and then hit: how a call that missed waits for its turn."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Generator, Iterator
from concurrent import futures
from contextlib import contextmanager, suppress
from contextvars import ContextVar, Token
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from orchestra_cache.claim import Claim, Claims
from orchestra_cache.events import Waited, Waiting, emit

if TYPE_CHECKING:
    from orchestra_cache.leases import Leases

__all__ = ["Flight", "Flights"]

_FIRST_PAUSE_SECONDS = 0.005


class Flights:
    """The calls of one cache that this process computes now, by the names of their leases."""

    def __init__(self, leases: Leases) -> None:
        self.claims = Claims(leases)
        self._process = 0
        self._flying: dict[str, Flight] = {}

    def joined(self, flight: Flight) -> Flight:
        """The flight of this name: the one that was first."""
        if self._process != os.getpid():
            # The threads that computed stayed in the process that this one is a fork of.
            self._process, self._flying = os.getpid(), {}
        return self._flying.setdefault(flight.name, flight)

    def landed(self, flight: Flight) -> None:
        if self._flying.get(flight.name) is flight:
            del self._flying[flight.name]


class Flight:
    """One call that missed: it waits while another computes the same, and then flies.

    Args:
        name: Of the lease.
        task: For events, as is `key`.
        limit: How long to wait before computing anyway.
        look: Looks again, and returns whether that was a hit.
    """

    def __init__(
        self,
        flights: Flights,
        name: str,
        *,
        task: str,
        key: str,
        limit: timedelta,
        look: Callable[[], bool],
    ) -> None:
        self.name = name
        self.claim = Claim(flights.claims, name, task=task, key=key)
        self.done: futures.Future[None] = futures.Future()
        self._flights = flights
        self._task, self._key = task, key
        self._limit = limit.total_seconds()
        self._look = look
        self._process = os.getpid()
        self._around = [flight for flight in _aloft.get() if not flight.done.done()]
        self._waiting: tuple[float, str] | None = None
        self._turns = self._take_turns()
        # A coroutine that is cancelled leaves its step behind in a thread.
        self._stepping = threading.Lock()

    def __enter__(self) -> Flight:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()

    async def __aenter__(self) -> Flight:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        import asyncio

        from orchestra_cache.threads import in_thread

        if kind is GeneratorExit:
            # The event loop is gone, and nobody would carry out what is awaited.
            self.leave()
        else:
            await asyncio.shield(in_thread(self.leave))

    def wait(self) -> None:
        """Return when the call was looked up as a hit, or is ours to compute."""
        while (pause := self._step()) is not None:
            pause.block()

    async def awaited(self) -> None:
        """The same for a coroutine: while it waits it takes up no thread."""
        from orchestra_cache.threads import in_thread

        while (pause := await in_thread(self._step)) is not None:
            await pause.sleep()

    def take_off(self) -> Token[tuple[Flight, ...]]:
        """The call is computed from now on: what it calls in turn knows of it."""
        return _aloft.set((*self._around, self))

    @contextmanager
    def aloft(self) -> Iterator[None]:
        """While the call is computed."""
        token = self.take_off()
        try:
            yield
        finally:
            # A coroutine may be closed in another context than it ran in.
            with suppress(ValueError):
                _aloft.reset(token)

    def leave(self) -> None:
        """Let others go on: the result is published, or there is none."""
        if self._process != os.getpid():
            # A fork: it holds nothing, and nobody frees a lock here that was taken there.
            return
        with self._stepping:
            if not self.done.done():
                self._turns.close()
                self.claim.give_back()
                self._flights.landed(self)
                self.done.set_result(None)

    def _step(self) -> Pause | None:
        """Do what can be done now; None if there is nothing more to wait for."""
        with self._stepping:
            return next(self._turns, None)

    def _take_turns(self) -> Generator[Pause, None, None]:
        until = time.monotonic() + self._limit
        # A call of itself with the same arguments: who waits for it waits for us.
        if any(flight.name == self.name for flight in self._around):
            return
        try:
            while True:
                first = self._flights.joined(self)
                if first is self and self.claim.take():
                    break
                if time.monotonic() >= until or self._would_circle():
                    return
                yield from self._pauses(first, until)
                if self._look():
                    return
        finally:
            self._say_waited()
        # Whoever had the lease may have published since we looked.
        if not self._look():
            self.claim.keep(self.done)

    def _pauses(self, first: Flight, until: float) -> Iterator[Pause]:
        if first is not self:
            self._say_waiting("another call in this process")
            yield Pause(until - time.monotonic(), first.done)
            return
        longest = _FIRST_PAUSE_SECONDS
        while (holder := self.claim.other()) is not None and time.monotonic() < until:
            self._say_waiting(str(holder))
            # Each at its own time: those who wait did often begin together.
            pause = longest * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
            yield Pause(min(pause, until - time.monotonic()))
            longest = min(longest * 1.5, self.claim.pause)

    def _would_circle(self) -> bool:
        """Whether the one to wait for waits for what we compute, itself or through others."""
        for flight in self._around:
            flight.claim.say(self.name)
        held = {flight.name for flight in self._around}
        return bool(held) and self.claim.closes_circle(held)

    def _say_waiting(self, holder: str) -> None:
        if self._waiting is None:
            self._waiting = (time.monotonic(), holder)
            emit(Waiting(self._task, self._key, holder))

    def _say_waited(self) -> None:
        if self._waiting is None:
            return
        began, holder = self._waiting
        for flight in self._around:
            flight.claim.say("")
        emit(Waited(self._task, self._key, holder, time.monotonic() - began))


_aloft: ContextVar[tuple[Flight, ...]] = ContextVar("orchestra_cache_flights", default=())


@dataclass(frozen=True, slots=True)
class Pause:
    """A time to wait: some seconds, or less if something is done by then."""

    seconds: float
    done: futures.Future[None] | None = None

    def block(self) -> None:
        if self.done is None:
            time.sleep(max(0.0, self.seconds))
        else:
            futures.wait([self.done], max(0.0, self.seconds))

    async def sleep(self) -> None:
        import asyncio

        if self.done is None:
            await asyncio.sleep(self.seconds)
        else:
            await asyncio.wait([asyncio.wrap_future(self.done)], timeout=max(0.0, self.seconds))
