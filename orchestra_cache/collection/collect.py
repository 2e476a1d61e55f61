"""The order of a collection: look, compact, choose, delete."""

from __future__ import annotations

from datetime import timedelta

from orchestra_cache.collection.catalog import Catalog, opened
from orchestra_cache.collection.limits import Limits
from orchestra_cache.collection.litter import clear
from orchestra_cache.collection.place import Place
from orchestra_cache.collection.plan import plan
from orchestra_cache.collection.report import Report
from orchestra_cache.collection.survey import survey
from orchestra_cache.collection.sweep import Sweep

__all__ = ["collect"]


def collect(place: Place, limits: Limits, *, dry_run: bool = False, full: bool = False) -> Report:
    """Delete what is beyond the limits, and what nobody refers to.

    Any number of collections, readers and writers may be at it at once.

    Args:
        dry_run: Only say what would go; nothing at all is written.
        full: Read every entry instead of believing the index.

    Raises:
        StoreError: The place does not work; what has gone until then is gone.
    """
    report = Report(dry_run=dry_run, shard=limits.shard)
    began = place.clock()
    with opened() as catalog:
        survey(place, catalog, report, full=full)
        _count(catalog, report)
        plan(catalog, limits, _pins(place), began)
        sweep = Sweep(place, catalog, limits, report, began)
        sweep.entries()
        sweep.blobs()
        _count_spared(catalog, report)
    if limits.shard[0] == 1:
        clear(place, report, limits.grace)
    report.seconds = place.clock() - began
    return report


def _count(catalog: Catalog, report: Report) -> None:
    for state in ("damaged", "foreign", "unknown"):
        count = catalog.number("SELECT count(*) FROM entry WHERE listed AND state = ?", state)
        setattr(report, state, count)
    report.hits = catalog.number("SELECT sum(hits) FROM tally")
    report.misses = catalog.number("SELECT sum(misses) FROM tally")
    report.saved = timedelta(seconds=catalog.number("SELECT sum(saved) FROM tally"))


def _count_spared(catalog: Catalog, report: Report) -> None:
    spared = "SELECT count(*) FROM entry WHERE listed AND safe = ?"
    report.pinned = catalog.number(spared, "pinned")
    report.newest = catalog.number(spared, "newest")


def _pins(place: Place) -> list[tuple[str, bytes]]:
    """Folders and keys of pinned entries."""
    pins = []
    prefix = place.prefix("pins-v1")
    for one in place.store.iter(prefix):
        folder, _, key = one.name.removeprefix(prefix).rpartition("/")
        if len(key) == 64 and not key.strip("0123456789abcdef"):
            pins.append((folder, bytes.fromhex(key)))
    return pins
