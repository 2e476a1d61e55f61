"""How those who change a file only if it is as they know it keep out of each other's way."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["LOCK", "alone"]

LOCK = ".replace-lock"

# Seconds for which somebody else may change a folder; unless a process stands still, it is moments.
_PATIENCE = 5.0


@contextmanager
def alone(path: str) -> Iterator[None]:
    """Keep out others who would change a file of this folder only if it is as they know it.

    Raises:
        TimeoutError: Another process stands still with the lock.
    """
    descriptor = _locked(os.path.join(os.path.dirname(path), LOCK))
    try:
        yield
    finally:
        os.close(descriptor)


def _locked(lock: str) -> int:
    """A lock file that is ours, and is still the one of that name."""
    while True:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _wait_for(descriptor)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), os.stat(lock)):
                    return descriptor
        except OSError:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _wait_for(descriptor: int) -> None:
    until, pause = time.monotonic() + _PATIENCE, 0.001
    while not _taken(descriptor):
        if time.monotonic() >= until:
            raise TimeoutError(errno.ETIMEDOUT, "another process stands still with its lock")
        time.sleep(pause)
        pause = min(2 * pause, 0.05)


def _taken(descriptor: int) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
