"""A store in this process's memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone

from orchestra_cache.stores.base import Buffer, Listed, version_of

__all__ = ["MemoryStore"]


class MemoryStore:
    """Objects live as long as the store does."""

    local = True
    trusted = True

    def __init__(self) -> None:
        self.url = f"memory:{id(self):x}"
        self._objects: dict[str, tuple[bytes, datetime]] = {}
        self._lock = threading.Lock()

    def get(self, name: str) -> memoryview | None:
        found = self._objects.get(name)
        return None if found is None else memoryview(found[0])

    def put(self, name: str, pieces: Sequence[Buffer], *, replaces: str | None = None) -> bool:
        data = b"".join(pieces)
        with self._lock:
            found = self._objects.get(name)
            present = None if found is None else version_of(found[0])
            if present != replaces:
                return False
            self._objects[name] = (data, datetime.now(timezone.utc))
        return True

    def size(self, name: str) -> int | None:
        found = self._objects.get(name)
        return None if found is None else len(found[0])

    def delete(self, name: str) -> None:
        self._objects.pop(name, None)

    def iter(self, prefix: str) -> Iterator[Listed]:
        for name, (data, modified) in list(self._objects.items()):
            if name.startswith(prefix):
                yield Listed(name, len(data), modified)
