"""What a cache is made of, from what its user says; nothing is opened yet."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from orchestra_cache.entries import Entries
from orchestra_cache.errors import ConfigurationError, StoreError
from orchestra_cache.events import Failed, emit
from orchestra_cache.flight import Flights
from orchestra_cache.journal import Journal
from orchestra_cache.keyring import KeySource, seals_of
from orchestra_cache.leases import Leases, open_leases
from orchestra_cache.memory import MemoryTier
from orchestra_cache.place import checked_namespace, checked_place, checked_sources, is_folder
from orchestra_cache.secrecy import secret_of
from orchestra_cache.stores import Store, open_store, origin_of
from orchestra_cache.stores.near import NearFolder
from orchestra_cache.stores.tiered import TieredStore

__all__ = ["Assembly"]


@dataclass(frozen=True)
class Assembly:
    """The arguments of `Cache`, checked, and what they make."""

    place: str
    namespace: str
    trusted: bool
    storage_options: Mapping[str, Any] = field(repr=False)
    secrets_key: str | bytes | None = field(repr=False)
    keys: Sequence[KeySource] | None = field(repr=False)
    read_from: Sequence[str]
    near: str | os.PathLike[str] | None
    near_size: int
    memory: int
    recheck: timedelta
    budget: timedelta
    leases: str | Leases | None = field(repr=False)

    def checked(self) -> Assembly:
        """The same with a place and namespaces that can be meant.

        Raises:
            ConfigurationError: One of the arguments cannot.
        """
        for name, right, hint in self._rules():
            if not right:
                held = "…" if name == "leases" else repr(getattr(self, name))
                raise ConfigurationError(f"{name}={held} cannot be meant", hint)
        return replace(
            self,
            place=checked_place(self.place),
            namespace=checked_namespace(self.namespace),
            read_from=checked_sources(self.read_from, self.namespace),
        )

    def _rules(self) -> Iterator[tuple[str, bool, str]]:
        """Arguments whose mistakes would show late: the name, whether it is right, a hint."""
        for name in ("near_size", "memory"):
            held = getattr(self, name)
            right = isinstance(held, int) and not isinstance(held, bool) and held >= 0
            yield name, right, f"give a number of bytes: `{name}=256 << 20`"
        # Without any time copies are checked at every use; an operation always needs some.
        for name, least in (("recheck", timedelta(0)), ("budget", timedelta.resolution)):
            held = getattr(self, name)
            right = isinstance(held, timedelta) and held >= least
            yield name, right, f"give a duration: `{name}=timedelta(seconds=30)`"
        yield "trusted", isinstance(self.trusted, bool), "give True or False"
        near = "." if self.near is None else os.fspath(self.near)
        yield "near", is_folder(near), "give a folder of this machine: `near='~/.cache/lake'`"
        right = self.leases is None or isinstance(self.leases, str) or hasattr(self.leases, "lease")
        yield "leases", right, "give a URL such as `redis://host:6379/0`"

    def entries(self, clock: Callable[[], datetime]) -> tuple[Entries, Flights]:
        """The entries of the namespace, and who computes some of them now.

        Raises:
            ConfigurationError: A key, or the lease service, cannot be meant.
        """
        far = open_store(
            self.place,
            trusted=self.trusted,
            options=self.storage_options,
            budget=self.budget,
            notice=partial(_report, "read all of the store"),
        )
        store = self._with_copies(far)
        seals = seals_of(self.keys, away_from=self._folders(store))
        entries = Entries(
            store,
            self.namespace,
            clock,
            secret_of(self.secrets_key),
            seals,
            self.read_from,
            MemoryTier(self.memory, recheck=self.recheck),
            Journal(store, self.namespace, seals),
        )
        # Who holds a lease is never to be read from a copy.
        return entries, Flights(open_leases(far, self.leases, scope=self._origin))

    @property
    def _origin(self) -> str:
        return origin_of(self.place, self.storage_options)

    def _with_copies(self, store: Store) -> Store:
        if self.near is None or store.local:
            return store
        copies = NearFolder(self.near, origin=self._origin, limit=self.near_size)
        return TieredStore(
            copies, store, recheck=self.recheck, report=partial(_report, "use its near folder")
        )

    def _folders(self, store: Store) -> list[str]:
        """Folders that hold what was stored, where no key may lie."""
        near = [] if self.near is None else [os.fspath(self.near)]
        return [store.url, *near] if store.local else near


def _report(operation: str, error: StoreError) -> None:
    emit(Failed("cache", "", operation, error))
