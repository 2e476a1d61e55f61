"""Prefect's locks as leases of a cache: of all that begin one transaction, one goes on first."""

from __future__ import annotations

import secrets
from contextlib import AsyncExitStack, ExitStack

from prefect.locking.protocol import LockManager

from orchestra_cache.errors import OrchestraCacheError
from orchestra_cache.events import Failed, emit
from orchestra_cache.prefect.given import cache_given
from orchestra_cache.prefect.holds import Holds, Place, holds_of, leave, name_of_run, place_of, told
from orchestra_cache.settings import CacheLike, find_cache

__all__ = ["LeaseLockManager"]


class LeaseLockManager(LockManager):
    """Locks for any cache policy of Prefect, across hosts, with nothing but a place to store.

    `INPUTS.configure(isolation_level="SERIALIZABLE", lock_manager=LeaseLockManager("s3://…"))`

    Who does not get a lock within half of the timeout of its task, or an hour, goes on without.
    A lock is given back when its transaction ends, and at the latest when its run is over; what a
    process held that was killed is free when its lease expires. No method raises.

    Args:
        cache: A name from the settings, a path or URL, or a `Cache`; without one, the default.

    Raises:
        ConfigurationError: It is no cache, or the place cannot be meant.
    """

    def __init__(self, cache: CacheLike = None) -> None:
        self.cache = cache_given(cache)

    def __eq__(self, other: object) -> bool:
        # Policies can be added whose managers are equal.
        if not isinstance(other, LeaseLockManager):
            return NotImplemented
        place = self._place()
        return self.cache == other.cache if place is None else place == other._place()

    # What a name means depends on the settings.
    __hash__ = None  # type: ignore[assignment]

    def acquire_lock(
        self,
        key: str,
        holder: str,
        acquire_timeout: float | None = None,
        hold_timeout: float | None = None,
    ) -> bool:
        """Wait for the lock on a key; False says that another still has it.

        Without `acquire_timeout` the holder may go on all the same: the engine does not ask.
        """
        with told():
            holds = self._found(key)
            if holds is None or holds.has(key, holder):
                return True
            with ExitStack() as stack:
                flight = stack.enter_context(holds.flight(key, acquire_timeout))
                flight.wait()
                taken = holds.taken(flight)
                if taken or acquire_timeout is None:
                    stack.pop_all()
                    holds.keep(key, holder, flight, hold_timeout)
            return taken

    async def aacquire_lock(
        self,
        key: str,
        holder: str,
        acquire_timeout: float | None = None,
        hold_timeout: float | None = None,
    ) -> bool:
        """The same; while it waits, others use the event loop."""
        with told():
            holds = self._found(key)
            if holds is None or holds.has(key, holder):
                return True
            async with AsyncExitStack() as stack:
                flight = await stack.enter_async_context(holds.flight(key, acquire_timeout))
                await flight.awaited()
                taken = holds.taken(flight)
                if taken or acquire_timeout is None:
                    stack.pop_all()
                    holds.keep(key, holder, flight, hold_timeout)
            return taken

    def release_lock(self, key: str, holder: str) -> None:
        """Give a lock back; from a coroutine, in a thread. What is not held is left alone."""
        holds = self._found()
        flight = None if holds is None else holds.release(key, holder)
        if flight is not None:
            with told():
                leave(flight)

    def is_locked(self, key: str) -> bool:
        holds = self._found()
        with told():
            return holds is not None and holds.locked(key)

    def is_lock_holder(self, key: str, holder: str) -> bool:
        """Whether a holder may use the record: it has the lock, or was let go on without."""
        holds = self._found()
        return holds is None or holds.has(key, holder)

    def wait_for_lock(self, key: str, timeout: float | None = None) -> bool:
        # To take it is the one way to know that a holder is dead.
        holder = secrets.token_hex()
        free = self.acquire_lock(key, holder, timeout)
        self.release_lock(key, holder)
        return free

    async def await_for_lock(self, key: str, timeout: float | None = None) -> bool:
        holder = secrets.token_hex()
        free = await self.aacquire_lock(key, holder, timeout)
        self.release_lock(key, holder)
        return free

    def _found(self, key: str | None = None) -> Holds | None:
        """What this process holds; None if there is no such cache.

        Args:
            key: Tell that for whom it wants to lock.
        """
        try:
            return holds_of(find_cache(self.cache))
        except Exception as error:
            if key is not None:
                emit(Failed(name_of_run(), key, "take a lock", error))
            return None

    def _place(self) -> Place | None:
        try:
            return place_of(find_cache(self.cache))
        except OrchestraCacheError:
            # A name that is not configured is equal to itself.
            return None
