"""How an operation goes wrong."""

from __future__ import annotations

import errno
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

from orchestra_cache.errors import StoreError
from orchestra_cache.stores.base import Stored
from orchestra_cache.testing.faults.plan import Call, Effect

__all__ = [
    "delay",
    "fail",
    "fill",
    "late",
    "skew",
    "throttle",
    "truncate",
    "twice",
    "unconfirmed",
]


def fail(error: Exception | None = None) -> Effect:
    """Raise, and do nothing."""

    def effect(call: Call) -> Any:
        raise error or StoreError(f"{call.operation} failed, as planned", "take the fault out")

    return effect


def throttle() -> Effect:
    """Say that the store is busy, as a 503 does."""
    return fail(StoreError("503 SlowDown: please reduce your request rate", "ask less often"))


def unconfirmed(error: Exception | None = None) -> Effect:
    """Do it, and raise all the same: nobody knows whether it was done."""

    def effect(call: Call) -> Any:
        call.proceed()
        return fail(error)(call)

    return effect


def twice() -> Effect:
    """Do it twice, as a retry does whose first answer was lost; the second answer counts."""

    def effect(call: Call) -> Any:
        call.proceed()
        return call.proceed()

    return effect


def delay(reached: threading.Event, go_on: threading.Event) -> Effect:
    """Set `reached`, and wait for `go_on` before it is done."""

    def effect(call: Call) -> Any:
        reached.set()
        go_on.wait()
        return call.proceed()

    return effect


def truncate(size: int) -> Effect:
    """Keep only the first bytes of what is written or read, and say that all is well."""

    def effect(call: Call) -> Any:
        if call.data is not None:
            return call.work(call.data[:size])
        found = call.proceed()
        if isinstance(found, Stored):
            return Stored(found.data[:size], found.tag)
        return found[:size] if isinstance(found, bytes) else found

    return effect


def late(operations: int) -> Effect:
    """Write, and let readers see what was there before during so many more operations."""

    def effect(call: Call) -> Any:
        before = call.look()
        done = call.proceed()
        call.plan.hide(call.name, before, operations)
        return done

    return effect


def fill(size: int) -> Effect:
    """Take writes of together `size` bytes, and then have no space left."""
    left = [size]

    def effect(call: Call) -> Any:
        left[0] -= len(call.data or b"")
        if call.data is not None and left[0] < 0:
            cause = OSError(errno.ENOSPC, "No space left on device")
            raise StoreError(str(cause), "make room") from cause
        return call.proceed()

    return effect


def skew(by: timedelta) -> Effect:
    """Let the store's clock be wrong: what it lists seems to be written earlier or later."""

    def effect(call: Call) -> Any:
        found = call.proceed()
        if call.operation != "iter":
            return found
        if isinstance(found, dict):
            return {name: _skewed(one, by) for name, one in found.items()}
        return [replace(one, modified=one.modified + by) for one in found]

    return effect


def _skewed(known: dict[str, Any], by: timedelta) -> dict[str, Any]:
    times = {"created", "mtime", "modified", "updated", "LastModified", "last_modified"}
    moved = {name: _later(known[name], by) for name in times & known.keys()}
    return {**known, **moved}


def _later(instant: Any, by: timedelta) -> Any:
    seconds = isinstance(instant, (int, float))
    return instant + (by.total_seconds() if seconds else by)
