"""Find and write entries: what a store's objects mean as results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any, NamedTuple

import msgspec

from orchestra_cache.codecs import HARMLESS
from orchestra_cache.errors import CodecError, ForeignError, IntegrityError, ReadOnlyError
from orchestra_cache.events import Hit, Miss, Published
from orchestra_cache.explain import Change, Explanation, nearest
from orchestra_cache.fingerprints.digest import Buffer, Digest
from orchestra_cache.fingerprints.recipe import CacheKey, Recipe
from orchestra_cache.journal import Journal
from orchestra_cache.lifetime import end_of, stale
from orchestra_cache.memory import Held, MemoryTier
from orchestra_cache.outputs import encode
from orchestra_cache.parts import Parts, Saved
from orchestra_cache.ref import Ref
from orchestra_cache.stores import Store, Stored
from orchestra_cache.stores.entry import (
    LARGEST_ENTRY,
    Entry,
    Output,
    read_entry,
    recipe_of,
    write_entry,
)
from orchestra_cache.stores.layout import entry_name, task_prefix
from orchestra_cache.stores.readonly import ReadOnlyStore
from orchestra_cache.stores.seals import Checksum, Seals, read_only

__all__ = ["Entries", "Found", "Kept"]

# Entries looked at to say what changed: the newest, enough to find yesterday's.
_COMPARED = 20


class Found(msgspec.Struct, frozen=True):
    """What lies under a key.

    Attributes:
        stored: What is there, if a new entry would have to replace it.
        damage: Why an entry could not be read.
        foreign: What is there is not for us to judge, so nothing takes its place.
        failed: The store did not answer.
    """

    outcome: Hit | Miss
    stored: Stored | None = None
    damage: IntegrityError | CodecError | None = None
    foreign: bool = False
    failed: bool = False


class _Made(NamedTuple):
    """When and by whom an entry was made, and for how long."""

    created: datetime
    expires: datetime | None
    producer: str
    seconds: float
    effects: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """A result that was published; `value` is a Ref if one was asked for and is of use."""

    event: Published
    value: object
    version: str


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries of one namespace of a store. Every method raises `StoreError` if that fails.

    Attributes:
        secret: The namespace's own key for the digests of secrets among arguments.
        seals: What entries are sealed with, and which seals are accepted.
        read_from: Other namespaces to look in, which are never written to.
        memory: What this process has seen lately.
        journal: Takes down what was published, and, from those who look, what was hit.
    """

    store: Store
    namespace: str
    clock: Callable[[], datetime]
    secret: bytes | None = field(default=None, repr=False)
    seals: Seals = field(default_factory=Checksum, repr=False)
    read_from: Sequence[str] = ()
    memory: MemoryTier = field(default_factory=MemoryTier, repr=False)
    journal: Journal | None = field(default=None, repr=False)

    @property
    def trusted(self) -> bool:
        """Whether what is believed here may run code."""
        return self.seals.signed or self.store.trusted

    def find(self, recipe: Recipe, ttl: timedelta | None, *, refs: bool) -> Found:
        """Look under a recipe's key; what is damaged is set aside and is a miss."""
        own = self if self.seals.writes else self._other(self.namespace)
        found = own._find(recipe, ttl, refs=refs)
        for namespace in self.read_from:
            if found.outcome:
                break
            other = self._other(namespace)._find(recipe, ttl, refs=refs)
            outcome, damage = other.outcome or found.outcome, found.damage or other.damage
            found = Found(outcome, found.stored, damage, foreign=found.foreign)
        if isinstance(found.outcome, Hit) or found.stored or found.damage or not self.store.local:
            # Where listing costs a round trip, the comparison waits until somebody asks.
            return found
        return Found(_miss(recipe, found.outcome.reason, self._compare(recipe)[1]))

    def recall(self, recipe: Recipe, ttl: timedelta | None) -> Hit | None:
        """What this process has in memory, if it may still be used."""
        held = self.memory.get(recipe.key) if self.memory.limit else None
        if held is None:
            return None
        limited = ttl is not None or held.expires is not None
        if limited and self._stale(held.created, held.expires, ttl):
            return None
        try:
            value = held.value()
        except (CodecError, IntegrityError):
            # The store may have what can be read; and what is in the way is told by it.
            self.memory.drop(recipe.key)
            return None
        return Hit(recipe.task, held.key, held.created, held.producer, held.saved, value)

    def _other(self, namespace: str) -> Entries:
        """The entries of a namespace that is only read."""
        return replace(self, store=ReadOnlyStore(self.store), namespace=namespace, read_from=())

    def _find(self, recipe: Recipe, ttl: timedelta | None, *, refs: bool) -> Found:
        name = entry_name(self.namespace, recipe.key)
        stored = self.store.get(name)
        if stored is None:
            return Found(_miss(recipe, "no entry"))
        try:
            return self._read(recipe, stored, ttl, refs=refs)
        except ForeignError as damage:
            miss = _miss(recipe, damage.message)
            kept = not damage.replaceable
            return Found(miss, None if kept else stored, damage, foreign=kept)
        except ReadOnlyError as refusal:
            # A Ref needs a blob, and there is none: computed, it is kept where a blob can be made.
            if self.seals.writes:
                return Found(_miss(recipe, refusal.message))
            return self._read(recipe, stored, ttl, refs=False)
        except (IntegrityError, CodecError) as damage:
            # What is too large to be an entry is not read to tell its version.
            huge = stored.data.nbytes > LARGEST_ENTRY
            self.store.delete(name, version=None if huge else stored.version)
            return Found(_miss(recipe, damage.message), damage=damage)

    def _read(self, recipe: Recipe, stored: Stored, ttl: timedelta | None, *, refs: bool) -> Found:
        entry = read_entry(stored.data, self.namespace, recipe.key, self.seals)
        reason = self._stale(entry.header.created, entry.header.expires, ttl)
        if reason:
            return Found(_miss(recipe, reason), stored)
        value = self._value(recipe, entry, refs=refs)
        return Found(_hit(recipe, entry, value), stored)

    def publish(
        self,
        recipe: Recipe,
        value: object,
        *,
        seconds: float,
        ttl: timedelta | None = None,
        producer: str = "",
        replaces: str | None = None,
        refs: bool = False,
        codec: str | None = None,
        effects: Mapping[str, Any] | None = None,
    ) -> Kept | None:
        """Write a result: blob first, then the entry that names it.

        Returns:
            None if another writer was first; its entry stays.

        Raises:
            CodecError: The value cannot be kept in this store.
            ReadOnlyError: There is no key to sign with.
        """
        if not self.seals.writes:
            raise read_only()
        encoded = encode(value, trusted=self.trusted, codec=codec)
        saved = self._parts.save(encoded)
        created = self.clock()
        made = _Made(created, end_of(created, ttl), producer, seconds, effects or {})
        version = self._write(recipe, saved, made, replaces)
        if version is None:
            return None
        if self.memory.takes(saved.size):
            copies = {at: b"".join(part.pieces) for at, part in enumerate(encoded.parts)}
            self._remember(recipe.key, saved.output, copies, made)
        used = saved.output.parts[0].codec
        event = Published(recipe.task, str(recipe.key), saved.size, used, seconds)
        if refs and not _carried(saved.output):
            value = self._ref(saved.output, saved.inline)
        return Kept(event, value, version)

    def _write(self, recipe: Recipe, saved: Saved, made: _Made, replaces: str | None) -> str | None:
        outputs = [(saved.output, saved.inline)]
        data = write_entry(recipe, self.namespace, outputs, seals=self.seals, **made._asdict())
        name = entry_name(self.namespace, recipe.key)
        version = self.store.exchange(name, data, version=replaces)
        if version is not None and self.journal is not None:
            size, created, seconds = len(data), made.created, made.seconds
            self.journal.published(recipe.key, saved.output, size, created, seconds)
        return version

    def recipes(self, task: str) -> Iterator[Recipe]:
        """Recipes of a task's entries, newest first. Lists the store."""
        prefix = task_prefix(self.namespace, task)
        for one in sorted(self.store.iter(prefix), key=lambda one: one.modified, reverse=True):
            with suppress(ValueError, IntegrityError):
                key = CacheKey(task, Digest.parse(f"blake3:{one.name.rpartition('/')[2]}"))
                stored = self.store.get(one.name)
                if stored is not None:
                    yield recipe_of(read_entry(stored.data, self.namespace, key, self.seals))

    def explain(self, recipe: Recipe, ttl: timedelta | None) -> Explanation:
        """Say whether a recipe is a hit, and if not, what differs from the nearest entry."""
        found = self.find(recipe, ttl, refs=False).outcome
        if isinstance(found, Hit):
            return Explanation(str(found), hit=True)
        entries, changes = self._compare(recipe)
        return Explanation(found.reason, entries=entries, changes=changes)

    def _compare(self, recipe: Recipe) -> tuple[int, tuple[Change, ...]]:
        places = [self, *map(self._other, self.read_from)]
        listed = chain.from_iterable(place.recipes(recipe.task) for place in places)
        others = list(islice(listed, _COMPARED))
        return len(others), nearest(recipe, others) or ()

    def _stale(self, created: datetime, expires: datetime | None, ttl: timedelta | None) -> str:
        return stale(created, expires, ttl, self.clock())

    @property
    def _parts(self) -> Parts:
        return Parts(self.store, self.namespace)

    def _value(self, recipe: Recipe, entry: Entry, *, refs: bool) -> object:
        output, inline = entry.header.outputs[0], entry.inline[0]
        if refs and not _carried(output):
            return self._ref(output, inline)
        copied = self.memory.limit > 0 and self.memory.takes(output.size)
        copies: dict[int, bytes] | None = {} if copied else None
        harmless = output.parts[0].codec in HARMLESS
        # Not asked in vain: it looks at a folder.
        trusted = not harmless and self.trusted
        value = self._parts.load(output.parts, inline, trusted=trusted, copies=copies)
        if copies is not None:
            header = entry.header
            made = header.created, header.expires, header.producer, header.seconds
            self._remember(recipe.key, output, copies, _Made(*made, header.effects))
        return value

    def _remember(
        self, key: CacheKey, output: Output, copies: Mapping[int, bytes], made: _Made
    ) -> None:
        created, expires, producer, seconds, effects = made
        if effects:
            return  # Nothing but the value is held in memory.
        saved = timedelta(seconds=seconds)
        codecs = [part.codec for part in output.parts]
        held = Held(str(key), created, expires, producer, saved, codecs, copies, self.trusted)
        self.memory.put(key, held)

    def _ref(self, output: Output, inline: Mapping[int, Buffer]) -> Ref:
        self._parts.detach(output.parts, inline)
        return Ref.of(output, self.store.url, self.namespace).sealed(self.seals)


def _miss(recipe: Recipe, reason: str, changes: tuple[Change, ...] = ()) -> Miss:
    return Miss(recipe.task, str(recipe.key), reason, changes)


def _hit(recipe: Recipe, entry: Entry, value: Any) -> Hit:
    header = entry.header
    saved = timedelta(seconds=header.seconds)
    found = recipe.task, str(recipe.key), header.created, header.producer, saved, value
    return Hit(*found, header.effects)


def _carried(output: Output) -> bool:
    """Whether an orchestrator carries the value by itself as well as a Ref."""
    part = output.parts[0]
    return part.codec == "json" and part.inline
