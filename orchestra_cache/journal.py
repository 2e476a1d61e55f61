"""What this process hit, missed and published, for those who decide what is kept.

A hit costs an entry in a dictionary; the store gets one object now and then.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timezone
from uuid import uuid4
from weakref import WeakSet

import msgspec

from orchestra_cache.errors import ReadOnlyError
from orchestra_cache.events import Failed, Hit, Miss, emit
from orchestra_cache.fingerprints.digest import Digest
from orchestra_cache.fingerprints.recipe import CacheKey
from orchestra_cache.stores import Store
from orchestra_cache.stores.entry import Output
from orchestra_cache.stores.layout import prefix_of, task_prefix
from orchestra_cache.stores.seals import Seals, context_of

__all__ = ["FORMAT", "Journal", "Publication", "Tally", "Use", "journal_context"]

FORMAT = "orchestra-cache-journal/1"

_DAY = 86400.0

# A buffer is written when it has so many records, or at the first event after so many seconds.
_FULL = 1000
_OLD = 300.0

# A process that lives for seconds and has only hits writes them once in four times: what is in
# daily use goes unnoticed for a week with a chance of one in eight, for a month never.
_LEAST_SHARE = 0.25

# Entries remembered as noted today; more than that, and some are noted twice.
_REMEMBERED = 100_000


class Use(msgspec.Struct, frozen=True, array_like=True, tag="used"):
    """An entry was hit; `at` in seconds since the epoch. `name` is `<task>/<key>` as stored."""

    name: str
    at: float


class Publication(msgspec.Struct, frozen=True, array_like=True, tag="published"):
    """An entry was written.

    Attributes:
        size: Of the entry itself.
        created: As the entry says, in seconds since the epoch.
        ago: Seconds between the entry and this record of it, both by the writer's own watch.
        seconds: The computation took.
        digests: Of all parts, in hexadecimal.
    """

    name: str
    size: int
    created: float
    ago: float
    seconds: float
    digests: tuple[str, ...]


class Tally(msgspec.Struct, array_like=True, tag="task"):
    """What became of a task's calls; `saved` in seconds."""

    task: str
    hits: int = 0
    misses: int = 0
    published: int = 0
    saved: float = 0.0


class Journal:
    """One process's journal of one namespace. No method raises.

    Args:
        chance: A number from 0 to 1, drawn once in the life of a process.
    """

    def __init__(
        self,
        store: Store,
        namespace: str,
        seals: Seals,
        *,
        clock: Callable[[], float] = time.time,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._store, self._namespace, self._seals = store, namespace, seals
        self._clock, self._chance = clock, chance
        self.forget()
        _journals.add(self)

    def __reduce__(self) -> tuple[object, ...]:
        # Another process has a journal of its own.
        return Journal, (self._store, self._namespace, self._seals)

    def forget(self) -> None:
        """Begin anew, as a forked child has to: what was noted before is its parent's."""
        self._lock = threading.Lock()
        self._uses: dict[str, Use] = {}
        self._publications: list[tuple[Publication, float]] = []
        self._tallies: dict[str, Tally] = {}
        self._noted: set[str] = set()
        self._began = self._due = self._tomorrow = 0.0
        self._luck: float | None = None
        self._said = False

    def looked(self, outcome: Hit | Miss) -> None:
        """Note a hit or a miss."""
        if self._clock() >= self._due:
            self._tick()
        tally = self._tallies.get(outcome.task) or self._tally(outcome.task)
        if not isinstance(outcome, Hit):
            tally.misses += 1
        else:
            tally.hits += 1
            tally.saved += outcome.saved.total_seconds()
            if outcome.key not in self._noted:
                self._note(outcome)

    def published(
        self, key: CacheKey, output: Output, size: int, created: datetime, seconds: float
    ) -> None:
        """Note that an entry was written: what it refers to need not be read from it again."""
        at = created.timestamp()
        parts = tuple(Digest.parse(part.digest).hex for part in output.parts)
        record = Publication(_named(str(key)), size, at, 0.0, seconds, parts)
        self._publications.append((record, time.monotonic()))
        tally = self._tallies.get(key.task) or self._tally(key.task)
        tally.published += 1
        if self._clock() >= self._due or len(self._publications) >= _FULL:
            self._tick()

    def flush(self) -> None:
        """Write what was noted as one object; a few hits of a short process only sometimes."""
        with self._lock:
            if not self._drawn():
                return
            lines = self._taken()
            if lines and self._seals.writes:
                self._write(b"\n".join(lines))

    def _tally(self, task: str) -> Tally:
        return self._tallies.setdefault(task, Tally(task))

    def _note(self, hit: Hit) -> None:
        now = self._clock()
        self._noted.add(hit.key)
        # What was made today is known to have been in use today.
        if now - hit.created.timestamp() >= _DAY:
            self._uses[hit.key] = Use(_named(hit.key), now)
            if len(self._uses) >= _FULL:
                self._tick()

    def _tick(self) -> None:
        """Once in a while: begin a new day, and write in a thread, so that nobody waits for it."""
        now = self._clock()
        first = not self._began
        self._began = self._began or now
        if now >= self._tomorrow or len(self._noted) > _REMEMBERED:
            self._noted.clear()
            self._tomorrow = now - now % _DAY + _DAY
        self._due = min(now + _OLD, self._tomorrow)
        if not first:
            with suppress(RuntimeError):
                threading.Thread(target=self.flush, name="journal", daemon=True).start()

    def _drawn(self) -> bool:
        """Whether to write now: always what was published, and the more sure the more there is."""
        if self._luck is None:
            self._luck = self._chance()
        lived = self._clock() - (self._began or self._clock())
        share = max(_LEAST_SHARE, len(self._uses) / _FULL, lived / _OLD)
        return bool(self._publications) or self._luck < share

    def _taken(self) -> list[bytes]:
        publications, self._publications = self._publications, []
        uses, self._uses = self._uses, {}
        tallies, self._tallies = self._tallies, {}
        now = time.monotonic()
        records: Sequence[Use | Publication | Tally] = [
            *(msgspec.structs.replace(record, ago=now - at) for record, at in publications),
            *uses.values(),
            *tallies.values(),
        ]
        return [msgspec.json.encode(record) for record in records]

    def _write(self, body: bytes) -> None:
        writer, today = uuid4().hex, datetime.fromtimestamp(self._clock(), timezone.utc)
        name = f"{prefix_of(self._namespace, 'journal-v1')}{today:%Y-%m-%d}/{writer}"
        try:
            key_id, seal = self._seals.seal(journal_context(self._namespace, writer), body)
            self._store.put(name, [f"{FORMAT} {key_id} {seal}\n".encode(), body])
        except ReadOnlyError:
            return
        except Exception as error:
            # Losing it costs a collection some time. Once is enough to know.
            if not self._said:
                self._said = True
                emit(Failed("cache", "", "write its journal", error))


def journal_context(namespace: str, writer: str) -> bytes:
    """What else the seal of a journal covers."""
    return context_of("journal", namespace, writer)


def _named(key: str) -> str:
    """The name of an entry below its namespace's entries."""
    prefix = task_prefix("x", key[:-65])
    return f"{prefix.removeprefix('x/entries-v1/')}{key[-64:]}"


_journals: WeakSet[Journal] = WeakSet()


def _forget_all() -> None:
    for journal in list(_journals):
        journal.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
