"""The port for stores: named objects, written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from orchestra_cache.fingerprints.digest import digest_bytes

__all__ = ["Buffer", "Listed", "Store", "version_of"]

Buffer = bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class Listed:
    """One object of a listing; `size` in bytes, `modified` by the store's own clock."""

    name: str
    size: int
    modified: datetime


class Store(Protocol):
    """A place for named objects. Names are relative, with `/` between their parts.

    Every method raises `StoreError` when the place does not work, and nothing else.

    Attributes:
        url: Where it is, for messages and Refs.
        local: Calls cost no network round trip.
        trusted: Only its owner can write to it, so that code in it may be run (a pickle is code).

    `get` returns None for what is not there. `put` returns whether it wrote: with `replaces=None`
    only if there was nothing under the name, otherwise only over the very bytes whose `version_of`
    is given. A reader sees the old object or the new one, never a part. `size` in bytes, None for
    what is not there. `delete` of what is not there is no error. `iter` is in no order.
    """

    url: str
    local: bool

    @property
    def trusted(self) -> bool: ...

    def get(self, name: str) -> memoryview | None: ...

    def put(self, name: str, pieces: Sequence[Buffer], *, replaces: str | None = None) -> bool: ...

    def size(self, name: str) -> int | None: ...

    def delete(self, name: str) -> None: ...

    def iter(self, prefix: str) -> Iterator[Listed]: ...


def version_of(data: Buffer) -> str:
    """The version of an object: its content's digest, the same on every store."""
    return digest_bytes(data).hex
