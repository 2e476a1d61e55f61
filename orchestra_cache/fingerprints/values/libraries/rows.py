"""How a few rows of an Arrow array are read from its buffers, with nothing of what nulls hide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy
import pyarrow
from pyarrow import types as kinds

from orchestra_cache.fingerprints.values.libraries.chunks import in_block
from orchestra_cache.fingerprints.values.libraries.memory import blank
from orchestra_cache.fingerprints.values.nodes import RefusedError

__all__ = [
    "fixed", "has_garbage", "is_variable", "lengths", "spanned", "texts", "validity",
    "width_of",
]  # fmt: skip

_LONG = frozenset(("large_string", "large_binary", "large_list"))


def is_variable(kind: Any) -> bool:
    """Whether rows are texts or bytes of any length."""
    return _is_view(kind) or any(
        is_kind(kind)
        for is_kind in (
            kinds.is_string, kinds.is_binary, kinds.is_large_string, kinds.is_large_binary,
        )
    )  # fmt: skip


def _is_view(kind: Any) -> bool:
    return bool(kinds.is_string_view(kind) or kinds.is_binary_view(kind))


def width_of(kind: Any) -> int:
    """Bytes of a row as `fixed` reads it."""
    if kinds.is_boolean(kind):
        return 1
    try:
        return int(kind.bit_width) // 8
    except ValueError:
        hint = f"Arrow type {kind} is not known here: cast the column"
        raise RefusedError(kind, hint) from None


def validity(value: Any, room: Any = None) -> Any:
    """One byte a row: 0 for a null."""
    if kinds.is_null(value.type):
        return numpy.zeros(len(value), "u1")
    if not value.null_count:
        return numpy.ones(len(value), "u1")
    return _bits(value.buffers()[0], value.offset, len(value))


def _bits(buffer: Any, offset: int, count: int) -> Any:
    packed = numpy.frombuffer(buffer, "u1")[offset // 8 : (offset + count + 7) // 8]
    return numpy.unpackbits(packed, bitorder="little")[offset % 8 :][:count]


def fixed(value: Any, room: Any) -> Any:
    """The bytes of rows of a fixed width; of booleans a byte each. Nulls are blanked in `room`."""
    data = value.buffers()[1]
    if data is None:
        return numpy.zeros(len(value) * width_of(value.type), "u1")
    if kinds.is_boolean(value.type):
        rows, width = _bits(data, value.offset, len(value)), 1
    else:
        width = width_of(value.type)
        rows = numpy.frombuffer(data, "u1")[value.offset * width :][: len(value) * width]
    return blank(rows, width, validity(value), room) if value.null_count else rows


def _offsets(value: Any) -> Any:
    data = value.buffers()[1]
    if data is None or not len(value):
        return numpy.zeros(1, "i8")
    width = 8 if str(value.type).partition("<")[0] in _LONG else 4
    return numpy.frombuffer(data, f"<i{width}")[value.offset :][: len(value) + 1]


def _spaces(value: Any) -> Any:
    """How much room each row takes, nulls too."""
    if not _is_view(value.type):
        return numpy.diff(_offsets(value))
    if not len(value):
        return numpy.zeros(0, "i4")
    # A view of 16 bytes begins with its length.
    return numpy.frombuffer(value.buffers()[1], "<i4")[4 * value.offset :: 4][: len(value)]


def lengths(value: Any) -> Any:
    """The length of each text or list; 0 of a null."""
    spaces = _spaces(value)
    return spaces * validity(value) if value.null_count else spaces


def has_garbage(value: Any) -> bool:
    """Whether a null covers something that is not empty."""
    return bool(value.null_count and _spaces(value)[validity(value) == 0].any())


def texts(value: Any, sizes: Any) -> Iterator[Any]:
    """The bytes of all texts, in parts of bounded size if they have to be put together.

    Args:
        value: The texts.
        sizes: Their lengths.
    """
    if not _is_view(value.type) and not has_garbage(value):
        yield _span(value)
        return
    # A part holds about as many bytes as a block.
    step = max(1, len(value) * in_block(1) // max(in_block(1), int(sizes.sum())))
    for start in range(0, len(value), step):
        yield _span(_side_by_side(value.slice(start, step)).drop_null())


def _side_by_side(value: Any) -> Any:
    if not _is_view(value.type):
        return value
    is_text = kinds.is_string_view(value.type)
    return value.cast(pyarrow.large_string() if is_text else pyarrow.large_binary())


def _span(value: Any) -> Any:
    data, offsets = value.buffers()[2], _offsets(value)
    if data is None:
        return b""
    return numpy.frombuffer(data, "u1")[int(offsets[0]) : int(offsets[-1])]


def spanned(value: Any) -> Any:
    """What all lists of an array hold, as one array."""
    offsets = _offsets(value)
    start, stop = int(offsets[0]), int(offsets[-1])
    if not kinds.is_map(value.type):
        return value.values.slice(start, stop - start)
    entries = pyarrow.StructArray.from_arrays([value.keys, value.items], names=["key", "value"])
    return entries.slice(start, stop - start) if len(entries) != stop - start else entries
