"""The index: what all entries refer to and when they were used, as one object.

A small object names the current one, and is exchanged: of two collections that compact at once, one
does. Lookups never see any of this.
"""

from __future__ import annotations

import io
import mmap
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from orchestra_cache.collection.catalog import Catalog
from orchestra_cache.collection.place import Place
from orchestra_cache.collection.sealed import opened_body, sealed
from orchestra_cache.fingerprints.digest import Digest, digest_bytes
from orchestra_cache.stores.seals import context_of

__all__ = ["CURRENT", "Pointer", "dump", "load"]

FORMAT = "orchestra-cache-index/1"

CURRENT = "current"

# How often to look for an index that has gone since it was named.
_TRIES = 3


class _Task(msgspec.Struct, frozen=True, array_like=True, tag="task"):
    """The entries in `folder` are of `task`."""

    folder: str
    task: str


class _Tally(msgspec.Struct, frozen=True, array_like=True, tag="tally"):
    task: str
    hits: int
    misses: int
    published: int
    saved: float


class _Row(msgspec.Struct, frozen=True, array_like=True, tag="entry"):
    """What is known of the entry that had this `size` and `modified` (microseconds)."""

    folder: str
    key: str
    size: int
    modified: int
    created: float
    used: float
    seconds: float
    digests: str


class _Where(msgspec.Struct, frozen=True):
    digest: str


_rows = msgspec.json.Decoder(_Task | _Tally | _Row)
_where = msgspec.json.Decoder(_Where)

_INSERT = (
    "INSERT OR IGNORE INTO entry (folder, key, size, modified, listed, known, created, used,"
    " seconds, digests) VALUES (?, ?, ?, ?, 0, 'index', ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class Pointer:
    """The index that was loaded; empty if there was none.

    Attributes:
        name: Of the object.
        version: Of the object that names it.
    """

    name: str = ""
    version: str | None = None


def load(place: Place, catalog: Catalog) -> Pointer:
    """Put what the index knows into the catalog; one that is not to be believed knows nothing."""
    pointer = _pointer(place)
    for _ in range(_TRIES):
        found = place.store.get(pointer.name) if pointer.name else None
        if found is not None and digest_bytes(found.data).hex == pointer.name[-64:]:
            with suppress(msgspec.MsgspecError, ValueError):
                catalog.run_many(_INSERT, _loaded(found.data, catalog))
            return pointer
        # Another collection may just have put a new one in its place.
        previous, pointer = pointer, _pointer(place)
        if pointer == previous:
            break
    return pointer


def _pointer(place: Place) -> Pointer:
    stored = place.store.get(place.prefix("index-v1") + CURRENT)
    if stored is None:
        return Pointer()
    body = opened_body(place, FORMAT, context_of("index", place.namespace), stored.data)
    try:
        digest = None if body is None else Digest.parse(_where.decode(body).digest)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        digest = None
    if digest is None or not place.believed:
        return Pointer(version=stored.version)
    return Pointer(place.prefix("index-v1") + digest.hex, stored.version)


def _loaded(data: memoryview, catalog: Catalog) -> Iterator[tuple[object, ...]]:
    import zstandard

    reader = zstandard.ZstdDecompressor().stream_reader(data)
    for line in io.BufferedReader(reader, 1 << 20):
        row = _rows.decode(line)
        if isinstance(row, _Row):
            times = (row.created, row.used, row.seconds)
            folder, key = catalog.folder_of(row.folder), bytes.fromhex(row.key)
            yield (folder, key, row.size, row.modified, *times, bytes.fromhex(row.digests))
        elif isinstance(row, _Task):
            catalog.name_folder(catalog.folder_of(row.folder), row.task)
        else:
            values = (row.task, row.hits, row.misses, row.published, row.saved)
            catalog.run("INSERT INTO tally VALUES (?, ?, ?, ?, ?)", *values)


def dump(place: Place, catalog: Catalog, replaced: Pointer) -> bool:
    """Write what the catalog knows as the index; False if somebody else wrote one meanwhile."""
    prefix = place.prefix("index-v1")
    path = catalog.folder / "index"
    _write(catalog, path)
    with _mapped(path) as data:
        digest = digest_bytes(data)
        name = prefix + digest.hex
        place.store.put(name, [data])
    where = msgspec.json.encode(_Where(str(digest)))
    pointer = sealed(place, FORMAT, context_of("index", place.namespace), where)
    version = place.store.exchange(prefix + CURRENT, pointer, version=replaced.version)
    # Not ours, if we come second: the one who was first may have written the very same.
    if version is not None and replaced.name not in ("", name):
        place.store.delete(replaced.name)
    return version is not None


def _write(catalog: Catalog, path: Path) -> None:
    import zstandard

    encode = msgspec.json.encode
    with open(path, "wb") as file, zstandard.ZstdCompressor(1).stream_writer(file) as out:
        for row in _tables(catalog):
            out.write(encode(row) + b"\n")


def _tables(catalog: Catalog) -> Iterator[_Task | _Tally | _Row]:
    for row in catalog.run("SELECT name, task FROM folder WHERE task != '' ORDER BY name"):
        yield _Task(*row)
    for row in catalog.run("SELECT * FROM tally ORDER BY task"):
        yield _Tally(*row)
    for folder, key, digests, *others in catalog.run(
        "SELECT name, key, digests, size, modified, created, used, seconds"
        " FROM entry JOIN folder ON folder.id = folder"
        " WHERE listed AND known != '' AND state = 'whole' ORDER BY folder, key"
    ):
        size, modified, created, used, seconds = others
        row = (size, modified, created, used, seconds)
        yield _Row(folder, key.hex(), *row, digests.hex())


@contextmanager
def _mapped(path: Path) -> Iterator[memoryview]:
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        view = memoryview(mapped)
        try:
            yield view
        finally:
            view.release()
