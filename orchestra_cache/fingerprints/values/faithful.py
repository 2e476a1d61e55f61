"""Whether the encoder in C wrote what the grammar says: two things it does not tell apart."""

from __future__ import annotations

import io
import math
import pickle
import re
import struct
from typing import Any

import msgspec
import ormsgpack

__all__ = ["faithful"]

# What may be a NaN other than the grammar's; the same bytes can stand in a text or across numbers.
_ODD_NAN = re.compile(rb"\xcb(?!\x7f\xf8\0{6})[\x7f\xff](?:[\xf1-\xff]|\xf0(?!\0{6}))", re.DOTALL)
# One look at what has neither; where there is more to look through, several searches are faster.
_DOUBTFUL = re.compile(rb"[\xc4-\xc6]|\xcb[\x7f\xff]")
_SMALL = 1 << 12
_NAN = struct.pack("d", math.nan)
_CHUNK = 256
_LONGEST = 0xFFFFFFFF


def faithful(data: bytes, value: object) -> bool:
    """Whether `data`, the encoder's bytes of a list or dict, are those of the grammar."""
    if len(data) < _SMALL and _DOUBTFUL.search(data) is None:
        return True
    if len(data) > _LONGEST:
        return False
    special = b"\xcb\x7f" in data or b"\xcb\xff" in data
    odd = special and _ODD_NAN.search(data) is not None
    binary = b"\xc4" in data or b"\xc5" in data or b"\xc6" in data
    if not (odd or binary) or _only_numbers(value):
        return True
    return not (odd and _holds_odd_nan(value)) and not (binary and _holds_buffer(value))


def _only_numbers(value: object) -> bool:
    """Whether there are finite numbers and nothing else: what JSON writes without a letter `n`.

    Long lists of numbers hold every byte there is by chance, and this is the quickest look at them.
    """
    try:
        written = msgspec.json.encode(value)
    except Exception:
        return False
    return b"n" not in written and b'"' not in written


def _holds_odd_nan(value: Any) -> bool:
    """Whether a NaN has other bits than the grammar's: a minus sign, a payload."""
    parts = list(value.values()) if type(value) is dict else value
    chunks = (parts[start : start + _CHUNK] for start in range(0, len(parts), _CHUNK))
    return any(any(map(_odd, chunk)) for chunk in chunks if _suspicious(chunk))


def _suspicious(chunk: list[object]) -> bool:
    try:
        written = ormsgpack.packb(chunk, lambda _: None, ormsgpack.OPT_NON_STR_KEYS)
    except TypeError:
        return True
    return _ODD_NAN.search(written) is not None


def _odd(value: object) -> bool:
    if type(value) is float:
        return value != value and struct.pack("d", value) != _NAN
    return type(value) in (list, dict, tuple) and _holds_odd_nan(value)


def _holds_buffer(value: object) -> bool:
    """Whether a `bytearray` or `memoryview` is in there, which are packed as if they were bytes."""
    try:
        _Search(io.BytesIO(), protocol=4).dump(value)
    except Exception:
        return True
    return False


class _Search(pickle.Pickler):
    """Goes through plain containers at the speed of C; of other objects it takes nothing.

    Up to protocol 4 a `bytearray` is pickled as a call of that class.
    """

    def reducer_override(self, value: object) -> Any:
        if value is bytearray or isinstance(value, memoryview):
            raise pickle.PicklingError
        return NotImplemented if value is _nothing else (_nothing, ())


def _nothing() -> None:
    """Stand where the search did not look."""
