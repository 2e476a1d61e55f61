"""What a racing process does; alone in its module, so that starting many is quick."""

from __future__ import annotations

import os
from multiprocessing.synchronize import Barrier

from orchestra_cache.stores import LocalStore
from orchestra_cache.stores.base import version_of


def create(root: str, barrier: Barrier, rounds: int) -> list[bool]:
    store, content = LocalStore(root), str(os.getpid()).encode()
    return [
        _at_once(barrier, lambda name=f"race/{n}": store.put(name, [content]))
        for n in range(rounds)
    ]


def replace(root: str, barrier: Barrier, rounds: int) -> list[bool]:
    store, content, version = LocalStore(root), str(os.getpid()).encode(), version_of(b"first")

    def exchanged(name: str) -> bool:
        return store.exchange(name, content, version=version) is not None

    return [_at_once(barrier, lambda name=f"race/{n}": exchanged(name)) for n in range(rounds)]


def _at_once(barrier: Barrier, work) -> bool:
    barrier.wait(60)
    return work()
