"""What a process that ran tasks does when it ends: write down what it used, for collections."""

from __future__ import annotations

import atexit
import functools
from multiprocessing.util import Finalize
from weakref import WeakSet

from orchestra_cache.cache import Cache

__all__ = ["flush_at_exit"]

_used: WeakSet[Cache] = WeakSet()


def flush_at_exit(cache: Cache) -> None:
    """Have a cache's journal written when this process ends.

    Processes that run flows end by themselves. What one that is killed had noted is lost, and
    costs a collection some time, no result.
    """
    _used.add(cache)
    _register()


@functools.lru_cache(maxsize=1)
def _register() -> None:
    atexit.register(_flush)
    # A process of a pool ends without the other kind of exit handler.
    Finalize(None, _flush, exitpriority=10)


def _flush() -> None:
    for cache in list(_used):
        cache.flush()
