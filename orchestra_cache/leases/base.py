"""The port for leases: the time-limited right to compute one key."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

import msgspec

__all__ = ["Clock", "Holder", "Lease", "Leases", "read_holder", "written"]


class Holder(msgspec.Struct, frozen=True):
    """Who has a lease.

    Attributes:
        token: Of this one attempt, never used again.
        host: For people, as is `pid`.
        waits_for: The name of the lease that the holder itself is waiting for.
        beat: Counts renewals, so that each one is another version.
        expiry: Seconds without a renewal after which others may take the lease.
    """

    token: str = ""
    host: str = ""
    pid: int = 0
    waits_for: str = ""
    beat: int = 0
    expiry: float = 0.0

    @classmethod
    def here(cls, *, expiry: float = 0.0) -> Holder:
        return cls(secrets.token_hex(16), _host(), os.getpid(), expiry=expiry)

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}" if self.host else "somebody"


class Lease(Protocol):
    """One claim to compute what a name stands for, by one caller.

    Every method raises `StoreError` when the service does not work, and nothing else. In a process
    forked from the one that acquired it, a lease is not held: nothing done there touches it.

    Attributes:
        beat: Seconds after which a held lease is to be renewed; None if it lasts as long as the
            process.
        waits_for: The name of the lease that its holder is waiting for; told by `renew`.

    `acquire` returns whether the lease is held now; it never waits.
    `other` is who holds it instead, None once nobody does or the holder is taken for dead.
    `renew` keeps a held lease; False says that it was lost to another.
    `release` gives it back. What is not held, or was lost, is left alone.
    """

    waits_for: str

    @property
    def beat(self) -> float | None: ...

    def acquire(self) -> bool: ...

    def other(self) -> Holder | None: ...

    def renew(self) -> bool: ...

    def release(self) -> None: ...


class Leases(Protocol):
    """A service that lets one claim on a name through, of all that reach it.

    Attributes:
        pause: The longest that a waiter should leave between two looks, in seconds.

    `lease` makes a claim, and asks nothing of the service yet.
    """

    pause: float

    def lease(self, name: str) -> Lease: ...


# Seconds from any beginning: only differences count.
Clock = Callable[[], float]

_decoder = msgspec.json.Decoder(Holder)


def read_holder(data: bytes | memoryview) -> Holder:
    """Who wrote a lease; somebody, if that cannot be read."""
    try:
        return _decoder.decode(bytes(data).partition(b"\n")[0])
    except (msgspec.MsgspecError, ValueError):
        return Holder()


def written(holder: Holder) -> bytes:
    return msgspec.json.encode(holder) + b"\n"


@lru_cache(maxsize=1)
def _host() -> str:
    # Here, so that whoever makes a cache and takes no lease does not pay for it.
    import socket

    return socket.gethostname()
