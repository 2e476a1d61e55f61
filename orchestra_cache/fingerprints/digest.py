"""The one place where bytes become digests."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from blake3 import blake3

__all__ = ["ALGORITHM", "GRAMMAR", "Digest", "Hasher", "combine", "digest_bytes"]

ALGORITHM = "blake3"

Buffer = bytes | bytearray | memoryview

# Part of every digest made by `combine`: raising it is a new key space, never a wrong hit.
GRAMMAR = 1

# Below this, waking the thread pool costs more than it saves (measured: 2 cores, 1 MiB = 150 µs).
_PARALLEL_FROM = 1 << 20

_threads = blake3.AUTO


def _use_one_thread() -> None:
    # The library's thread pool does not survive fork(): a child that used it would wait forever.
    global _threads
    _threads = 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_use_one_thread)


@dataclass(frozen=True, slots=True)
class Digest:
    """Algorithm, hexadecimal value and, for stored bytes, their size in bytes."""

    algorithm: str
    hex: str
    size: int | None = None

    def __str__(self) -> str:
        text = f"{self.algorithm}:{self.hex}"
        return text if self.size is None else f"{text}:{self.size}"

    @property
    def raw(self) -> bytes:
        return bytes.fromhex(self.hex)

    @classmethod
    def parse(cls, text: str) -> Digest:
        """Read what `str(digest)` wrote.

        Raises:
            ValueError: The text is not a digest of an algorithm known here.
        """
        algorithm, _, rest = text.partition(":")
        value, _, size = rest.partition(":")
        digits = set(value) <= set("0123456789abcdef")
        if (
            algorithm != ALGORITHM
            or len(value) != 64
            or not digits
            or not (size or "0").isdecimal()
        ):
            raise ValueError(f"not a {ALGORITHM} digest: {text[:100]!r}")
        return cls(algorithm, value, int(size) if size else None)


class Hasher:
    """Take bytes piece by piece; the digest is that of the pieces joined."""

    __slots__ = ("_state", "size")

    def __init__(self) -> None:
        self._state = blake3(max_threads=_threads)
        self.size = 0

    def update(self, buffer: Buffer) -> None:
        with memoryview(buffer) as view:
            self._state.update(view)
            self.size += view.nbytes

    def digest(self) -> Digest:
        return Digest(ALGORITHM, self._state.hexdigest(), self.size)


def digest_bytes(buffer: Buffer) -> Digest:
    """Digest bytes as they are, for content addressing; the size is known."""
    with memoryview(buffer) as view:
        threads = _threads if view.nbytes >= _PARALLEL_FROM else 1
        return Digest(ALGORITHM, blake3(view, max_threads=threads).hexdigest(), view.nbytes)


def combine(tag: str, *parts: Buffer | Iterable[Buffer]) -> Digest:
    """Digest a tagged sequence of parts, each prefixed with its length.

    A part may be given in pieces: `[head, body]` counts as the one part `head + body`, uncopied.
    """
    hasher = Hasher()
    hasher.update(_frame(f"orchestra-cache/{GRAMMAR}/{tag}".encode()))
    for part in parts:
        pieces = [part] if isinstance(part, Buffer) else list(part)
        hasher.update(sum(memoryview(piece).nbytes for piece in pieces).to_bytes(8, "big"))
        for piece in pieces:
            hasher.update(piece)
    return Digest(ALGORITHM, hasher.digest().hex)


def _frame(data: bytes) -> bytes:
    return len(data).to_bytes(8, "big") + data
