"""Threads for what coroutines ask of a store: theirs may all be waiting for a coroutine."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

__all__ = ["in_thread"]

T = TypeVar("T")

_THREADS = 32


async def in_thread(work: Callable[..., T], *args: Any) -> T:
    """Call a function in a thread of our own, as `asyncio.to_thread` does in the loop's."""
    call = functools.partial(contextvars.copy_context().run, work, *args)
    return await asyncio.get_running_loop().run_in_executor(_pool(os.getpid()), call)


@functools.lru_cache(maxsize=1)
def _pool(pid: int) -> ThreadPoolExecutor:
    # By process: threads do not survive a fork.
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="orchestra-cache")
