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
    "boolean",
    "integer",
    "mapping",
    "node",
    "real",
    "text",
]

NONE = b"\xc0"
_FALSE, _TRUE = b"\xc2", b"\xc3"
_NAN = b"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00"
_NODE = 1
_LONGEST = 0xFFFFFFFF
_SMALL = tuple(struct.pack("b", number) for number in range(-32, 128))
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
        return bytes([0xA0 | size]) + data
    if size > _LONGEST:
        return node("long-text", digest_bytes(data).raw)
    return _head(size, 0xD9, 0xDA, 0xDB) + data


def binary(value: bytes | bytearray | memoryview) -> bytes:
    if len(value) > _LONGEST:
        return node("long-bytes", digest_bytes(value).raw)
    return b"".join((binary_head(len(value)), value))


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
    body = b"".join((tag, *parts))
    size = len(body)
    if size > _LONGEST:
        return node("long-node", digest_bytes(body).raw)
    fixed = {1: 0xD4, 2: 0xD5, 4: 0xD6, 8: 0xD7, 16: 0xD8}.get(size)
    head = bytes([fixed]) if fixed else _head(size, 0xC7, 0xC8, 0xC9)
    return head + bytes([_NODE]) + body


@lru_cache(maxsize=1024)
def _tag(tag: str) -> bytes:
    return text(tag)


def _head(size: int, *codes: int | None) -> bytes:
    """Write `size` big-endian in the narrowest width that has a code: 1, 2, 4, 8 bytes."""
    for code, width in zip(codes, (1, 2, 4, 8), strict=False):
        if code is not None and size < 1 << (8 * width):
            return bytes([code]) + size.to_bytes(width, "big")
    raise OverflowError(size)
