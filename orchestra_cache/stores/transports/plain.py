"""Objects on any other file system that fsspec knows: it looks first, and writes then.

No file system of fsspec promises that of two who create a name one does: what `pipe_file` calls
`mode="create"` looks first as well. So between processes the last writer stays, and a reader may
meet half an object, which is damage and heals. Within a process writers take turns.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

import msgspec

from orchestra_cache.stores.base import Buffer, Listed, Stored, version_of
from orchestra_cache.stores.transports.base import Progress
from orchestra_cache.stores.transports.bodies import joined

__all__ = ["PlainTransport"]

_MISSING = (FileNotFoundError, NotADirectoryError, IsADirectoryError)

# fsspec's memory is one for the whole process: there this makes writes atomic.
_turns = threading.Lock()


def _fork() -> None:
    # Another thread of the parent may have had its turn.
    global _turns
    _turns = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_fork)


class PlainTransport:
    """Tags are digests of contents."""

    def __init__(self, system: Any, root: str) -> None:
        self._system = system
        self._root = root

    @staticmethod
    def defaults(options: Mapping[str, Any]) -> dict[str, Any]:
        return dict(options)

    def get(self, name: str, progress: Progress) -> Stored | None:
        try:
            data = self._system.cat_file(self._path(name))
        except _MISSING:
            return None
        progress(len(data))
        return Stored(memoryview(data))

    def create(self, name: str, pieces: Sequence[Buffer], progress: Progress) -> str | None:
        return self._exchange(name, joined(pieces), None)

    def replace(self, name: str, data: bytes, tag: str) -> str | None:
        return self._exchange(name, data, tag)

    def size(self, name: str) -> int | None:
        try:
            return int(self._system.info(self._path(name))["size"])
        except _MISSING:
            return None

    def delete(self, name: str, tag: str | None) -> bool:
        with _turns:
            if tag is not None and self._tag(name) not in (tag, None):
                return False
            try:
                self._system.rm_file(self._path(name))
            except _MISSING:
                return True
        return True

    def iter(self, prefix: str) -> Iterator[Listed]:
        try:
            found = self._system.find(self._path(prefix.rpartition("/")[0]), detail=True)
        except _MISSING:
            return
        for path, known in found.items():
            # Some file systems begin their paths with a slash, and some do only in listings.
            name = path.lstrip("/").removeprefix(self._root.lstrip("/")).lstrip("/")
            if name.startswith(prefix):
                yield Listed(name, int(known["size"]), _modified(known))

    def _exchange(self, name: str, data: bytes, tag: str | None) -> str | None:
        with _turns:
            if self._tag(name) != tag:
                return None
            self._system.pipe_file(self._path(name), data)
        return version_of(data)

    def _tag(self, name: str) -> str | None:
        found = self.get(name, lambda _: None)
        return None if found is None else version_of(found.data)

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"


def _modified(known: Mapping[str, Any]) -> datetime:
    for name in ("LastModified", "last_modified", "modified", "updated", "created", "mtime"):
        found = known.get(name)
        if isinstance(found, str):
            found = msgspec.convert(found, datetime)
        if isinstance(found, datetime):
            return found if found.tzinfo else found.replace(tzinfo=timezone.utc)
        if isinstance(found, (int, float)):
            return datetime.fromtimestamp(found, timezone.utc)
    return datetime.fromtimestamp(0, timezone.utc)
