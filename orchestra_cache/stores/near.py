"""Copies of objects in a folder of this machine that never holds more than it may."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import NamedTuple

from orchestra_cache.errors import StoreError
from orchestra_cache.stores.base import Buffer, Stored
from orchestra_cache.stores.local import LocalStore
from orchestra_cache.stores.locking import LOCK, alone
from orchestra_cache.stores.ownership import others_may_write

__all__ = ["NearFolder"]

_OWN = "near-v1"
_COUNT = ".occupied"

# Where there is no room, more is made than is needed now: looking through the folder takes time.
_KEPT = 0.9

# Who has not finished writing in this time never will.
_ABANDONED = 3600.0


class NearFolder:
    """A bounded folder of copies; the least recently used go first.

    What was used when is what the file system knows: on most, to the day.

    Args:
        root: Shared by all processes of this machine, and by copies from several stores.
        origin: Names the place that they are copies from.
        limit: Bytes of all files together.
        clock: Seconds as the file system counts them.
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        *,
        origin: str,
        limit: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        # Whatever else lies in the folder is not ours to count or delete.
        self._files = LocalStore(os.path.join(root, _OWN))
        self._origin = origin
        self._limit = limit
        self._clock = clock

    @property
    def root(self) -> str:
        return self._files.root

    @property
    def trusted(self) -> bool:
        given = os.path.dirname(self._files.root)
        return self._files.trusted and not others_may_write(given, depth=0)

    def get(self, name: str) -> Stored | None:
        return self._files.get(self._own(name))

    def age(self, name: str) -> float:
        """Seconds since a copy was written; a clock that was set back makes it old."""
        try:
            age = self._clock() - os.stat(self._path(name)).st_mtime
        except OSError:
            return float("inf")
        return age if age >= 0 else float("inf")

    def put(self, name: str, pieces: Sequence[Buffer]) -> None:
        """Keep a copy, in place of an older one, if there can be room for it."""
        size = sum(memoryview(piece).nbytes for piece in pieces)
        if size > self._limit:
            return
        self.drop(name)
        # Counted before it is there: who is killed in between leaves too much in the count.
        self._occupy(size)
        self._files.put(self._own(name), pieces)

    def drop(self, name: str) -> None:
        self._files.delete(self._own(name))

    def _own(self, name: str) -> str:
        return f"{self._origin}/{name}"

    def _path(self, name: str) -> str:
        return os.path.join(self.root, self._origin, *name.split("/"))

    def _occupy(self, size: int) -> None:
        with self._counted() as (count, write):
            total = self._weighed() if count is None else count
            if total + size > self._limit:
                total = self._make_room(size)
            write(total + size)

    @contextmanager
    def _counted(self) -> Iterator[tuple[int | None, Callable[[int], None]]]:
        """What the folder holds, None if nobody has counted; and how to say what it holds now."""
        path = os.path.join(self.root, _COUNT)
        try:
            os.makedirs(self.root, mode=0o700, exist_ok=True)
            with alone(path), open(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:

                def write(total: int) -> None:
                    file.seek(0)
                    # Of one width: what a kill leaves half written is still a number.
                    file.write(b"%20d" % total)

                text = file.read().strip()
                yield (int(text) if text.isdigit() else None), write
        except OSError as error:
            raise StoreError(
                f"cannot use the near folder {self.root}: {error.strerror or error}",
                "check the folder and disk, or give another with `near=`",
            ) from error

    def _weighed(self) -> int:
        return sum(one.size for one in _files(self.root))

    def _make_room(self, size: int) -> int:
        """Delete what was not used for longest; returns what is left in bytes."""
        files = sorted(_files(self.root), key=lambda one: one.used)
        total = sum(one.size for one in files)
        for one in files:
            writing = os.path.basename(one.path).startswith(".writing-")
            if writing and self._clock() - one.used < _ABANDONED:
                continue
            if total + size > self._limit * _KEPT or writing:
                with suppress(FileNotFoundError):
                    os.unlink(one.path)
                total -= one.size
        return total


class _File(NamedTuple):
    path: str
    size: int
    used: float


def _files(root: str) -> Iterator[_File]:
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            if name == _COUNT or name.startswith(LOCK):
                continue
            with suppress(FileNotFoundError):
                status = os.stat(path)
                yield _File(path, status.st_size, max(status.st_atime, status.st_mtime))
