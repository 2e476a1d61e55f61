"""The port for stores: named objects, written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import msgspec

from orchestra_cache.fingerprints.digest import digest_bytes

__all__ = ["Buffer", "Listed", "Store", "Stored", "version_of"]

Buffer = bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class Listed:
    """One object of a listing; `size` in bytes, `modified` by the store's own clock."""

    name: str
    size: int
    modified: datetime


class Stored(msgspec.Struct, frozen=True):
    """An object as it was read.

    Attributes:
        data: Its bytes. If they may be written to, they are the reader's own: nobody else sees it.
        tag: The store's own name for this version, where it has one.
    """

    data: memoryview
    tag: str = ""

    @property
    def version(self) -> str:
        """What `exchange` and `delete` take to mean this very version."""
        return self.tag or version_of(self.data)


class Store(Protocol):
    """A place for named objects. Names are relative, with `/` between their parts.

    Every method raises `StoreError` when the place does not work, and nothing else. A reader sees
    an object whole or not at all, and the old one or the new one.

    Attributes:
        url: Where it is, for messages and Refs.
        local: Calls cost no network round trip.
        atomic: Of two who exchange or delete one version, one does. Where this is not so, the last
            writer stays: enough for results, of which either is right, and not for leases.
        trusted: Only its owner can write to it, so that code in it may be run (a pickle is code).

    `get` returns None for what is not there.
    `put` writes an object that never changes, and returns False if there was one of that name.
    `exchange` writes a small object over the very version that is given, or where there is none if
    None is given. It returns the version it wrote, or None if another one is there.
    `size` in bytes, None for what is not there.
    `delete` removes an object, or only the version that is given; it returns False if another is
    there. What is not there is no error.
    `iter` is in no order.
    """

    url: str
    local: bool

    @property
    def atomic(self) -> bool: ...

    @property
    def trusted(self) -> bool: ...

    def get(self, name: str) -> Stored | None: ...

    def put(self, name: str, pieces: Sequence[Buffer]) -> bool: ...

    def exchange(self, name: str, data: Buffer, *, version: str | None) -> str | None: ...

    def size(self, name: str) -> int | None: ...

    def delete(self, name: str, *, version: str | None = None) -> bool: ...

    def iter(self, prefix: str) -> Iterator[Listed]: ...


def version_of(data: Buffer) -> str:
    """The version of an object by its content, for stores that have no names for versions."""
    return digest_bytes(data).hex
