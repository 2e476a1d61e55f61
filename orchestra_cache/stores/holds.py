"""Who is about to refer to a blob, or to remove it: one small object arbitrates between them.

A blob is written once, so that a second writer of the same bytes finds it there. Between that and
the entry which will name it, nothing refers to the blob; the hold keeps it from being collected.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Literal

import msgspec

from orchestra_cache.errors import ConflictError
from orchestra_cache.fingerprints.digest import Digest
from orchestra_cache.stores.base import Store
from orchestra_cache.stores.layout import blob_name, hold_name
from orchestra_cache.stores.local import LocalStore

__all__ = ["REMOVAL", "hold", "remove"]

Clock = Callable[[], float]

# A removal takes a request or two. Whoever has not finished in this time was killed.
REMOVAL = 600.0

_PAUSES = (0.0, 0.01, 0.05, 0.2, 0.5)


class _Hold(msgspec.Struct, frozen=True):
    """Seconds `at` since the epoch: the last use, or when the removal began."""

    state: Literal["used", "removing"]
    at: float


_decoder = msgspec.json.Decoder(_Hold)


def hold(store: Store, namespace: str, digest: Digest, *, clock: Clock = time.time) -> None:
    """Keep a blob that was there already from being removed; look afterwards whether it still is.

    Raises:
        ConflictError: Somebody is removing it, and does not come to an end.
    """
    name = hold_name(namespace, digest)
    for pause in _PAUSES:
        time.sleep(pause)
        began = clock()
        if store.exchange(name, _written("used", began), version=None) is not None:
            return
        present, version = _present(store, name)
        if version is None:
            continue
        if present is not None and present.state == "used" and present.at >= began:
            return
        if present is not None and present.state == "removing" and began - present.at < REMOVAL:
            continue
        if store.exchange(name, _written("used", began), version=version) is not None:
            return
    raise ConflictError(
        f"blob {digest.hex[:12]} is being removed from {store.url}",
        "the next run of the task keeps its result",
    )


def remove(
    store: Store,
    namespace: str,
    digest: Digest,
    *,
    modified: datetime,
    grace: float,
    clock: Clock = time.time,
) -> bool:
    """Remove a blob that nothing refers to, unless somebody holds it or has written it anew.

    Args:
        modified: When the blob that is meant was written, as it was listed.
        grace: Seconds for which a hold counts.
    """
    name, blob = hold_name(namespace, digest), blob_name(namespace, digest)
    version = _claimed(store, name, clock(), grace)
    if version is None:
        return False
    # Removed by somebody else, it may have been written again, without any need for a hold.
    same = _modified(store, blob) == modified
    if same:
        store.delete(blob)
    store.delete(name, version=version)
    return same


def _claimed(store: Store, name: str, now: float, grace: float) -> str | None:
    """The version of our hold for a removal; None if somebody else's counts."""
    claim = _written("removing", now)
    version = store.exchange(name, claim, version=None)
    if version is not None:
        return version
    present, seen = _present(store, name)
    counts = 0.0 if present is None else grace if present.state == "used" else REMOVAL
    if seen is None or (present is not None and present.at >= now - counts):
        return None
    return store.exchange(name, claim, version=seen)


def _modified(store: Store, name: str) -> datetime | None:
    if isinstance(store, LocalStore):
        return store.modified(name)
    return next((one.modified for one in store.iter(name)), None)


def _present(store: Store, name: str) -> tuple[_Hold | None, str | None]:
    stored = store.get(name)
    if stored is None:
        return None, None
    try:
        return _decoder.decode(stored.data), stored.version
    except (msgspec.MsgspecError, RecursionError):
        return None, stored.version


def _written(state: Literal["used", "removing"], at: float) -> bytes:
    return msgspec.json.encode(_Hold(state, at))
