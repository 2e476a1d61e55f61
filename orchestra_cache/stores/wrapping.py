"""What a store around another one says of itself: what that one says."""

from __future__ import annotations

from typing import Generic, TypeVar

from orchestra_cache.stores.base import Store

__all__ = ["Wrapper"]

S = TypeVar("S", bound=Store)


class Wrapper(Generic[S]):
    """Where a store is and how far it goes, by the store inside."""

    def __init__(self, store: S) -> None:
        self._store = store
        self.url = store.url
        self.local = store.local

    @property
    def atomic(self) -> bool:
        return self._store.atomic

    @property
    def trusted(self) -> bool:
        return self._store.trusted
