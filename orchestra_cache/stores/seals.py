"""What shows that stored bytes are those that were written, and by somebody who may."""

from __future__ import annotations

import functools
from typing import Protocol

from orchestra_cache.errors import ForeignError, IntegrityError, ReadOnlyError
from orchestra_cache.fingerprints.digest import Buffer, hex_of

__all__ = ["UNSIGNED", "Checksum", "Seals", "context_of", "read_only"]


class Seals(Protocol):
    """Seals of messages. A message is a context, which says what the body is and where, and a body.

    Attributes:
        signed: What passes `check` was written by somebody who has a key.
        writes: `seal` works: there is a key to sign with, or none is needed.

    `seal` returns the id of the key, `-` for none, and the seal; both are words without spaces.
    `check` returns if the seal is right. It raises `ForeignError` for a seal that does not count
    here, or cannot be judged, and any other `IntegrityError` for one that is wrong.
    """

    @property
    def signed(self) -> bool: ...

    @property
    def writes(self) -> bool: ...

    def seal(self, context: bytes, body: Buffer) -> tuple[str, str]: ...

    def check(self, key_id: str, seal: str, context: bytes, body: Buffer) -> None: ...


UNSIGNED = "-"


class Checksum:
    """The seal of caches without keys: it finds damage, and keeps nobody from writing another."""

    signed = False
    writes = True

    def seal(self, context: bytes, body: Buffer) -> tuple[str, str]:
        return UNSIGNED, hex_of(body)

    def check(self, key_id: str, seal: str, context: bytes, body: Buffer) -> None:
        if key_id != UNSIGNED:
            raise ForeignError(
                f"it is signed with key {key_id[:40]!r}, and this cache has no keys",
                "give the cache `keys=…`; what is there stays, and this result is not kept",
            )
        if seal != hex_of(body):
            raise IntegrityError(
                "its bytes are not those that were written", "it is set aside and computed again"
            )


def read_only() -> ReadOnlyError:
    return ReadOnlyError(
        "this cache has no key to sign with, so that it reads and does not write",
        "put a secret key first in `keys=…`; `orchestra-cache keygen` makes one",
    )


@functools.lru_cache(maxsize=1024)
def context_of(purpose: str, *texts: str) -> bytes:
    """The first part of a message: no two purposes and lists of texts have the same one."""
    parts = [f"orchestra-cache/1/{purpose}".encode()]
    parts += [text.encode("utf-8", "surrogatepass") for text in texts]
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)
