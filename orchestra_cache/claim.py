"""A lease as a call uses it: what is wrong with the service is reported, and done without."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from concurrent import futures
from typing import TYPE_CHECKING, TypeVar

from orchestra_cache.errors import StoreError
from orchestra_cache.events import Failed, emit

if TYPE_CHECKING:
    from orchestra_cache.leases import Holder, Lease, Leases

__all__ = ["Claim", "Claims"]

T = TypeVar("T")

_REST_SECONDS = 30.0


class Claims:
    """Claims on the leases of one service."""

    def __init__(self, leases: Leases) -> None:
        self.leases = leases
        self._working_again = 0.0

    @property
    def resting(self) -> bool:
        """A service that failed is left alone for a while."""
        return time.monotonic() < self._working_again

    def rest(self) -> None:
        self._working_again = time.monotonic() + _REST_SECONDS


class Claim:
    """One call's claim on the lease of a name. No method raises.

    Args:
        task: For events, as is `key`.
    """

    def __init__(self, claims: Claims, name: str, *, task: str, key: str) -> None:
        self._claims = claims
        self._name = name
        self._task, self._key = task, key
        self._lease: Lease = claims.leases.lease(name)
        self._held = False

    @property
    def pause(self) -> float:
        """The longest that should lie between two looks, in seconds."""
        return self._claims.leases.pause

    @property
    def held(self) -> bool:
        """Whether the lease is ours, as far as we know."""
        return self._held

    def take(self) -> bool:
        """Whether to go on: the lease is ours, or there is nobody to ask for it."""
        self._held = self._asked("take a lease", self._lease.acquire, otherwise=False)
        return self._held or self._claims.resting

    def other(self) -> Holder | None:
        """Who has to be waited for."""
        return self._asked("see who has a lease", self._lease.other, otherwise=None)

    def say(self, waits_for: str) -> None:
        """Tell others what the holder is waiting for itself."""
        if self._held:
            self._lease.waits_for = waits_for
            self._asked("renew a lease", self._lease.renew, otherwise=False)

    def closes_circle(self, held: Collection[str]) -> bool:
        """Whether the one to wait for waits in the end for one of the names that we hold.

        Everyone says what it waits for before it looks, so that the last one sees the circle.
        """
        name, seen = self._name, set[str]()
        while name and name not in seen:
            seen.add(name)
            lease = self._claims.leases.lease(name)
            holder = self._asked("see who has a lease", lease.other, otherwise=None)
            name = "" if holder is None else holder.waits_for
            if name in held:
                return True
        return False

    def keep(self, done: futures.Future[None]) -> None:
        """Renew the lease until `done`, if it has to be."""
        if self._held and self._lease.beat is not None:
            keeping = threading.Thread(
                target=self._renewed, args=(done, self._lease.beat), name="lease", daemon=True
            )
            self._asked("keep a lease", keeping.start, otherwise=None)

    def give_back(self) -> None:
        """Also while the service rests: what is not given back keeps others waiting."""
        self._held = False
        try:
            self._lease.release()
        except Exception as error:
            self._failed("give a lease back", error)

    def _renewed(self, done: futures.Future[None], beat: float) -> None:
        while not futures.wait([done], beat).done:
            try:
                kept = self._lease.renew()
            except Exception:  # noqa: S112 - the next beat may get through
                continue
            if not kept and self._held:
                self._say_lost()
                return

    def _say_lost(self) -> None:
        lost = StoreError(
            f"the lease of {self._key} went to somebody else: it was not renewed in time",
            "two compute this now; whose result is published first stays",
        )
        emit(Failed(self._task, self._key, "keep a lease", lost))

    def _asked(self, operation: str, ask: Callable[[], T], *, otherwise: T) -> T:
        if self._claims.resting:
            return otherwise
        try:
            return ask()
        except Exception as error:
            self._failed(operation, error)
            return otherwise

    def _failed(self, operation: str, error: Exception) -> None:
        if not self._claims.resting:
            self._claims.rest()
            emit(Failed(self._task, self._key, operation, error))
