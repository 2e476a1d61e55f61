"""The one place where bytes become digests."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import msgspec
from blake3 import blake3

__all__ = [
    "ALGORITHM",
    "GRAMMAR",
    "Digest",
    "Hasher",
    "combine",
    "digest_bytes",
    "digest_in_turns",
    "digest_parts",
    "hex_of",
]

ALGORITHM = "blake3"

Part = bytes | bytearray
Buffer = Part | memoryview

# Part of every digest made by `combine`: raising it is a new key space, never a wrong hit.
GRAMMAR = 1

# Below this, waking the thread pool costs more than it saves (measured: 2 cores, 1 MiB = 150 µs).
_PARALLEL_FROM = 1 << 20

# Where parts are digested by many threads at once: a part so long is worth BLAKE3's own threads.
_LONG_PART = 1 << 24

_PARTS = (bytes, bytearray)
_JOINED_UP_TO = 1 << 14

_TEXT = re.compile(r"blake3:([0-9a-f]{64})(?::([0-9]{1,20}))?")

_threads = blake3.AUTO


def _use_one_thread() -> None:
    # The library's thread pool does not survive fork(): a child that used it would wait forever.
    global _threads
    _threads = 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_use_one_thread)


class Digest(msgspec.Struct, frozen=True):
    """The 32 bytes of a BLAKE3 digest and, for stored bytes, their size in bytes."""

    raw: bytes
    size: int | None = None

    def __str__(self) -> str:
        text = f"{ALGORITHM}:{self.hex}"
        return text if self.size is None else f"{text}:{self.size}"

    @property
    def algorithm(self) -> str:
        return ALGORITHM

    @property
    def hex(self) -> str:
        return self.raw.hex()

    @classmethod
    def parse(cls, text: str) -> Digest:
        """Read what `str(digest)` wrote.

        Raises:
            ValueError: The text is not a digest of an algorithm known here.
        """
        found = _TEXT.fullmatch(text)
        if found is None:
            raise ValueError(f"not a {ALGORITHM} digest: {text[:100]!r}")
        value, size = found.groups()
        return cls(bytes.fromhex(value), None if size is None else int(size))


class Hasher:
    """Take bytes piece by piece; the digest is that of the pieces joined."""

    __slots__ = ("_state", "size")

    def __init__(self, *, key: bytes | None = None) -> None:
        if key is None:
            self._state = blake3(max_threads=_threads)
        else:
            self._state = blake3(key=key, max_threads=_threads)
        self.size = 0

    def update(self, buffer: Buffer) -> None:
        with memoryview(buffer) as view:
            self._state.update(view)
            self.size += view.nbytes

    def digest(self) -> Digest:
        return Digest(self._state.digest(), self.size)


def digest_bytes(buffer: Buffer) -> Digest:
    """Digest bytes as they are, for content addressing; the size is known."""
    with memoryview(buffer) as view:
        threads = _threads if view.nbytes >= _PARALLEL_FROM else 1
        return Digest(blake3(view, max_threads=threads).digest(), view.nbytes)


def hex_of(buffer: Buffer) -> str:
    """The digits of `digest_bytes`, without what is made around them: small ones are many."""
    threads = _threads if len(buffer) >= _PARALLEL_FROM else 1
    return blake3(buffer, max_threads=threads).hexdigest()


def digest_parts(parts: Iterable[Any]) -> bytes:
    """Digest parts as if they lay side by side, by this thread alone unless the first is long."""
    rest = iter(parts)
    first = next(rest, b"")
    if len(first) >= _LONG_PART:
        hasher = Hasher()
        for part in chain([first], rest):
            hasher.update(part)
        return hasher.digest().raw
    state = blake3(first)
    for part in rest:
        state.update(part)
    return state.digest()


def digest_in_turns(blocks: Iterable[Sequence[Any]], count: int) -> bytes:
    """Digest `count` things of which each block has one part, by this thread alone."""
    states = [blake3() for _ in range(count)]
    for block in blocks:
        for state, part in zip(states, block, strict=True):
            state.update(part)
    return b"".join(state.digest() for state in states)


def combine(tag: str, *parts: Part | Iterable[Part], key: bytes | None = None) -> Digest:
    """Digest a tagged sequence of parts, each prefixed with its length.

    A part may be given in pieces: `[head, body]` counts as the one part `head + body`, uncopied.

    Args:
        tag: What is digested; no two kinds of things share one.
        parts: What it is made of.
        key: 32 bytes, without which nobody can tell what has the digest by trying.
    """
    pieces: list[Part] = [_frame(tag)]
    size = 0
    for part in parts:
        held = (part,) if isinstance(part, _PARTS) else tuple(part)
        length = len(part) if type(part) is bytes else sum(map(len, held))
        pieces += (length.to_bytes(8, "big"), *held)
        size += length
    if size <= _JOINED_UP_TO:
        # One call for small pieces: joining them costs less than handing each over.
        data = b"".join(pieces)
        # Naming a key that is None costs a sixth of the time.
        return Digest((blake3(data) if key is None else blake3(data, key=key)).digest())
    hasher = Hasher(key=key)
    for piece in pieces:
        hasher.update(piece)
    return Digest(hasher.digest().raw)


@functools.lru_cache(maxsize=256)
def _frame(tag: str) -> bytes:
    data = f"orchestra-cache/{GRAMMAR}/{tag}".encode()
    return len(data).to_bytes(8, "big") + data
