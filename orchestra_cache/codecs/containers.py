"""Several byte strings in one, each where a processor likes to read it."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from orchestra_cache.codecs.base import Buffer, Pieces

__all__ = ["contained", "divided"]

ALIGNMENT = 64
_number = struct.Struct("<Q")


def contained(parts: Sequence[Pieces]) -> Pieces:
    """Put parts into one: their count, the length of each, then the parts, padded to 64 bytes."""
    sizes = [sum(memoryview(piece).nbytes for piece in part) for part in parts]
    head = b"".join(map(_number.pack, (len(sizes), *sizes)))
    pieces: list[Buffer] = [head, bytes(-len(head) % ALIGNMENT)]
    for part, size in zip(parts, sizes, strict=True):
        pieces += [*part, bytes(-size % ALIGNMENT)]
    return pieces


def divided(data: memoryview) -> list[memoryview]:
    """The parts of what `contained` wrote.

    Raises:
        ValueError: It did not write this.
    """
    room = len(data) // _number.size
    count = _number.unpack_from(data)[0] if room else 0
    if not 0 < count < room:
        raise ValueError("cut short")
    sizes = struct.unpack_from(f"<{count}Q", data, _number.size)
    start = _number.size * (count + 1)
    parts = []
    for size in sizes:
        start += -start % ALIGNMENT
        if size > len(data) - start:
            raise ValueError("cut short")
        parts.append(data[start : start + size])
        start += size
    return parts
