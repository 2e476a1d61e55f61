"""Copies of the files that are being stored: mapped, with few descriptors however many they are."""

from __future__ import annotations

import mmap
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

__all__ = ["Spool"]

# Blocks of a file system that shares them, and where a copy in it has to begin to be shared.
_BLOCK = 1 << 12

_CHUNK = 1 << 20


class Spool:
    """Takes copies, of which views stay when it is closed.

    Of copies: whoever writes to a file or cuts it short would change what is being stored, or end
    the process. Many share one mapped file, since each mapping holds a descriptor: every next one
    has room for as much as all before it, so that their number grows with the logarithm of the
    bytes. What is not written of it takes no room on most disks.
    """

    def __init__(self) -> None:
        self._file: Any = None
        self._view = memoryview(b"")
        self._end = 0
        self._taken = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def copy(self, file: Any, size: int, path: Path) -> memoryview:
        """Copy a file that is open: its first `size` bytes, or as many as it has.

        Args:
            path: Copies lie beside it if they can, where they may share its blocks.
        """
        start = self._end + -self._end % _BLOCK
        if start + size > len(self._view):
            self._begin(max(size, self._taken, _CHUNK if self._taken else 0), path)
            start = 0
        self._file.seek(start)
        copied = _copied(file, self._file, size)
        self._end = start + copied
        self._taken += copied
        return self._view[start : self._end]

    def _begin(self, room: int, path: Path) -> None:
        self._close()
        self._file = tempfile.TemporaryFile(dir=_room_beside(path), buffering=0)  # noqa: SIM115
        self._file.truncate(room)
        self._view = memoryview(mmap.mmap(self._file.fileno(), room, access=mmap.ACCESS_READ))
        self._end = 0

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file, self._view = None, memoryview(b"")


def _room_beside(path: Path) -> str | None:
    folder = os.path.dirname(path) or "."
    return folder if os.access(folder, os.W_OK) else None


def _copied(file: Any, copy: Any, size: int) -> int:
    """Copy in the kernel, which shares the blocks where the file system can; say how much."""
    rest = size
    if hasattr(os, "copy_file_range"):
        with suppress(OSError):
            while rest and (count := os.copy_file_range(file.fileno(), copy.fileno(), rest)):
                rest -= count
    # What is left, if that is not possible: both files stand where it ended.
    while rest and (chunk := memoryview(file.read(min(rest, _CHUNK)))):
        rest -= len(chunk)
        while chunk:
            chunk = chunk[copy.write(chunk) :]
    return size - rest
