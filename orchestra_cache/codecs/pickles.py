"""Any other Python object: pickle, with its large buffers beside it instead of copied into it."""

from __future__ import annotations

import pickle
import struct
from dataclasses import dataclass

from orchestra_cache.codecs.base import Buffer, Pieces
from orchestra_cache.errors import CodecError

__all__ = ["PickleCodec"]

# So that buffers can be mapped from disk one day without moving them.
_ALIGNMENT = 64
_number = struct.Struct("<Q")


@dataclass(frozen=True, slots=True)
class PickleCodec:
    """Layout: count, then the length of each part, then the parts, each padded to 64 bytes.

    The first part is the pickle (protocol 5), the others are its out-of-band buffers in order.
    """

    name: str = "pickle5"
    exact: bool = False
    needs_trust: bool = True

    def accepts(self, value: object) -> bool:
        return True

    def encode(self, value: object) -> Pieces:
        buffers: list[pickle.PickleBuffer] = []
        try:
            body = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
            parts: list[Buffer] = [body, *(buffer.raw() for buffer in buffers)]
        except Exception as error:
            # Reducing an object runs its own code, which can raise anything.
            raise CodecError(
                f"cannot be pickled: {error}", "return data instead of live objects"
            ) from error
        head = b"".join(_number.pack(n) for n in (len(parts), *(len(part) for part in parts)))
        pieces: list[Buffer] = []
        for part in (head, *parts):
            pieces += [part, bytes(-len(part) % _ALIGNMENT)]
        return pieces

    def decode(self, data: memoryview) -> object:
        try:
            parts = _parts(data)
            # A copy, so that whoever receives the value may write to it.
            return pickle.loads(parts[0], buffers=[bytearray(part) for part in parts[1:]])  # noqa: S301
        except Exception as error:
            raise CodecError(f"cannot be unpickled: {error}", "it is computed again") from error


def _parts(data: memoryview) -> list[memoryview]:
    (count,) = _number.unpack_from(data)
    sizes = [_number.unpack_from(data, 8 * (index + 1))[0] for index in range(count)]
    start = 8 * (count + 1)
    parts = []
    for size in sizes:
        start += -start % _ALIGNMENT
        parts.append(data[start : start + size])
        start += size
    if count == 0 or any(len(part) != size for part, size in zip(parts, sizes, strict=True)):
        raise ValueError("truncated")
    return parts
