"""What the journals of all processes tell, taken into the catalog."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from orchestra_cache.collection.catalog import Catalog
from orchestra_cache.collection.place import Place, microseconds
from orchestra_cache.collection.sealed import opened_body
from orchestra_cache.journal import FORMAT, Publication, Tally, Use, journal_context
from orchestra_cache.stores import Listed
from orchestra_cache.stores.layout import task_prefix

__all__ = ["merge"]

# A journal of a thousand records has some hundred kilobytes.
_LARGEST = 16 << 20

_NAME = re.compile(r"([A-Za-z0-9._~-]{1,200})/([0-9a-f]{64})")
_WRITER = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}/([0-9a-f]{32})")

# Stores count whole seconds, and a request takes some time.
_SLACK = 3_000_000

_record = msgspec.json.Decoder(Use | Publication | Tally)

_PUBLISHED = (
    "UPDATE entry SET known = 'journal', created = ?, seconds = ?,"
    " digests = CAST(digests || ? AS BLOB) WHERE folder = ? AND key = ? AND listed"
    " AND known IN ('', 'journal') AND size = ? AND abs(modified - ?) <= ?"
)
_USED = "UPDATE entry SET used = max(used, ?) WHERE folder = ? AND key = ? AND listed"
_NAMED = "UPDATE folder SET task = ? WHERE name = ? AND task = ''"
_COUNTED = (
    "INSERT INTO tally VALUES (?, ?, ?, ?, ?) ON CONFLICT (task) DO UPDATE SET"
    " hits = hits + excluded.hits, misses = misses + excluded.misses,"
    " published = published + excluded.published, saved = saved + excluded.saved"
)


def merge(place: Place, catalog: Catalog) -> list[str]:
    """Take in all journals that are to be believed; returns their names.

    Where others could have written them, none is: they would say what is deleted.
    """
    if not place.believed:
        return []
    listed = (one for one in place.store.iter(place.prefix("journal-v1")) if _usable(place, one))
    names = []
    for one, stored in place.each(lambda one: place.store.get(one.name), listed):
        context = journal_context(place.namespace, one.name[-32:])
        body = None if stored is None else opened_body(place, FORMAT, context, stored.data)
        if body is not None:
            names.append(one.name)
            for line in bytes(body).split(b"\n"):
                _take(line, microseconds(one.modified), place, catalog)
    return names


def _usable(place: Place, one: Listed) -> bool:
    name = one.name.removeprefix(place.prefix("journal-v1"))
    return bool(_WRITER.fullmatch(name)) and one.size <= _LARGEST


def _take(line: bytes, written: int, place: Place, catalog: Catalog) -> None:
    try:
        record = _record.decode(line)
        for statement, terms in _statements(record, written, place, catalog):
            catalog.run(statement, *terms)
    except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError):
        # Not ours, or of somebody who means no good; the other lines are as good as before.
        return


def _statements(
    record: Use | Publication | Tally, written: int, place: Place, catalog: Catalog
) -> Iterator[tuple[str, tuple[object, ...]]]:
    if isinstance(record, Tally):
        counts = (record.hits, record.misses, record.published)
        if all(0 <= count < 1 << 40 for count in counts) and 0 <= record.saved < 1e15:
            yield _COUNTED, (record.task, *counts, record.saved)
            # Entries that were never read do not say themselves of which task they are.
            yield _NAMED, (record.task, task_prefix("", record.task).split("/")[-2])
        return
    match = _NAME.fullmatch(record.name)
    if match is None:
        return
    entry = (catalog.folder_of(match[1]), bytes.fromhex(match[2]))
    if isinstance(record, Use):
        # Nobody has used it tomorrow.
        yield _USED, (min(record.at, place.clock()), *entry)
        return
    digests = b"".join(_digest(digest) for digest in record.digests)
    # Both times are the store's: if the entry was replaced since, this is not what is there now.
    expected = written - round(record.ago * 1e6)
    made = (record.created, record.seconds, digests)
    yield _PUBLISHED, (*made, *entry, record.size, expected, _SLACK)


def _digest(text: str) -> bytes:
    digest = bytes.fromhex(text)
    if len(digest) != 32:
        raise ValueError("not a digest")
    return digest
