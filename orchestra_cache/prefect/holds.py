"""Which locks the transactions of this process have, and how each one ends."""

from __future__ import annotations

import math
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import copy_context
from dataclasses import dataclass
from datetime import timedelta

from prefect.context import ContextModel, FlowRunContext, TaskRunContext
from prefect.transactions import get_transaction

from orchestra_cache.attempt import Attempt
from orchestra_cache.cache import Cache
from orchestra_cache.environment import name_of
from orchestra_cache.flight import Flight, Flights
from orchestra_cache.policy import Policy
from orchestra_cache.prefect import _compat
from orchestra_cache.prefect.functions import original
from orchestra_cache.prefect.telling import telling
from orchestra_cache.prefect.watching import Watch
from orchestra_cache.stores import origin_of
from orchestra_cache.stores.layout import lock_name

__all__ = ["Holds", "Place", "ending", "holds_of", "leave", "name_of_run", "place_of", "told"]

# Where locks lie: the same for all that agree on who is first.
Place = tuple[str, str, object]


@dataclass(frozen=True)
class Hold:
    """One holder's lock on one key: it has the lease, or was let go on without.

    Attributes:
        until: By the monotonic clock.
        ended: Whether the run is over that took it.
        wanted: Whether its transaction may still come to write, long after its run.
    """

    flight: Flight
    until: float
    ended: Callable[[], bool]
    wanted: Callable[[], bool]

    @property
    def over(self) -> bool:
        return time.monotonic() >= self.until or self.ended()


class Holds:
    """The locks of this process at one place."""

    def __init__(self, flights: Flights, namespace: str) -> None:
        self._flights = flights
        self._namespace = namespace
        self._held: dict[tuple[str, str], Hold] = {}
        self._watch = Watch(self._held, self._sweep)

    def flight(self, key: str, patience: float | None) -> Flight:
        """A way to wait for the lock on a key; nothing is asked yet."""
        limit = _patience() if patience is None else timedelta(seconds=max(0.0, patience))
        return Flight(
            self._flights,
            lock_name(self._namespace, key),
            task=name_of_run(),
            key=key,
            limit=limit,
            # What came meanwhile the engine looks for itself.
            look=lambda: False,
        )

    def taken(self, flight: Flight) -> bool:
        """Whether a flight that has waited has the lock, or there is nobody to ask for it."""
        return flight.claim.held or self._flights.claims.resting

    def keep(self, key: str, holder: str, flight: Flight, seconds: float | None) -> None:
        """Note who is in flight now, until it is released or over.

        Args:
            seconds: How long that may be at most.
        """
        until = math.inf if seconds is None else time.monotonic() + seconds
        self._held[key, holder] = Hold(flight, until, _ended(), _wanted())
        flight.take_off()
        self._watch.begin()

    def release(self, key: str, holder: str) -> Flight | None:
        """Forget a lock; the flight is the caller's to leave."""
        hold = self._held.pop((key, holder), None)
        return None if hold is None else hold.flight

    def has(self, key: str, holder: str) -> bool:
        return (key, holder) in self._held

    def locked(self, key: str) -> bool:
        """Whether anybody has the lock, here or elsewhere."""
        own = (hold for (held, _), hold in tuple(self._held.items()) if held == key)
        # The engine asks that in event loops also, before it writes what it has the lock for.
        if any(hold.flight.claim.held for hold in own):
            return True
        return self.flight(key, 0).claim.other() is not None

    def _sweep(self) -> None:
        """Give back what runs have left behind, as long as there is anything to give back.

        The engine forgets the lock of a hit that it cannot read, and keeps that of a nested task
        until the outermost transaction ends.
        """
        for place, hold in tuple(self._held.items()):
            if hold.over:
                hold.flight.leave()
                if not hold.wanted():
                    self._held.pop(place, None)


def place_of(cache: Cache) -> Place:
    terms = cache._assembly
    leases = terms.leases
    service = leases if leases is None or isinstance(leases, str) else id(leases)
    return origin_of(terms.place, terms.storage_options), cache.namespace, service


def holds_of(cache: Cache) -> Holds:
    """The one for all that lock at the same place in this process; a fork holds nothing."""
    known = (os.getpid(), place_of(cache))
    return _holds.get(known) or _holds.setdefault(known, Holds(cache.flights, cache.namespace))


_holds: dict[tuple[int, Place], Holds] = {}


@contextmanager
def told() -> Iterator[None]:
    """Let what happens inside be told with the task run, if there is one."""
    run = TaskRunContext.get()
    if run is None:
        yield
        return
    with telling(run):
        yield


def name_of_run() -> str:
    """What events call the one who locks."""
    run = TaskRunContext.get()
    return "transaction" if run is None else name_of(original(run.task))


def leave(flight: Flight | Attempt) -> None:
    """Give the lock back; no event loop waits for that."""
    if _in_event_loop():
        with suppress(RuntimeError):
            # Not a daemon: a process that ends now waits for it.
            threading.Thread(target=copy_context().run, args=(flight.leave,), name="lock").start()
            return
    flight.leave()


def _in_event_loop() -> bool:
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _patience() -> timedelta:
    """How long a transaction waits that does not say: half of its time is left to compute in."""
    task, flow = TaskRunContext.get(), FlowRunContext.get()
    runs = (task and task.task, flow and flow.flow)
    limits = [
        timedelta(seconds=run.timeout_seconds / 2) for run in runs if run and run.timeout_seconds
    ]
    return min([Policy().wait, *limits])


def _ended() -> Callable[[], bool]:
    """What says whether the run, or without one the thread, has ended that this is called in."""
    context = TaskRunContext.get() or FlowRunContext.get()
    if context is None or _compat.left(context):
        thread = threading.current_thread()
        return lambda: not thread.is_alive()
    return ending(context)


def ending(context: ContextModel) -> Callable[[], bool]:
    """What says whether a run has ended."""
    # Weakly: what a run was given may be large.
    reference = weakref.ref(context)
    return lambda: (run := reference()) is None or _compat.left(run)


def _wanted() -> Callable[[], bool]:
    """What says whether the transaction that now begins may be committed by one around it."""
    around = get_transaction()
    if around is None:
        return lambda: False
    reference = weakref.ref(around)
    return lambda: reference() is not None
