"""Values on their way from task to task: kept outside of any result, read, and let go."""

from __future__ import annotations

from typing import Any

from orchestra_cache.entries import Entries
from orchestra_cache.fingerprints.recipe import CacheKey, Recipe
from orchestra_cache.outputs import Encoded
from orchestra_cache.parts import Parts
from orchestra_cache.ref import Ref
from orchestra_cache.stores.entry import Output, write_entry
from orchestra_cache.stores.layout import entry_name
from orchestra_cache.stores.seals import read_only

__all__ = ["Handover"]


class Handover:
    """The side of a cache that those see who carry values."""

    _entries: Entries

    def load(self, ref: Ref) -> Any:
        """Read the value of a Ref that this cache, or another with its keys, has made.

        Raises:
            StoreError: It is not there, not whole, or not to be believed.
        """
        entries = self._entries
        store = entries.store if ref.url == entries.store.url else None
        return ref.load(store, seals=entries.seals)

    def hand_over(self, owner: Recipe, encoded: Encoded, *, producer: str = "") -> Ref:
        """Keep a value, and a small entry which sees to it that no collection takes it early.

        Args:
            owner: Who holds the Ref, and nobody else: the entry goes with it (`let_go`).

        Raises:
            ReadOnlyError: There is no key to sign with.
            StoreError: The store failed.
        """
        entries = self._entries
        if not entries.seals.writes:
            raise read_only()
        saved = Parts(entries.store, entries.namespace).save(encoded, room=-1)
        self._pin(owner, saved.output, producer)
        return Ref.of(saved.output, entries.store.url, entries.namespace).sealed(entries.seals)

    def let_go(self, owner: CacheKey) -> None:
        """Take back a `hand_over`: the value stays as long as somebody else refers to it.

        Raises:
            StoreError: The store failed.
        """
        self._entries.store.delete(entry_name(self._entries.namespace, owner))

    def _pin(self, owner: Recipe, output: Output, producer: str) -> None:
        entries = self._entries
        created = entries.clock()
        data = write_entry(
            owner,
            entries.namespace,
            [(output, {})],
            created=created,
            expires=None,
            producer=producer,
            seconds=0.0,
            seals=entries.seals,
        )
        entries.store.exchange(entry_name(entries.namespace, owner.key), data, version=None)
        if entries.journal is not None:
            entries.journal.published(owner.key, output, len(data), created, 0.0)
