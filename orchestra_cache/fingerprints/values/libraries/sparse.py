"""How scipy's sparse arrays and matrices are written: format, dtype, shape and stored entries.

Entries that are zero and entries that share a place count each, as stored. Where a format gives the
order within a row no meaning, it does not show: scipy sorts rows in place when it reads them. Nor
do the integers that indices are kept in, room that is left over, and whether rows are known to be
sorted.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy
from scipy import sparse

from orchestra_cache.fingerprints.grammar import array, integer, node, text
from orchestra_cache.fingerprints.values.nodes import Context, Handler, Node, register_handler

__all__ = ["load"]


@functools.cache
def load() -> None:
    """Register every handler here, once."""
    for name, content in _FORMATS.items():
        for kind in ("array", "matrix"):
            register_handler(getattr(sparse, f"{name}_{kind}"), _handler(content))


def _handler(content: Any) -> Handler:
    def handler(value: Any, context: Context) -> Node:
        shape = array([integer(length) for length in value.shape])
        head = (text(type(value).__name__), shape)
        return Node(
            (value.dtype, *content(value)),
            lambda written: node("scipy.sparse", *head, *written),
            digested=True,
        )

    return handler


def _compressed(value: Any) -> tuple[Any, ...]:
    """Entries row by row, or column by column, each sorted by index; equal ones stay in order."""
    counts = numpy.diff(value.indptr).astype("<i8")
    indices = value.indices[: value.indptr[-1]].astype("<i8")
    data = value.data[: value.indptr[-1]]
    rows = numpy.repeat(numpy.arange(len(counts)), counts)
    if not _rising(rows, indices):
        order = numpy.lexsort((indices, rows))
        indices, data = indices[order], data[order]
    return (counts, indices, data)


def _rising(rows: Any, indices: Any) -> bool:
    within = rows[1:] == rows[:-1]
    return bool(numpy.all(indices[1:][within] >= indices[:-1][within]))


def _coordinates(value: Any) -> tuple[Any, ...]:
    coords = getattr(value, "coords", None) or (value.row, value.col)
    return (*(axis.astype("<i8") for axis in coords), value.data)


def _diagonals(value: Any) -> tuple[Any, ...]:
    """The diagonals from the lowest up, with nothing left of what lies outside the matrix."""
    height, width = value.shape
    order = numpy.argsort(value.offsets)
    offsets = value.offsets[order].astype("<i8")
    data = value.data[order][:, :width]
    rows = numpy.arange(data.shape[1])[None] - offsets[:, None]
    inside = (rows >= 0) & (rows < height)
    return (offsets, numpy.where(inside, data, numpy.zeros((), data.dtype)))


def _lists(value: Any) -> tuple[Any, ...]:
    rows = [[int(index) for index in row] for row in value.rows]
    entries = [numpy.array(row, value.dtype) for row in value.data]
    return (rows, entries)


def _keys(value: Any) -> tuple[Any, ...]:
    pairs = [(_place(place), entry) for place, entry in value.items()]
    pairs.sort(key=lambda pair: pair[0])
    return ([place for place, _ in pairs], numpy.array([entry for _, entry in pairs], value.dtype))


def _place(place: Any) -> list[int]:
    return [int(index) for index in (place if isinstance(place, tuple) else (place,))]


_FORMATS: dict[str, Any] = {
    "bsr": _compressed,
    "coo": _coordinates,
    "csc": _compressed,
    "csr": _compressed,
    "dia": _diagonals,
    "dok": _keys,
    "lil": _lists,
}
