"""A store in this process's memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone

from orchestra_cache.stores.base import Buffer, Listed, Stored, version_of

__all__ = ["MemoryStore"]


class MemoryStore:
    """Objects live as long as the store does."""

    local = True
    atomic = True
    trusted = True

    def __init__(self) -> None:
        self.url = f"memory:{id(self):x}"
        self._objects: dict[str, tuple[bytes, datetime]] = {}
        self._lock = threading.Lock()

    def get(self, name: str) -> Stored | None:
        found = self._objects.get(name)
        return None if found is None else Stored(memoryview(found[0]))

    def put(self, name: str, pieces: Sequence[Buffer]) -> bool:
        return self.exchange(name, b"".join(pieces), version=None) is not None

    def exchange(self, name: str, data: Buffer, *, version: str | None) -> str | None:
        content = bytes(data)
        with self._lock:
            if self._version(name) != version:
                return None
            self._objects[name] = (content, datetime.now(timezone.utc))
        return version_of(content)

    def size(self, name: str) -> int | None:
        found = self._objects.get(name)
        return None if found is None else len(found[0])

    def delete(self, name: str, *, version: str | None = None) -> bool:
        with self._lock:
            if version is not None and self._version(name) not in (version, None):
                return False
            self._objects.pop(name, None)
        return True

    def iter(self, prefix: str) -> Iterator[Listed]:
        for name, (data, modified) in list(self._objects.items()):
            if name.startswith(prefix):
                yield Listed(name, len(data), modified)

    def _version(self, name: str) -> str | None:
        found = self._objects.get(name)
        return None if found is None else version_of(found[0])
