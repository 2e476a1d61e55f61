"""Where entries and blobs lie."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from orchestra_cache.errors import StoreError
from orchestra_cache.stores.base import Listed, Store, Stored
from orchestra_cache.stores.bounded import bounded
from orchestra_cache.stores.local import LocalStore
from orchestra_cache.stores.memory import MemoryStore
from orchestra_cache.stores.origins import origin_of

__all__ = ["Listed", "LocalStore", "MemoryStore", "Store", "Stored", "open_store", "origin_of"]


def open_store(
    place: str,
    *,
    trusted: bool = False,
    options: Mapping[str, Any] | None = None,
    budget: timedelta | None = None,
    notice: Callable[[StoreError], object] | None = None,
) -> Store:
    """The store at a path or URL; nothing is read or written yet.

    Args:
        budget: How long a remote place may keep a caller waiting while nothing moves; None is as
            long as its library does.
        notice: Called once with what makes a remote object count as missing though it may be there.
    """
    if "://" not in place or place.startswith(("file://", "local://")):
        return LocalStore(place.removeprefix("file://").removeprefix("local://"))
    from orchestra_cache.stores.remote import RemoteStore

    store = RemoteStore(place, declared_trusted=trusted, options=options)
    store.notice = notice
    if budget is None:
        return store
    return bounded(store, budget, origin=origin_of(place, options or {}))
