"""A store with copies of what it holds nearer by: read through, filled on the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import TypeVar

from orchestra_cache.errors import StoreError
from orchestra_cache.fingerprints.digest import digest_bytes
from orchestra_cache.stores.base import Buffer, Listed, Store, Stored
from orchestra_cache.stores.near import NearFolder
from orchestra_cache.stores.wrapping import Wrapper

__all__ = ["TieredStore"]

T = TypeVar("T")

_FORMAT = b"orchestra-cache-copy/1"

# The version of a copy: to delete it is to delete the copy alone.
_COPY = "copy"


class TieredStore(Wrapper[Store]):
    """A store far away, with a folder of copies near by.

    Blobs never change, so a copy is as good as the blob. An entry may be replaced or deleted: its
    copy is used for `recheck`, and then only if the entry is still there. All writes go to the far
    store first. A near folder that fails is no longer used, and reported once.

    Args:
        recheck: How long an entry that was invalidated elsewhere may still be hit here.
        report: Called with what was wrong with the near folder.
    """

    def __init__(
        self,
        near: NearFolder,
        far: Store,
        *,
        recheck: timedelta = timedelta(minutes=10),
        report: Callable[[StoreError], object] = lambda _: None,
    ) -> None:
        super().__init__(far)
        self._near: NearFolder | None = near
        self._recheck = recheck.total_seconds()
        self._report = report
        self._checked = False

    @property
    def far(self) -> Store:
        """What all readers share."""
        return self._store

    def get(self, name: str) -> Stored | None:
        if _is_blob(name):
            return self._copy_of_blob(name) or self._fetched(name)
        if _is_entry(name):
            return self._copy_of_entry(name) or self._fetched(name)
        return self._store.get(name)

    def put(self, name: str, pieces: Sequence[Buffer]) -> bool:
        wrote = self._store.put(name, pieces)
        if _is_blob(name):
            self._keep(name, pieces)
        return wrote

    def exchange(self, name: str, data: Buffer, *, version: str | None) -> str | None:
        wrote = self._store.exchange(name, data, version=version)
        if _is_entry(name):
            if wrote is None:
                self.forget(name)
            else:
                self._keep(name, _record(data, wrote))
        return wrote

    def size(self, name: str) -> int | None:
        return self._store.size(name)

    def delete(self, name: str, *, version: str | None = None) -> bool:
        self.forget(name)
        return True if version == _COPY else self._store.delete(name, version=version)

    def iter(self, prefix: str) -> Iterator[Listed]:
        return self._store.iter(prefix)

    def _copy_of_blob(self, name: str) -> Stored | None:
        copy = self._nearly(lambda near: near.get(name))
        return None if copy is None else Stored(copy.data, _COPY)

    def _copy_of_entry(self, name: str) -> Stored | None:
        def read(near: NearFolder) -> Stored | None:
            copy = near.get(name) if near.age(name) < self._recheck else None
            return None if copy is None else _entry(copy)

        return self._nearly(read)

    def _fetched(self, name: str) -> Stored | None:
        stored = self._store.get(name)
        if stored is None:
            self.forget(name)
        elif _is_blob(name):
            self._keep(name, [stored.data])
        else:
            self._keep(name, _record(stored.data, stored.version))
        return stored

    def _keep(self, name: str, pieces: Sequence[Buffer]) -> None:
        self._nearly(lambda near: near.put(name, pieces))

    def forget(self, name: str) -> None:
        """Delete the copy alone."""
        self._nearly(lambda near: near.drop(name))

    def _nearly(self, work: Callable[[NearFolder], T]) -> T | None:
        try:
            near = self._usable()
            return None if near is None else work(near)
        except StoreError as error:
            self._near = None
            self._report(error)
            return None

    def _usable(self) -> NearFolder | None:
        """The near folder, if nobody else may write to it: what is in it is believed."""
        if self._near is not None and not self._checked:
            self._checked = True
            if not self._near.trusted:
                raise StoreError(
                    f"the near folder {self._near.root} is not this user's alone and is not used",
                    "give a folder with `near=` that nobody else may write to",
                )
        return self._near


def _record(data: Buffer, version: str) -> list[Buffer]:
    """An entry's copy: what it is a copy of, with a digest since nobody else notices damage."""
    line = b" ".join((_FORMAT, version.encode().hex().encode(), digest_bytes(data).hex.encode()))
    return [line, b"\n", data]


def _entry(copy: Stored) -> Stored | None:
    """The entry in a copy; None if it is damaged, and then it is fetched again."""
    line, _, _ = bytes(copy.data[:4096]).partition(b"\n")
    words = line.split(b" ")
    data = copy.data[len(line) + 1 :]
    if len(words) != 3 or words[0] != _FORMAT or words[2] != digest_bytes(data).hex.encode():
        return None
    return Stored(data, bytes.fromhex(words[1].decode()).decode())


def _is_blob(name: str) -> bool:
    return "/blobs-v1/" in name


def _is_entry(name: str) -> bool:
    return "/entries-v1/" in name
