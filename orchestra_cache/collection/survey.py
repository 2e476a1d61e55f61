"""What is there: blobs and entries are listed, and what is known of them put together."""

from __future__ import annotations

from collections.abc import Iterator

from orchestra_cache.collection.catalog import Catalog
from orchestra_cache.collection.headers import Read, read_header
from orchestra_cache.collection.index import Pointer, dump, load
from orchestra_cache.collection.journals import merge
from orchestra_cache.collection.names import blob_of, entry_of
from orchestra_cache.collection.place import Place, microseconds
from orchestra_cache.collection.report import Report

__all__ = ["survey"]

_LISTED = (
    "INSERT INTO entry (folder, key, size, modified, listed) VALUES (?, ?, ?, ?, 1)"
    " ON CONFLICT (folder, key) DO UPDATE SET listed = 1,"
    " known = CASE WHEN size = excluded.size AND modified = excluded.modified"
    " THEN known ELSE '' END,"
    " digests = CASE WHEN size = excluded.size AND modified = excluded.modified"
    " THEN digests ELSE x'' END,"
    " size = excluded.size, modified = excluded.modified"
)
_READ = (
    "UPDATE entry SET known = 'entry', state = ?, created = ?, seconds = ?, digests = ?"
    " WHERE id = ?"
)

# Nobody told of which task they are, as happens if a process is killed between two journals.
_UNNAMED = (
    "UPDATE entry SET known = '', digests = x''"
    " WHERE listed AND folder IN (SELECT id FROM folder WHERE task = '')"
)
_UNREAD = (
    "SELECT entry.id, folder, name, key FROM entry JOIN folder ON folder.id = folder"
    " WHERE listed AND known = '' AND entry.id > ? ORDER BY entry.id LIMIT 1000"
)


def survey(place: Place, catalog: Catalog, report: Report, *, full: bool) -> None:
    """Fill the catalog, and compact the journals into the index unless it is a dry run.

    Blobs are listed before entries: what refers to a blob of the list is then in the other list,
    or it was written since and has the blob held.

    Args:
        full: Read every entry, whatever the index and the journals say.
    """
    _list_blobs(place, catalog, report)
    pointer = load(place, catalog)
    _list_entries(place, catalog, report)
    journals = merge(place, catalog)
    if full:
        catalog.run("UPDATE entry SET known = '', digests = x''")
    catalog.run(_UNNAMED)
    _read_entries(place, catalog, report)
    if not place.believed:
        # Whoever can write here can date an entry as it likes; the store's own time is the limit.
        catalog.run("UPDATE entry SET used = 0, created = min(created, modified / 1e6)")
    _refer(catalog)
    if not report.dry_run and place.believed and place.seals.writes:
        _compact(place, catalog, pointer, journals)


def _refer(catalog: Catalog) -> None:
    """Put down which entry refers to which of the blobs that are there."""
    # Most parts lie in their entry and are no blob, which three bytes tell of nearly all.
    present = bytearray(1 << 24)
    for (digest,) in catalog.run("SELECT digest FROM blob"):
        present[int.from_bytes(digest[:3], "big")] = 1
    catalog.run_many(
        "INSERT OR IGNORE INTO refers SELECT id, ? FROM blob WHERE digest = ?",
        (
            (entry, digest)
            for entry, digest in catalog.digests()
            if present[int.from_bytes(digest[:3], "big")]
        ),
    )
    catalog.run("CREATE INDEX by_entry ON refers (entry)")


def _compact(place: Place, catalog: Catalog, pointer: Pointer, journals: list[str]) -> None:
    changed = catalog.number(
        "SELECT count(*) FROM entry WHERE listed = 0 OR (known = 'entry' AND state = 'whole')"
    )
    if (journals or changed) and dump(place, catalog, pointer):
        # Only those that are in the index now; what came since is for the next one.
        for _ in place.each(place.store.delete, journals):
            pass


def _list_blobs(place: Place, catalog: Catalog, report: Report) -> None:
    prefix = place.prefix("blobs-v1")

    def rows() -> Iterator[tuple[object, ...]]:
        for one in place.store.iter(prefix):
            digest = blob_of(one.name.removeprefix(prefix))
            if digest is None:
                report.strange += 1
                continue
            report.blobs.add(one.size)
            yield digest, one.size, microseconds(one.modified)

    catalog.run_many("INSERT OR IGNORE INTO blob (digest, size, modified) VALUES (?, ?, ?)", rows())


def _list_entries(place: Place, catalog: Catalog, report: Report) -> None:
    prefix = place.prefix("entries-v1")

    def rows() -> Iterator[tuple[object, ...]]:
        for one in place.store.iter(prefix):
            named = entry_of(one.name.removeprefix(prefix))
            if named is None:
                report.strange += 1
                continue
            report.entries.add(one.size)
            folder, key = named
            yield catalog.folder_of(folder), key, one.size, microseconds(one.modified)

    catalog.run_many(_LISTED, rows())


def _read_entries(place: Place, catalog: Catalog, report: Report) -> None:
    prefix = place.prefix("entries-v1")

    def header(row: tuple[int, int, str, bytes]) -> Read | None:
        return _header(place, f"{prefix}{row[2]}/{row[3].hex()}")

    last = 0
    while batch := catalog.run(_UNREAD, last).fetchall():
        for (entry, folder, _, _), read in place.each(header, batch):
            _keep(catalog, entry, folder, read)
            report.read += 1
        last = batch[-1][0]


def _header(place: Place, name: str) -> Read | None:
    stored = place.store.get(name)
    return None if stored is None else read_header(stored.data, name, place)


def _keep(catalog: Catalog, entry: int, folder: int, read: Read | None) -> None:
    if read is None:
        catalog.run("UPDATE entry SET listed = 0 WHERE id = ?", entry)
        return
    if read.state == "whole":
        catalog.name_folder(folder, read.task)
    values = (read.state, read.created, read.seconds, b"".join(read.digests))
    catalog.run(_READ, *values, entry)
