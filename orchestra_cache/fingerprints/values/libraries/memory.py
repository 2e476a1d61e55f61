"""How the elements of an array are read as bytes in C order, however they lie in memory."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy
from numpy.lib.stride_tricks import as_strided

from orchestra_cache.fingerprints.digest import combine, digest_in_turns, digest_parts
from orchestra_cache.fingerprints.values.libraries.chunks import (
    Run,
    blocks,
    digest_all,
    in_block,
    in_chunk,
    items,
)

__all__ = ["blank", "column_runs", "elements", "masked_run", "new_room", "plain_run"]

Array = numpy.ndarray[Any, Any]

# Columns read together: their numbers of a row share the lines of the processor's cache.
_TOGETHER = 32

# Bytes turned from rows into columns at once: both stay in the cache (a third less time).
_TILE = 1 << 18

# Numbers of a width are copied and multiplied faster than what may be anything.
_UNITS = {1: "u1", 2: "u2", 4: "u4", 8: "u8"}


def elements(value: Array) -> bytes:
    """Digest of the elements in C order; a contiguous array is read where it lies."""
    value = numpy.asarray(value)
    if value.dtype.fields is None or value.dtype.kind != "V":
        return _digest_of(value)
    # Padding between fields is whatever was in memory.
    leaves = list(_leaves(value))
    if sum(leaf.nbytes for leaf in leaves) <= in_chunk(1):
        return digest_parts([leaf.tobytes() for leaf in leaves])
    return combine("fields", *map(_digest_of, leaves)).raw


def _digest_of(value: Array) -> bytes:
    if value.size <= in_chunk(value.itemsize):
        return digest_parts([_bytes_of(numpy.ascontiguousarray(value))])
    return digest_all([plain_run(value)])[0]


def _leaves(value: Any) -> Iterator[Any]:
    if value.dtype.fields is None:
        yield value
        return
    for name in value.dtype.names or ():
        yield from _leaves(value[name])


def plain_run(value: Array) -> Run:
    """The elements of an array without fields, one after another."""
    size = value.itemsize
    if value.flags.c_contiguous:
        flat = _bytes_of(value)
        return items(value.size, size, lambda start, stop: [flat[start * size : stop * size]])
    return items(value.size, size, lambda *rows: map(_bytes_of, _in_blocks(value, size, *rows)))


def column_runs(columns: Sequence[Array]) -> list[Run]:
    """Runs for columns; those that lie in one table, row by row, are read together."""
    runs, at = [], 0
    while at < len(columns):
        group = _table(columns[at : at + _TOGETHER])
        runs.append(plain_run(columns[at]) if group is None else _table_run(group))
        at += 1 if group is None else len(group)
    return runs


def _table(columns: Sequence[Any]) -> Any:
    """As many of the columns as lie as the first two do, as one array; None if there are none."""
    if len(columns) < 2 or columns[0].flags.c_contiguous or columns[0].itemsize not in _UNITS:
        return None
    kind, shape, strides = columns[0].dtype, columns[0].shape, columns[0].strides
    places = [column.__array_interface__["data"][0] for column in columns]
    between = places[1] - places[0]
    count = 1
    while (
        count < len(columns)
        and (columns[count].dtype, columns[count].shape) == (kind, shape)
        and columns[count].strides == strides
        and places[count] - places[count - 1] == between
    ):
        count += 1
    plain = columns[0].view(_UNITS[columns[0].itemsize])
    return as_strided(plain, (count, *shape), (between, *strides)) if count > 1 else None


def _table_run(table: Any) -> Run:
    width, count = table.shape
    size = table.itemsize

    def work(start: int, stop: int) -> bytes:
        return digest_in_turns(map(_rows_of, _turned(table, start, stop)), width)

    return Run(count, in_chunk(size), work, width)


def _turned(table: Any, start: int, stop: int) -> Iterator[Any]:
    size = len(table) * table.itemsize
    room = numpy.empty((len(table), in_block(size)), table.dtype)
    tile = _TILE // size or 1
    for first, last in blocks(start, stop, size):
        rows, into = table[:, first:last], room[:, : last - first]
        for at in range(0, last - first, tile):
            numpy.copyto(into[:, at : at + tile], rows[:, at : at + tile])
        yield into


def _rows_of(table: Any) -> list[Any]:
    return [row.view("u1") for row in table]


def masked_run(value: Array, mask: Array) -> Run:
    """The same, with zeros wherever `mask` has ones."""
    size = value.itemsize

    def read(start: int, stop: int) -> Iterator[Any]:
        room = new_room()
        parts = (_in_blocks(part, size, start, stop) for part in (value, mask))
        for data, hidden in zip(*parts, strict=True):
            yield blank(_bytes_of(data), size, numpy.logical_not(hidden), room)

    return items(value.size, size, read)


def new_room() -> Array:
    """Where a block of bytes can be put; getting a new one takes as long as hashing it."""
    return numpy.empty(in_block(1), "u1")


def blank(data: Any, size: int, shown: Any, room: Any) -> Any:
    """Copy items of `size` bytes to `room`, with zeros where `shown` has a zero."""
    if not len(data):
        return data
    unit = _UNITS.get(size) or ("u1" if size % 8 else "u8")
    rows = data.view(unit)
    into = (room if len(data) <= len(room) else numpy.empty_like(data))[: len(data)].view(unit)
    # Multiplying by 0 or 1 takes a third of the time of any assignment through a mask.
    if len(rows) == len(shown):
        numpy.multiply(rows, shown, out=into)
    else:
        shape = (len(shown), -1)
        numpy.multiply(rows.reshape(shape), shown[:, None], out=into.reshape(shape))
    return into.view("u1")


def _bytes_of(value: Any) -> Any:
    return value.reshape(-1).view("u1") if value.nbytes else numpy.empty(0, "u1")


def _in_blocks(value: Any, size: int, start: int, stop: int) -> Iterator[Any]:
    """Elements number start to stop in C order, in blocks for items of `size` bytes.

    A block is there until the next one is asked for.
    """
    if value.flags.c_contiguous:
        flat = value.reshape(-1)
        yield from (flat[first:last] for first, last in blocks(start, stop, size))
        return
    plain = value.view(_UNITS.get(value.itemsize, f"V{value.itemsize}"))
    room = numpy.empty(in_block(size), plain.dtype)
    for first, last in blocks(start, stop, size):
        at = 0
        for slab in _slabs(plain, first, last):
            numpy.copyto(room[at : at + slab.size].reshape(slab.shape), slab)
            at += slab.size
        yield room[:at]


def _slabs(value: Any, start: int, stop: int) -> Iterator[Any]:
    """Cut elements number start to stop out as few regular parts, in C order."""
    if value.ndim == 1:
        yield value[start:stop]
        return
    row = math.prod(value.shape[1:])
    first, last = -(-start // row), stop // row
    if first > last:
        yield from _slabs(value[last], start - last * row, stop - last * row)
        return
    if start < first * row:
        yield from _slabs(value[first - 1], start - (first - 1) * row, row)
    if first < last:
        yield value[first:last]
    if last * row < stop:
        yield from _slabs(value[last], 0, stop - last * row)
