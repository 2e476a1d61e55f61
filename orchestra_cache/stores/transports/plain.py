"""Objects on any other file system that fsspec knows; most of them can only be read from.

A cache needs that of two who create a name one does, and no file system of fsspec says whether it
keeps to that: the default of `pipe_file(mode="create")` looks first and then writes.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from orchestra_cache.errors import ConfigurationError
from orchestra_cache.stores.base import Buffer, Listed, Stored, version_of
from orchestra_cache.stores.transports.base import Progress
from orchestra_cache.stores.transports.bodies import joined

__all__ = ["PlainTransport"]

_MISSING = (FileNotFoundError, NotADirectoryError, IsADirectoryError)

# fsspec's memory is one for the whole process, and so is what makes its writes atomic.
_memory = threading.Lock()


class PlainTransport:
    """Tags are digests of contents."""

    def __init__(self, system: Any, root: str) -> None:
        self._system = system
        self._root = root
        kinds = (system.protocol,) if isinstance(system.protocol, str) else tuple(system.protocol)
        self._kind = kinds[0]

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
        with _memory:
            if tag is not None:
                self._check("delete a version of an object")
                if self._tag(name) not in (tag, None):
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
        self._check("create an object only where there is none")
        with _memory:
            if self._tag(name) != tag:
                return None
            self._system.pipe_file(self._path(name), data)
        return version_of(data)

    def _tag(self, name: str) -> str | None:
        found = self.get(name, lambda _: None)
        return None if found is None else version_of(found.data)

    def _check(self, verb: str) -> None:
        if self._kind != "memory":
            raise ConfigurationError(
                f"the fsspec file system `{self._kind}` cannot {verb} in one step, so that two "
                "writers would overwrite each other",
                "write to a folder, S3, GCS or Azure; a cache on this file system can be read",
            )

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"


def _modified(known: Mapping[str, Any]) -> datetime:
    for name in ("LastModified", "last_modified", "modified", "updated", "created", "mtime"):
        found = known.get(name)
        if isinstance(found, datetime):
            return found if found.tzinfo else found.replace(tzinfo=timezone.utc)
        if isinstance(found, str):
            return datetime.fromisoformat(found.replace("Z", "+00:00"))
        if isinstance(found, (int, float)):
            return datetime.fromtimestamp(found, timezone.utc)
    return datetime.fromtimestamp(0, timezone.utc)
