"""How a cache is looked after: what is in it is collected, verified, invalidated, pinned."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING

from orchestra_cache.entries import Entries
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.fingerprints.recipe import Recipe
from orchestra_cache.stores.layout import entry_name, pin_name, task_prefix
from orchestra_cache.stores.seals import read_only
from orchestra_cache.stores.tiered import TieredStore

if TYPE_CHECKING:
    from orchestra_cache.collection import Order, Place, Report, Verified

__all__ = ["Upkeep"]


class Upkeep:
    """The side of a cache that those see who run it."""

    _entries: Entries

    def collect(
        self,
        *,
        older: timedelta | None = None,
        idle: timedelta | None = None,
        keep: int = 0,
        max_bytes: int | None = None,
        max_entries: int | None = None,
        order: Order = "lru",
        tasks: Collection[str] = (),
        grace: timedelta = timedelta(hours=1),
        shard: tuple[int, int] = (1, 1),
        dry_run: bool = False,
        full: bool = False,
    ) -> Report:
        """Delete entries beyond the limits, and blobs that nothing refers to.

        The limits are those of `collection.Limits`; the rest is as in `collection.collect`.

        Raises:
            ConfigurationError: The limits cannot be meant.
            ReadOnlyError: There is no key to sign with; a dry run needs none.
            StoreError: The store failed; what has gone until then is gone.
        """
        from orchestra_cache.collection import Limits, collect

        limits = Limits(older, idle, keep, max_bytes, max_entries, order, tasks, grace, shard)
        if not dry_run:
            self._check_writes()
            self.flush()
        return collect(self._place(), limits, dry_run=dry_run, full=full)

    def verify(self, *, repair: bool = False) -> Verified:
        """Read everything, and check every seal and digest.

        Args:
            repair: Delete what is damaged, and entries that refer to what is not there.

        Raises:
            ConfigurationError: A key cannot be read.
            StoreError: The store failed.
        """
        from orchestra_cache.collection import verify

        if repair:
            self._check_writes()
        return verify(self._place(), repair=repair)

    def invalidate(self, *, task: str | None = None, recipe: Recipe | None = None) -> int:
        """Delete the entries of a task, or the one of a recipe, so that it is computed again.

        Copies in near folders and in the memory of other processes are used until they are
        rechecked, which is ten minutes later unless `recheck=` says otherwise.

        Returns:
            How many there were.

        Raises:
            ConfigurationError: Neither or both are given.
            StoreError: The store failed.
        """
        if (task is None) == (recipe is None):
            raise ConfigurationError("what is to be invalidated?", "give a task or a recipe")
        self._check_writes()
        entries = self._entries
        entries.memory.clear()
        if recipe is not None:
            names = [entry_name(entries.namespace, recipe.key)]
            names = [name for name in names if entries.store.size(name) is not None]
        else:
            prefix = task_prefix(entries.namespace, task or "")
            names = [one.name for one in entries.store.iter(prefix)]
        for name in names:
            entries.store.delete(name)
        return len(names)

    def pin(self, recipe: Recipe) -> None:
        """Let no collection delete the entry of a recipe, whether there is one yet or not."""
        self._check_writes()
        self._entries.store.put(pin_name(self._entries.namespace, recipe.key), [b""])

    def unpin(self, recipe: Recipe) -> None:
        """Let the entry of a recipe be collected like any other."""
        self._check_writes()
        self._entries.store.delete(pin_name(self._entries.namespace, recipe.key))

    def flush(self) -> None:
        """Write down what this process has used, for collections to know; never fails.

        Processes that live for long do it by themselves. A short one calls this at its end.
        """
        if self._entries.journal is not None:
            self._entries.journal.flush()

    def _check_writes(self) -> None:
        """Who has no key to sign with looks at a cache, and changes nothing in it."""
        if not self._entries.seals.writes:
            raise read_only()

    def _place(self) -> Place:
        from orchestra_cache.collection import Place

        entries = self._entries
        # What is to be deleted everywhere must not be read from a copy.
        store = entries.store.far if isinstance(entries.store, TieredStore) else entries.store
        clock = entries.clock
        return Place(store, entries.namespace, entries.seals, lambda: clock().timestamp())
