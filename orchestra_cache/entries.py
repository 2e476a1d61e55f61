"""Find and write entries: what a store's objects mean as results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from orchestra_cache.errors import CodecError, IntegrityError
from orchestra_cache.events import Hit, Miss, Published
from orchestra_cache.explain import Change, Explanation, nearest
from orchestra_cache.fingerprints.digest import Digest
from orchestra_cache.fingerprints.recipe import CacheKey, Recipe
from orchestra_cache.outputs import Encoded, decode, encode
from orchestra_cache.ref import Ref
from orchestra_cache.stores import Store, Stored
from orchestra_cache.stores.entry import INLINE_LIMIT, Entry, Output, read_entry, write_entry
from orchestra_cache.stores.layout import blob_name, entry_name, task_prefix

__all__ = ["Entries", "Found", "Kept"]

# Clocks of one fleet differ; an entry from further ahead was made by one that is wrong.
_CLOCK_SKEW = timedelta(minutes=5)

# Entries looked at to say what changed: the newest, enough to find yesterday's.
_COMPARED = 20

# Values that an orchestrator can carry by itself; with others a Ref travels.
_CARRIED = ("json",)


@dataclass(frozen=True, slots=True)
class Found:
    """What lies under a key.

    Attributes:
        stored: What is there, if a new entry would have to replace it.
        damage: Why an entry could not be read.
    """

    outcome: Hit | Miss
    stored: Stored | None = None
    damage: IntegrityError | CodecError | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A result that was published; `value` is a Ref if one was asked for and is of use."""

    event: Published
    value: object


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries of one namespace of a store. Every method raises `StoreError` if that fails.

    Attributes:
        secret: The namespace's own key for the digests of secrets among arguments.
    """

    store: Store
    namespace: str
    clock: Callable[[], datetime]
    secret: bytes | None = field(default=None, repr=False)

    def find(self, recipe: Recipe, ttl: timedelta | None, *, refs: bool) -> Found:
        """Look under a recipe's key; what is damaged is set aside and is a miss."""
        name = entry_name(self.namespace, recipe.key)
        stored = self.store.get(name)
        if stored is None:
            return Found(self._miss(recipe, "no entry"))
        try:
            entry = read_entry(stored.data, self.namespace, recipe.key)
            stale = self._stale(entry, ttl)
            if stale:
                return Found(self._miss(recipe, stale, compared=False), stored)
            value = self._value(entry.header.outputs[0], entry.inline[0], refs=refs)
        except (IntegrityError, CodecError) as damage:
            self.store.delete(name, version=stored.version)
            return Found(self._miss(recipe, damage.message, compared=False), damage=damage)
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
    ) -> Kept | None:
        """Write a result: blob first, then the entry that names it.

        Returns:
            None if another writer was first; its entry stays.

        Raises:
            CodecError: The value cannot be kept in this store.
        """
        encoded = encode(value, trusted=self.store.trusted)
        size = encoded.digest.size or 0
        inline = b"".join(encoded.pieces) if size <= INLINE_LIMIT else None
        if inline is None:
            self._put_blob(encoded)
        created = self.clock()
        expires = _end(created, ttl)
        data = write_entry(
            recipe,
            self.namespace,
            [(_output(encoded, inline=inline is not None), inline)],
            created=created,
            expires=expires,
            producer=producer,
            seconds=seconds,
        )
        name = entry_name(self.namespace, recipe.key)
        if self.store.exchange(name, data, version=replaces) is None:
            return None
        event = Published(recipe.task, str(recipe.key), size, encoded.codec, seconds)
        return Kept(event, self._travelling(value, encoded, inline) if refs else value)

    def recipes(self, task: str) -> Iterator[Recipe]:
        """Recipes of a task's entries, newest first. Lists the store."""
        prefix = task_prefix(self.namespace, task)
        for one in sorted(self.store.iter(prefix), key=lambda one: one.modified, reverse=True):
            with suppress(ValueError, IntegrityError):
                key = CacheKey(task, Digest.parse(f"blake3:{one.name.rpartition('/')[2]}"))
                stored = self.store.get(one.name)
                if stored is not None:
                    yield read_entry(stored.data, self.namespace, key).recipe

    def explain(self, recipe: Recipe, ttl: timedelta | None) -> Explanation:
        """Say whether a recipe is a hit, and if not, what differs from the nearest entry."""
        found = self.find(recipe, ttl, refs=False).outcome
        if isinstance(found, Hit):
            return Explanation(str(found), hit=True)
        entries, changes = self._compare(recipe)
        return Explanation(found.reason, entries=entries, changes=changes)

    def _compare(self, recipe: Recipe) -> tuple[int, tuple[Change, ...]]:
        others = list(islice(self.recipes(recipe.task), _COMPARED))
        return len(others), nearest(recipe, others) or ()

    def _miss(self, recipe: Recipe, reason: str, *, compared: bool = True) -> Miss:
        # Where listing costs a round trip, the comparison waits until somebody asks.
        changes = self._compare(recipe)[1] if compared and self.store.local else ()
        return Miss(recipe.task, str(recipe.key), reason, changes)

    def _stale(self, entry: Entry, ttl: timedelta | None) -> str:
        now, header = self.clock(), entry.header
        limits = [header.expires, _end(header.created, ttl)]
        if header.created > now + _CLOCK_SKEW:
            return "the entry is from the future"
        expired = any(limit is not None and limit <= now for limit in limits)
        return f"the entry of {header.created:%Y-%m-%d %H:%M} UTC has expired" if expired else ""

    def _value(self, output: Output, inline: memoryview | None, *, refs: bool) -> object:
        digest = Digest.parse(output.digest)
        name = blob_name(self.namespace, digest)
        carried = output.codec in _CARRIED and inline is not None
        if refs and not carried:
            if inline is not None:
                self.store.put(name, [inline])
            elif self.store.size(name) != digest.size:
                raise IntegrityError("the stored output is gone or cut short", "it heals itself")
            return self._ref(output)
        stored = Stored(inline) if inline is not None else self.store.get(name)
        if stored is None:
            raise IntegrityError("the stored output is gone", "it is computed again")
        try:
            return decode(stored.data, digest, output.codec, trusted=self.store.trusted)
        except IntegrityError:
            self.store.delete(name)
            raise

    def _put_blob(self, encoded: Encoded) -> None:
        name = blob_name(self.namespace, encoded.digest)
        if (
            not self.store.put(name, encoded.pieces)
            and self.store.size(name) != encoded.digest.size
        ):
            self.store.delete(name)
            self.store.put(name, encoded.pieces)

    def _travelling(self, value: object, encoded: Encoded, inline: bytes | None) -> object:
        output = _output(encoded, inline=inline is not None)
        if inline is not None and encoded.codec in _CARRIED:
            return value
        if inline is not None:
            self._put_blob(encoded)
        return self._ref(output)

    def _ref(self, output: Output) -> Ref:
        return Ref(
            self.store.url,
            self.namespace,
            output.digest,
            output.codec,
            output.fingerprint,
            output.type,
            output.made_of,
        )


def _end(start: datetime, ttl: timedelta | None) -> datetime | None:
    """When a duration is over; None if never, or not in any year there is."""
    try:
        return None if ttl is None else start + ttl
    except OverflowError:
        return None


def _hit(recipe: Recipe, entry: Entry, value: Any) -> Hit:
    header = entry.header
    saved = timedelta(seconds=header.seconds)
    return Hit(recipe.task, str(recipe.key), header.created, header.producer, saved, value)


def _output(encoded: Encoded, *, inline: bool) -> Output:
    return Output(
        str(encoded.digest),
        encoded.codec,
        str(encoded.fingerprint),
        encoded.type,
        encoded.made_of,
        inline,
    )
