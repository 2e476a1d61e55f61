"""Leases as small objects of a store, with nothing but conditional writes.

No two clocks are compared. A holder renews its lease, which gives it another version; a waiter who
has seen one version for as long as the lease says, by its own stopwatch, takes it over.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import msgspec

from orchestra_cache.errors import StoreError
from orchestra_cache.leases.base import Clock, Holder, read_holder, written

__all__ = ["ObjectLeases", "Objects"]

_EXPIRY_SECONDS = 30.0


class Found(Protocol):
    @property
    def data(self) -> memoryview: ...

    @property
    def version(self) -> str: ...


class Objects(Protocol):
    """What leases need of a store; the terms are those of `stores.base.Store`."""

    url: str

    @property
    def atomic(self) -> bool: ...

    def get(self, name: str) -> Found | None: ...

    def exchange(self, name: str, data: bytes, *, version: str | None) -> str | None: ...

    def delete(self, name: str, *, version: str | None = None) -> bool: ...


class ObjectLeases:
    """Leases in any store whose conditional writes are atomic.

    Args:
        objects: Where they lie. Never a store that reads from a copy.
        expiry: Seconds without a renewal after which a holder is taken for dead.
    """

    pause = 1.0

    def __init__(
        self, objects: Objects, *, expiry: float = _EXPIRY_SECONDS, clock: Clock = time.monotonic
    ) -> None:
        self._objects = objects
        self._expiry = expiry
        self._clock = clock

    def lease(self, name: str) -> ObjectLease:
        return ObjectLease(self._objects, name, self._expiry, self._clock)


class ObjectLease:
    def __init__(self, objects: Objects, name: str, expiry: float, clock: Clock) -> None:
        self.waits_for = ""
        self.beat = expiry / 3
        self._objects = objects
        self._name = name
        self._expiry = expiry
        self._clock = clock
        self._holder = Holder()
        # Ours while we hold the lease, and None if we do not.
        self._version: str | None = None
        # Another's: since when we have known this version, and whether it has been too long.
        self._seen: tuple[str, float] | None = None
        self._dead: str | None = None
        # The thread that renews and the one that computes both write.
        self._lock = threading.Lock()

    def acquire(self) -> bool:
        if not self._objects.atomic:
            raise StoreError(
                f"the cache at {self._objects.url} cannot tell who was first, so nobody waits",
                "give a service that can: `leases='redis://host:6379/0'`",
            )
        with self._lock:
            self._holder = Holder.here(expiry=self._expiry)
            self._version = self._exchanged(self._dead)
            return self._version is not None

    def other(self) -> Holder | None:
        found = self._objects.get(self._name)
        if found is None:
            self._seen = self._dead = None
            return None
        holder, now = read_holder(found.data), self._clock()
        if self._seen is None or self._seen[0] != found.version:
            self._seen, self._dead = (found.version, now), None
        # Not by the number that another one wrote alone: it may be damaged, or of a joker.
        elif now - self._seen[1] >= max(self._expiry, min(holder.expiry, 10 * self._expiry)):
            self._dead = found.version
            return None
        return holder

    def renew(self) -> bool:
        with self._held() as version:
            if version is not None:
                self._version = self._exchanged(version)
            return version is not None and self._version is not None

    def release(self) -> None:
        with self._held() as version:
            self._version = None
            if version is None or self._objects.delete(self._name, version=version):
                return
            # It may be a later one of ours, of a renewal that seemed to fail.
            if (version := self._own()) is not None:
                self._objects.delete(self._name, version=version)

    @contextmanager
    def _held(self) -> Iterator[str | None]:
        """The version that this process holds; a fork of the one that acquired it holds none."""
        if self._holder.pid != os.getpid():
            yield None
            return
        with self._lock:
            yield self._version

    def _exchanged(self, version: str | None) -> str | None:
        """Write who holds the lease over a version; None if another has it."""
        beat = self._holder.beat + 1
        self._holder = msgspec.structs.replace(self._holder, beat=beat, waits_for=self.waits_for)
        try:
            wrote = self._objects.exchange(self._name, written(self._holder), version=version)
        except StoreError:
            if (own := self._own()) is None:
                raise
            return own
        return wrote or self._own()

    def _own(self) -> str | None:
        """The version that is there if it is ours: a write may be done and still be refused."""
        found = self._objects.get(self._name)
        if found is None or read_holder(found.data).token != self._holder.token:
            return None
        return found.version
