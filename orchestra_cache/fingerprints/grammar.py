"""How a canonical value is written as bytes: minimal MessagePack, and tagged nodes for the rest.

Plain JSON-like values are ordinary MessagePack in its shortest form, so that a C encoder can write
the same bytes; everything else is an extension of type 1 that holds a tag and its parts.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from functools import lru_cache

from orchestra_cache.fingerprints.digest import digest_bytes

__all__ = [
    "NONE",
    "array",
    "binary",
    "binary_head",
    "binary_pieces",
    "boolean",
    "integer",
    "mapping",
    "node",
    "payload",
    "real",
    "text",
]

NONE = b"\xc0"
_FALSE, _TRUE = b"\xc2", b"\xc3"
_NAN = b"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00"
_NODE = b"\x01"
_LONGEST = 0xFFFFFFFF
_SMALL = tuple(struct.pack("b", number) for number in range(-32, 128))
_SHORT_TEXT = tuple(bytes([0xA0 | size]) for size in range(32))
_FIXED = {1: b"\xd4", 2: b"\xd5", 4: b"\xd6", 8: b"\xd7", 16: b"\xd8"}
_SHORT_NODE = tuple(_FIXED.get(size, bytes([0xC7, size])) + _NODE for size in range(256))
_HEADS = {
    **dict.fromkeys(range(0x90, 0xA0), 1),
    **{0xDC: 3, 0xDD: 5},
    **dict.fromkeys(range(0xD4, 0xD9), 2),
    **{0xC7: 3, 0xC8: 4, 0xC9: 6},
}
_double = struct.Struct(">Bd").pack


def boolean(value: bool) -> bytes:
    return _TRUE if value else _FALSE


def integer(value: int) -> bytes:
    if -32 <= value < 128:
        return _SMALL[value + 32]
    if 0 <= value <= 0xFFFFFFFFFFFFFFFF:
        return _head(value, 0xCC, 0xCD, 0xCE, 0xCF)
    for code, width in ((0xD0, 1), (0xD1, 2), (0xD2, 4), (0xD3, 8)):
        if -(1 << (8 * width - 1)) <= value < 0:
            return bytes([code]) + value.to_bytes(width, "big", signed=True)
    width = value.bit_length() // 8 + 1
    return node("int", binary(value.to_bytes(width, "big", signed=True)))


def real(value: float) -> bytes:
    """Write a double by its bits; every NaN is the one quiet NaN."""
    return _NAN if value != value else _double(0xCB, value)


def text(value: str) -> bytes:
    data = value.encode("utf-8", "surrogatepass")
    size = len(data)
    if size < 32:
        return _SHORT_TEXT[size] + data
    if size > _LONGEST:
        return node("long-text", digest_bytes(data).raw)
    return _head(size, 0xD9, 0xDA, 0xDB) + data


def binary(value: bytes | bytearray) -> bytes:
    return b"".join(binary_pieces(value))


def binary_pieces(value: bytes | bytearray) -> list[bytes | bytearray]:
    """What `binary` writes, without a copy of the bytes."""
    if len(value) > _LONGEST:
        return [node("long-bytes", digest_bytes(value).raw)]
    return [binary_head(len(value)), value]


def binary_head(size: int) -> bytes:
    return _head(size, 0xC4, 0xC5, 0xC6)


def array(items: list[bytes]) -> bytes:
    size = len(items)
    head = bytes([0x90 | size]) if size < 16 else _head(size, None, 0xDC, 0xDD)
    return head + b"".join(items)


def mapping(pairs: list[tuple[bytes, bytes]]) -> bytes:
    """Write pairs as they come; the caller has put them in canonical order."""
    size = len(pairs)
    head = bytes([0x80 | size]) if size < 16 else _head(size, None, 0xDE, 0xDF)
    return head + b"".join(part for pair in pairs for part in pair)


def node(tag: str, *parts: bytes) -> bytes:
    """Write a tagged node; each part is self-delimiting, so the sequence needs no lengths."""
    return _extension(_tag(tag), parts)


def _extension(tag: bytes, parts: Iterable[bytes]) -> bytes:
    body = tag + b"".join(parts)
    size = len(body)
    if size < len(_SHORT_NODE):
        return _SHORT_NODE[size] + body
    if size > _LONGEST:
        return node("long-node", digest_bytes(body).raw)
    return _head(size, None, 0xC8, 0xC9) + _NODE + body


def payload(written: bytes) -> bytes:
    """What stands after the head of a written node or array."""
    return written[_HEADS[written[0]] :]


@lru_cache(maxsize=1024)
def _tag(tag: str) -> bytes:
    return text(tag)


def _head(size: int, *codes: int | None) -> bytes:
    """Write `size` big-endian in the narrowest width that has a code: 1, 2, 4, 8 bytes."""
    for code, width in zip(codes, (1, 2, 4, 8), strict=False):
        if code is not None and size < 1 << (8 * width):
            return bytes([code]) + size.to_bytes(width, "big")
    raise OverflowError(size)
