"""Whether everything in a store is what was written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from orchestra_cache.collection.catalog import Catalog, opened
from orchestra_cache.collection.headers import Read, read_header
from orchestra_cache.collection.names import blob_of, entry_of
from orchestra_cache.collection.place import Place
from orchestra_cache.errors import OrchestraCacheError
from orchestra_cache.fingerprints.digest import Digest, digest_bytes
from orchestra_cache.fingerprints.recipe import CacheKey
from orchestra_cache.stores import Listed
from orchestra_cache.stores.entry import Entry, read_entry
from orchestra_cache.stores.layout import blob_name

__all__ = ["Verified", "verify"]


@dataclass(slots=True)
class Verified:
    """What was read.

    Attributes:
        size: Of all that was read, in bytes.
        damaged: Names of entries and blobs that are not what was written.
        incomplete: Names of entries that refer to a blob which is not there, or not whole.
        foreign: Entries that nobody here can judge: of another key or a newer format.
        strange: Names of objects that are no entry or blob by their name; they stay.
        repaired: What was damaged or incomplete is deleted, so that it is computed again.
    """

    entries: int = 0
    blobs: int = 0
    size: int = 0
    damaged: list[str] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)
    foreign: int = 0
    strange: list[str] = field(default_factory=list)
    repaired: bool = False

    @property
    def sound(self) -> bool:
        return not (self.damaged or self.incomplete)

    def __str__(self) -> str:
        lines = [f"read {self.entries:,} entries and {self.blobs:,} blobs, {self.size:,} bytes"]
        lines += [f"damaged: {name}" for name in self.damaged]
        lines += [f"incomplete: {name}" for name in self.incomplete]
        lines += [f"of no known name, left alone: {name}" for name in self.strange]
        if self.foreign:
            lines.append(f"{self.foreign:,} entries are of unknown keys or newer formats,")
            lines.append("so that nobody here can say whether they are what was written")
        if self.sound:
            what = "all else" if self.foreign or self.strange else "all of it"
            return "\n".join([*lines, f"{what} is what was written"])
        return "\n".join([*lines, *(["deleted, to be computed again"] if self.repaired else [])])


def verify(place: Place, *, repair: bool = False) -> Verified:
    """Read everything; check seals and digests.

    Args:
        repair: Delete what is damaged, and entries that refer to what is not there.

    Raises:
        ConfigurationError: A key cannot be read.
        StoreError: The place does not work.
    """
    found = Verified(repaired=repair)
    with opened() as catalog:
        _read_blobs(place, catalog, found)
        _read_entries(place, catalog, found)
        _find_incomplete(place, catalog, found)
    if repair:
        for _ in place.each(place.store.delete, [*found.incomplete, *found.damaged]):
            pass
    return found


def _listed(
    place: Place, kind: str, read_name: Callable[[str], object], found: Verified
) -> Iterator[Listed]:
    """The objects of a kind; whatever else lies among them may be somebody's."""
    prefix = place.prefix(kind)
    for one in place.store.iter(prefix):
        if read_name(one.name.removeprefix(prefix)) is None:
            found.strange.append(one.name)
        else:
            yield one


def _read_blobs(place: Place, catalog: Catalog, found: Verified) -> None:
    def check(one: Listed) -> int | None:
        """The size of a blob that is whole, -1 for one that is not."""
        stored = place.store.get(one.name)
        if stored is None:
            return None
        digest = digest_bytes(stored.data)
        whole = blob_name(place.namespace, digest) == one.name
        return len(stored.data) if whole else -1

    for one, size in place.each(check, _listed(place, "blobs-v1", blob_of, found)):
        if size is None:
            continue
        found.blobs += 1
        found.size += one.size
        if size < 0:
            found.damaged.append(one.name)
        else:
            digest = bytes.fromhex(one.name[-64:])
            catalog.run("INSERT OR IGNORE INTO blob VALUES (NULL, ?, ?, 0)", digest, size)


def _read_entries(place: Place, catalog: Catalog, found: Verified) -> None:
    def check(one: Listed) -> tuple[Read, Entry | None] | None:
        stored = place.store.get(one.name)
        if stored is None:
            return None
        header = read_header(stored.data, one.name, place)
        return (header, _whole(stored.data, one.name, header, place))

    for one, result in place.each(check, _listed(place, "entries-v1", entry_of, found)):
        if result is None:
            continue
        found.entries += 1
        found.size += one.size
        header, entry = result
        if header.state in ("foreign", "unknown"):
            found.foreign += 1
        elif entry is None:
            found.damaged.append(one.name)
        else:
            _remember(catalog, one, entry)


def _whole(data: memoryview, name: str, header: Read, place: Place) -> Entry | None:
    if header.state != "whole":
        return None
    key = CacheKey(header.task, Digest(bytes.fromhex(name[-64:])))
    try:
        entry = read_entry(data, place.namespace, key, place.seals)
    except OrchestraCacheError:
        return None
    return entry if _inline_is_whole(entry) else None


def _inline_is_whole(entry: Entry) -> bool:
    return all(
        digest_bytes(data) == Digest.parse(output.parts[number].digest)
        for output, inline in zip(entry.header.outputs, entry.inline, strict=True)
        for number, data in inline.items()
    )


def _remember(catalog: Catalog, one: Listed, entry: Entry) -> None:
    """Note which blobs an entry needs, in place of all its parts."""
    folder, key = one.name.split("/")[-2:]
    needed: Iterable[bytes] = (
        Digest.parse(part.digest).raw
        for output in entry.header.outputs
        for part in output.parts
        if not part.inline
    )
    catalog.run(
        "INSERT OR REPLACE INTO entry (folder, key, size, modified, listed, digests)"
        " VALUES (?, ?, ?, 0, 1, ?)",
        catalog.folder_of(folder),
        bytes.fromhex(key),
        one.size,
        b"".join(needed),
    )


def _find_incomplete(place: Place, catalog: Catalog, found: Verified) -> None:
    damaged, incomplete = set(found.damaged), set[str]()
    for entry, digest in catalog.digests():
        if catalog.number("SELECT count(*) FROM blob WHERE digest = ?", digest):
            continue
        blob = blob_name(place.namespace, Digest(digest))
        # What is not listed may have been written while this went on.
        if blob in damaged or place.store.size(blob) is None:
            incomplete.add(_name_of(entry, place, catalog))
    found.incomplete = sorted(incomplete)


def _name_of(entry: int, place: Place, catalog: Catalog) -> str:
    folder, key = catalog.run(
        "SELECT name, key FROM entry JOIN folder ON folder.id = folder WHERE entry.id = ?", entry
    ).fetchone()
    return f"{place.prefix('entries-v1')}{folder}/{key.hex()}"
