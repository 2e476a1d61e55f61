"""The port for transports: one request per call to one kind of store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from orchestra_cache.stores.base import Buffer, Listed, Stored

__all__ = ["ArchivedError", "DeniedError", "Progress", "Transport"]

# Called with a count of bytes that have just arrived or gone.
Progress = Callable[[int], None]


class DeniedError(PermissionError):
    """The store says no.

    Args:
        maybe_missing: That is also what this store says of an object that is not there to those
            who may not list it.
    """

    def __init__(self, message: str, *, maybe_missing: bool = False) -> None:
        super().__init__(message)
        self.maybe_missing = maybe_missing


class ArchivedError(OSError):
    """The object lies where it can only be had after hours."""


class Transport(Protocol):
    """One way to reach named objects. Tags are the store's own names for versions of an object.

    Every method raises what its library raises. `DeniedError` says that this is the answer, and
    trying again is of no use; after anything else a write may have been done or not.

    `get` raises `ArchivedError` for what cannot be read soon.
    `create` and `replace` return the new tag, or None if something (else) is there.
    `delete` of a tag returns False if another version is there.
    `iter` takes any prefix of names, asks for page after page, and keeps one at a time.
    """

    def get(self, name: str, progress: Progress) -> Stored | None: ...

    def create(self, name: str, pieces: Sequence[Buffer], progress: Progress) -> str | None: ...

    def replace(self, name: str, data: bytes, tag: str) -> str | None: ...

    def size(self, name: str) -> int | None: ...

    def delete(self, name: str, tag: str | None) -> bool: ...

    def iter(self, prefix: str) -> Iterator[Listed]: ...
