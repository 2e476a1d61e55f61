"""A store that is looked at and never changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from orchestra_cache.errors import ReadOnlyError
from orchestra_cache.stores.base import Buffer, Listed, Store, Stored
from orchestra_cache.stores.tiered import TieredStore
from orchestra_cache.stores.wrapping import Wrapper

__all__ = ["ReadOnlyStore"]


class ReadOnlyStore(Wrapper[Store]):
    """Another store's objects. Nothing is written (`ReadOnlyError`), and nothing is deleted."""

    def get(self, name: str) -> Stored | None:
        return self._store.get(name)

    def put(self, name: str, pieces: Sequence[Buffer]) -> bool:
        raise self._refusal()

    def exchange(self, name: str, data: Buffer, *, version: str | None) -> str | None:
        raise self._refusal()

    def size(self, name: str) -> int | None:
        return self._store.size(name)

    def delete(self, name: str, *, version: str | None = None) -> bool:
        # Not an error: whoever sets damage aside need not know whose it is. A copy may go.
        if isinstance(self._store, TieredStore):
            self._store.forget(name)
        return False

    def iter(self, prefix: str) -> Iterator[Listed]:
        return self._store.iter(prefix)

    def _refusal(self) -> ReadOnlyError:
        return ReadOnlyError(f"{self.url} is only read here", "write to a namespace of your own")
