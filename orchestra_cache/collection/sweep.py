"""Deleting what is to go: entries first, then the blobs that nothing refers to any more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from orchestra_cache.collection.catalog import Catalog
from orchestra_cache.collection.headers import read_header
from orchestra_cache.collection.limits import Limits
from orchestra_cache.collection.place import Place, batched, moment
from orchestra_cache.collection.report import Report
from orchestra_cache.fingerprints.digest import Digest
from orchestra_cache.stores.holds import remove

__all__ = ["Sweep"]

# Number, folder, key, size, why it goes, when it was made.
_Going = tuple[int, str, bytes, int, str, float]

_GOING = (
    "SELECT entry.id, folder.name, key, size, gone, created FROM entry"
    " JOIN folder ON folder.id = folder WHERE gone != '' AND entry.id > ?"
    " ORDER BY entry.id LIMIT 1000"
)

# Of blobs that nothing refers to, and those that lost their last reference now.
_UNUSED = (
    "SELECT id, digest, size, modified, EXISTS (SELECT 1 FROM refers WHERE blob = blob.id)"
    " FROM blob WHERE id > ? AND NOT EXISTS"
    " (SELECT 1 FROM refers JOIN entry ON entry.id = refers.entry"
    " WHERE refers.blob = blob.id AND entry.gone != 'done') ORDER BY id LIMIT 1000"
)


@dataclass(frozen=True, slots=True)
class Sweep:
    """One run's deleting.

    Attributes:
        began: When blobs were listed, in seconds.
    """

    place: Place
    catalog: Catalog
    limits: Limits
    report: Report
    began: float

    def entries(self) -> None:
        """Delete the entries that the plan has marked, in so far as they are of this shard."""
        last = 0
        while batch := self.catalog.run(_GOING, last).fetchall():
            last = batch[-1][0]
            mine = [row for row in batch if self.limits.mine(row[2])]
            done = list(self.place.each(self._delete, mine))
            self.catalog.run_many(
                "UPDATE entry SET gone = ? WHERE id = ?",
                [("done" if went else "", row[0]) for row, went in done],
            )
            for row, went in done:
                self._count(row, went=went)

    def blobs(self) -> None:
        """Delete blobs that nothing refers to and nobody is about to."""
        for batch in batched(self._unused(), 10_000):
            for (_, size, _), went in self.place.each(self._remove, batch):
                (self.report.deleted_blobs if went else self.report.waiting).add(size)

    def _delete(self, row: _Going) -> bool:
        _, folder, key, size, reason, created = row
        if self.report.dry_run:
            return True
        name = f"{self.place.prefix('entries-v1')}{folder}/{key.hex()}"
        stored = self.place.store.get(name)
        if stored is None:
            return True
        header = read_header(stored.data, name, self.place)
        # It may have been replaced since it was listed; where others date entries, size must do.
        dated = self.place.believed and reason != "damaged"
        if len(stored.data) != size or (dated and header.created != created):
            return False
        return self.place.store.delete(name, version=stored.version)

    def _count(self, row: _Going, *, went: bool) -> None:
        _, _, _, size, reason, _ = row
        if not went:
            self.report.changed += 1
            return
        self.report.deleted.add(size)
        self.report.reasons[reason] = self.report.reasons.get(reason, 0) + 1

    def _unused(self) -> Iterator[tuple[bytes, int, int]]:
        """Digest, size and time of the blobs that may go; those that may not are counted."""
        before = (self.began - self.limits.grace.total_seconds()) * 1e6
        last = 0
        while batch := self.catalog.run(_UNUSED, last).fetchall():
            last = batch[-1][0]
            for _, digest, size, modified, was_used in batch:
                # A shard that took the last reference away takes the blob, too.
                if not (was_used or self.limits.mine(digest)):
                    continue
                if modified < before and not self.report.unknown:
                    yield digest, size, modified
                else:
                    self.report.waiting.add(size)

    def _remove(self, blob: tuple[bytes, int, int]) -> bool:
        if self.report.dry_run:
            return True
        return remove(
            self.place.store,
            self.place.namespace,
            Digest(blob[0]),
            modified=moment(blob[2]),
            grace=self.limits.grace.total_seconds(),
            clock=self.place.clock,
        )
