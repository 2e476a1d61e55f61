"""Who can read a Ref that came from elsewhere.

A Ref says where it lies; how that is reached, and who signs there, is said in the code of the
tasks, or in the settings. It does not travel with the Ref, for it may hold credentials.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from weakref import WeakValueDictionary

from orchestra_cache.cache import Cache
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.ref import Ref
from orchestra_cache.settings import CacheLike, configured, find_cache

__all__ = ["read_ref", "reads_from"]

Find = Callable[[CacheLike], Cache]

_caches: WeakValueDictionary[int, Cache] = WeakValueDictionary()
_places: dict[str, Find] = {}


def reads_from(cache: CacheLike, find: Find = find_cache) -> None:
    """Let Refs be read by a cache that a task of this process was given.

    Args:
        find: Makes the cache of its name or place, once a Ref is to be read.
    """
    if isinstance(cache, Cache):
        _caches[id(cache)] = cache
    elif cache is not None:
        _places[os.fspath(cache)] = find


def read_ref(ref: Ref, own: CacheLike = None) -> Any:
    """Read the value of a Ref that came from elsewhere.

    Its URL alone does not say how its store is reached and whether it is trusted; the reader's
    own cache does, those that tasks were given, and the configured ones. What none of them knows,
    the own one judges.

    Raises:
        StoreError: It is not there, not whole, or not to be believed.
    """
    mine: Cache | None = None
    with suppress(ConfigurationError):
        mine = find_cache(own)
    known = (one for one in _known(mine) if one.store.url == ref.url)
    cache = next(known, mine)
    return ref.load() if cache is None else cache.load(ref)


def _known(own: Cache | None) -> Iterator[Cache]:
    if own is not None:
        yield own
    # Copies, each taken at once: other threads may be adding to them.
    for held in _caches.valuerefs():
        if (cache := held()) is not None:
            yield cache
    for place, find in _places.copy().items():
        with suppress(ConfigurationError):
            yield find(place)
    yield from configured()
