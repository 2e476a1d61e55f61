"""What an Arrow column holds, as one digest, whatever its chunks, slices, padding and nulls hide.

A column is any number of pieces of one type. It is cut anew, into chunks of a fixed number of rows,
and what lies under a null, before a slice or behind it is left out on the way.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

import numpy
import pyarrow
from pyarrow import types as kinds

from orchestra_cache.fingerprints.digest import combine, digest_parts
from orchestra_cache.fingerprints.values.libraries.chunks import Run, blocks, digest_plans, in_chunk
from orchestra_cache.fingerprints.values.libraries.memory import new_room
from orchestra_cache.fingerprints.values.libraries.rows import (
    fixed,
    has_garbage,
    is_variable,
    lengths,
    spanned,
    texts,
    validity,
    width_of,
)
from orchestra_cache.fingerprints.values.libraries.texts import TEXT_ROWS, narrow

__all__ = ["columns"]

Pieces = Sequence[Any]


def columns(given: Sequence[Any]) -> list[bytes]:
    """Digest the content of each column: an array, or arrays of one type one after another."""
    plans = [list(_streams(*_pieces(column))) for column in given]
    return [combine("arrow", *parts).raw for parts in digest_plans(plans)]


def _pieces(column: Any) -> tuple[list[Any], Any]:
    arrays = column if isinstance(column, list) else [column]
    pieces = [piece for array in arrays for piece in getattr(array, "chunks", (array,))]
    return pieces, arrays[0].type


def _streams(pieces: Pieces, kind: Any) -> Iterator[bytes | Run]:
    """Yield the parts that make up the content, nulls blanked out."""
    count = sum(map(len, pieces))
    yield count.to_bytes(8, "big")
    yield _items(pieces, 1, validity) if any(piece.null_count for piece in pieces) else b""
    if kinds.is_primitive(kind):
        yield _items(pieces, width_of(kind), fixed)
    elif is_variable(kind):
        yield Run(count, TEXT_ROWS, _cut(pieces, _text_digests), width=2)
    elif kinds.is_list(kind) or kinds.is_large_list(kind) or kinds.is_map(kind):
        yield Run(count, TEXT_ROWS, _cut(pieces, _length_digest))
        yield from _children(pieces, kind)
    elif kinds.is_fixed_size_list(kind):
        yield from _streams([piece.flatten() for piece in pieces], kind.value_type)
    else:
        yield from _layered(pieces, kind)


def _layered(pieces: Pieces, kind: Any) -> Iterator[bytes | Run]:
    """Stream what is made of columns of as many rows, and the rest."""
    if isinstance(kind, pyarrow.BaseExtensionType):
        yield from _streams([piece.storage for piece in pieces], kind.storage_type)
    elif kinds.is_dictionary(kind):
        yield from _dictionary(pieces, kind)
    elif kinds.is_struct(kind):
        fields = [piece.flatten() for piece in pieces]
        for at in range(kind.num_fields):
            yield from _streams([field[at] for field in fields], kind.field(at).type)
    elif not kinds.is_null(kind):
        yield _items(pieces, width_of(kind), fixed)


def _cut(pieces: Pieces, work: Callable[[Pieces], Any]) -> Callable[[int, int], Any]:
    """Hand the rows from start to stop to `work`, in as few pieces as they lie in."""
    stops = list(accumulate(map(len, pieces)))

    def rows(start: int, stop: int) -> Any:
        if start == 0 and stops[-1:] == [stop]:
            return work(pieces)
        found = []
        at = bisect_right(stops, start)
        while start < stop:
            first = stops[at] - len(pieces[at])
            found.append(pieces[at].slice(start - first, min(stop, stops[at]) - start))
            start, at = stops[at], at + 1
        return work(found)

    return rows


def _items(pieces: Pieces, size: int, read: Callable[[Any, Any], Any]) -> Run:
    """Items of one size, which `read` finds in each piece."""

    def digest(rows: Pieces) -> bytes:
        room = new_room() if any(piece.null_count for piece in rows) else None
        parts = (part for piece in rows for part in _blocks(piece, size))
        return digest_parts(read(part, room) for part in parts)

    return Run(sum(map(len, pieces)), in_chunk(size), _cut(pieces, digest))


def _blocks(piece: Any, size: int) -> Iterable[Any]:
    """What is read at once: all that can be read where it lies."""
    if not piece.null_count:
        return (piece,) if len(piece) else ()
    return (piece.slice(start, stop - start) for start, stop in blocks(0, len(piece), size))


def _length_digest(rows: Pieces) -> bytes:
    return digest_parts(narrow([lengths(piece) for piece in rows]))


def _text_digests(rows: Pieces) -> bytes:
    found = [lengths(piece) for piece in rows]
    parts = (part for piece, sizes in zip(rows, found, strict=True) for part in texts(piece, sizes))
    return digest_parts(narrow(found)) + digest_parts(parts)


def _dictionary(pieces: Pieces, kind: Any) -> Iterator[bytes | Run]:
    if len(pieces) > 1:
        pieces = pyarrow.chunked_array(pieces, kind).unify_dictionaries().chunks
    yield from _streams([piece.indices for piece in pieces], kind.index_type)
    yield from _streams([piece.dictionary for piece in pieces[:1]], kind.value_type)


def _children(pieces: Pieces, kind: Any) -> Iterator[bytes | Run]:
    """Stream what lists hold, all lists' items one after another."""
    if kinds.is_map(kind):
        item = pyarrow.struct([("key", kind.key_type), ("value", kind.item_type)])
    else:
        item = kind.value_type
    shown = [part for piece in pieces for part in _without_garbage(piece)]
    yield from _streams([spanned(part) for part in shown], item)


def _without_garbage(piece: Any) -> Iterable[Any]:
    """The lists of a piece without those that a null covers; most often there are none."""
    if not piece.null_count:
        return [piece]
    parts = [piece.slice(start, TEXT_ROWS) for start in range(0, len(piece), TEXT_ROWS)]
    if not any(map(has_garbage, parts)):
        return [piece]
    try:
        return [piece.drop_null()]
    except pyarrow.ArrowNotImplementedError:
        # Arrow cannot choose among lists of every type.
        return [piece.slice(at, 1) for at in numpy.flatnonzero(validity(piece)).tolist()]
