"""What is of no use to anybody: traces of killed processes, and of what is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from orchestra_cache.collection.index import CURRENT
from orchestra_cache.collection.place import Place
from orchestra_cache.collection.report import Report
from orchestra_cache.stores import Listed, LocalStore
from orchestra_cache.stores.holds import REMOVAL

__all__ = ["clear"]

_DAY = 86400.0

# A journal that no collection could use, since its key or its format is not known here.
_WEEK = 7 * _DAY


def clear(place: Place, report: Report, grace: timedelta) -> None:
    """Delete litter that is older than a day, a journal older than a week."""
    found = _found(place, max(grace.total_seconds(), REMOVAL))
    for one, went in place.each(lambda one: report.dry_run or _delete(place, one), found):
        if went:
            report.litter.add(one.size)
    if isinstance(place.store, LocalStore):
        prefix = place.prefix("")[:-1]
        before = place.clock() - _DAY
        count, size = place.store.sweep(prefix, before=before, dry_run=report.dry_run)
        report.litter.add(size, count)


def _found(place: Place, grace: float) -> Iterator[Listed]:
    for kind, age in (("holds", grace), ("leases", _DAY), ("index", _DAY), ("journal", _WEEK)):
        for one in place.store.iter(place.prefix(f"{kind}-v1")):
            old = one.modified.timestamp() < place.clock() - age
            if old and not (kind == "index" and _is_current(place, one.name)):
                yield one


def _is_current(place: Place, name: str) -> bool:
    prefix = place.prefix("index-v1")
    if name == prefix + CURRENT:
        return True
    stored = place.store.get(prefix + CURRENT)
    return stored is not None and name.removeprefix(prefix).encode() in bytes(stored.data)


def _delete(place: Place, one: Listed) -> bool:
    """Delete it if it is still what was listed: holds and leases are taken again."""
    stored = place.store.get(one.name)
    return stored is None or place.store.delete(one.name, version=stored.version)
