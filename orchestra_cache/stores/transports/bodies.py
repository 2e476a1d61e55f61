"""How large bodies are cut on the way out, and put together on the way in."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from orchestra_cache.stores.base import Buffer
from orchestra_cache.stores.transports.base import Progress

__all__ = ["CHUNK", "LARGE", "Readable", "Received", "chunks", "joined", "length", "parts"]

# From here on a body is sent in parts and received into memory of its final size.
LARGE = 8 << 20

# What arrives or goes between two reports of progress.
CHUNK = 1 << 20


class Received:
    """Memory of the size that was announced, filled as chunks arrive."""

    def __init__(self, size: int, progress: Progress) -> None:
        self._data = bytearray(size)
        self._filled = 0
        self._progress = progress

    def add(self, chunk: Buffer) -> None:
        end = self._filled + len(chunk)
        if end > len(self._data):
            raise ConnectionError(f"more than the {len(self._data)} bytes that were announced")
        self._data[self._filled : end] = chunk
        self._filled = end
        self._progress(len(chunk))

    def whole(self) -> memoryview:
        if self._filled != len(self._data):
            raise ConnectionError(f"{self._filled} of {len(self._data)} bytes arrived")
        return memoryview(self._data)


class Readable(io.RawIOBase):
    """Pieces as a raw file that is read once; buffer it for whole reads."""

    def __init__(self, pieces: Sequence[Buffer]) -> None:
        self._chunks = chunks(pieces)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self._rest = self._rest or next(self._chunks, memoryview(b""))
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def length(pieces: Sequence[Buffer]) -> int:
    return sum(memoryview(piece).nbytes for piece in pieces)


def joined(pieces: Sequence[Buffer]) -> bytes:
    return b"".join(memoryview(piece).cast("B") for piece in pieces)


def chunks(pieces: Sequence[Buffer], size: int = CHUNK) -> Iterator[memoryview]:
    """Slices of at most `size` bytes, none copied."""
    for piece in pieces:
        rest = memoryview(piece).cast("B")
        while rest:
            yield rest[:size]
            rest = rest[size:]


def parts(pieces: Sequence[Buffer], size: int) -> Iterator[bytes]:
    """Parts of exactly `size` bytes, the last one shorter; one copy of one part at a time."""
    part = bytearray()
    for chunk in chunks(pieces, size):
        room = size - len(part)
        part += chunk[:room]
        if len(part) == size:
            yield bytes(part)
            part = bytearray(chunk[room:])
    if part:
        yield bytes(part)
