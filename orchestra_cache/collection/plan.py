"""Which entries go.

Those that stay are chosen first, from the most recently used on, so that the choice does not depend
on what has gone already: the parts of a collection choose alike, in whatever order they run.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from orchestra_cache.collection.catalog import Catalog
from orchestra_cache.collection.limits import Limits

__all__ = ["plan"]

# The latest first; before all, those that stay in any case.
_ORDERED = {
    "lru": "SELECT * FROM choice ORDER BY safe = '', latest DESC, key, folder, blob",
    "fifo": "SELECT * FROM choice ORDER BY safe = '', created DESC, key, folder, blob",
}
_MARKED = {
    "older": "UPDATE entry SET gone = 'older' WHERE id IN"
    " (SELECT id FROM candidate WHERE safe = '' AND created < ?)",
    "idle": "UPDATE entry SET gone = 'idle' WHERE id IN"
    " (SELECT id FROM candidate WHERE safe = '' AND latest < ?)",
}


def plan(catalog: Catalog, limits: Limits, pins: list[tuple[str, bytes]], now: float) -> None:
    """Mark what goes in `entry.gone`, with the reason; and in `entry.safe` what limits spare.

    Args:
        pins: Folders and keys of entries that stay.
    """
    for folder, task in catalog.run("SELECT id, task FROM folder").fetchall():
        catalog.run("UPDATE folder SET wanted = ? WHERE id = ?", limits.wants(task), folder)
    _spare(catalog, limits, pins)
    _mark_damaged(catalog, now - limits.grace.total_seconds())
    for reason, age in (("older", limits.older), ("idle", limits.idle)):
        if age is not None:
            catalog.run(_MARKED[reason], now - age.total_seconds())
    if limits.max_bytes is not None or limits.max_entries is not None:
        _fill(catalog, limits)


def _spare(catalog: Catalog, limits: Limits, pins: list[tuple[str, bytes]]) -> None:
    catalog.run_many(
        "UPDATE entry SET safe = 'pinned' WHERE key = ?"
        " AND folder = (SELECT id FROM folder WHERE name = ?)",
        ((key, folder) for folder, key in pins),
    )
    if limits.keep:
        catalog.run(
            "UPDATE entry SET safe = 'newest' WHERE safe = '' AND id IN (SELECT id FROM"
            " (SELECT id, row_number() OVER (PARTITION BY folder ORDER BY created DESC, key)"
            " AS place FROM candidate) WHERE place <= ?)",
            limits.keep,
        )


def _mark_damaged(catalog: Catalog, before: float) -> None:
    catalog.run(
        "UPDATE entry SET gone = 'damaged' WHERE listed AND state = 'damaged' AND modified < ?",
        before * 1e6,
    )


def _fill(catalog: Catalog, limits: Limits) -> None:
    """Keep as many of the most recently used entries as there is room for.

    One that does not fit goes, though a smaller and older one may stay: this keeps all that would
    be left if the least recently used were deleted one by one, and often more.
    """
    room = float("inf") if limits.max_bytes is None else limits.max_bytes
    places = float("inf") if limits.max_entries is None else limits.max_entries
    counted = _shared_with_others(catalog)
    gone = []
    for entry, safe, size, blobs in _by_last_use(catalog, limits):
        needed = size + sum(held for blob, held in blobs if not counted[blob])
        if safe or (needed <= room and places >= 1):
            room, places = room - needed, places - 1
            for blob, _ in blobs:
                counted[blob] = 1
        else:
            gone.append((entry,))
    catalog.run_many("UPDATE entry SET gone = 'room' WHERE id = ?", gone)


def _shared_with_others(catalog: Catalog) -> bytearray:
    """A mark for each blob that does not go whatever is chosen: it takes no room of these tasks."""
    marks = bytearray(catalog.number("SELECT max(id) FROM blob") + 1)
    for (blob,) in catalog.run(
        "SELECT DISTINCT blob FROM refers JOIN entry ON entry.id = entry WHERE state = 'foreign'"
        " OR folder NOT IN (SELECT id FROM folder WHERE wanted)"
    ):
        marks[blob] = 1
    return marks


def _by_last_use(
    catalog: Catalog, limits: Limits
) -> Iterator[tuple[int, str, int, list[tuple[int, int]]]]:
    """Entries that may be chosen, each with its blobs."""
    for (entry, safe, size), group in groupby(
        catalog.run(_ORDERED[limits.order]), key=itemgetter(0, 1, 2)
    ):
        yield entry, safe, size, [(row[3], row[4]) for row in group if row[3] is not None]
