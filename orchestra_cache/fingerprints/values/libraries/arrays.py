"""How numpy values are written: dtype, shape, and the elements in C order, bit for bit."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from orchestra_cache.fingerprints.grammar import array, binary, integer, node, text
from orchestra_cache.fingerprints.values.layout import state_of
from orchestra_cache.fingerprints.values.libraries import dtypes, generators
from orchestra_cache.fingerprints.values.libraries.chunks import digest_all
from orchestra_cache.fingerprints.values.libraries.dtypes import is_texts, notes_of, type_text
from orchestra_cache.fingerprints.values.libraries.memory import column_runs, elements, masked_run
from orchestra_cache.fingerprints.values.nodes import Context, Node, RefusedError, register_handler
from orchestra_cache.fingerprints.values.objects import class_name

__all__ = ["Written", "blanked_array", "load", "written_columns"]

# What numpy keeps for itself in a masked array, or is written as another part of it.
_MASKED = frozenset((
    "_baseclass", "_basedict", "_fill_value", "_hardmask", "_isfield", "_mask", "_optinfo",
    "_sharedmask",
))  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """Stands for an array that nobody has to build, as its bytes are known."""

    body: bytes


@functools.cache
def load() -> None:
    """Register every handler here, once."""
    register_handler(numpy.ndarray, _ndarray)
    register_handler(Written, _written)
    register_handler(numpy.ma.MaskedArray, _masked)
    register_handler(type(numpy.ma.masked), lambda value, context: node("numpy.ma.masked"))
    register_handler(numpy.ufunc, _ufunc)
    for kind in set(numpy.sctypeDict.values()):
        register_handler(kind, _scalar)
    dtypes.load()
    generators.load()


def _ndarray(value: numpy.ndarray[Any, Any], context: Context) -> Node:
    dtype, notes = value.dtype, notes_of(value.dtype)
    if is_texts(dtype):
        head = _head("texts", value.shape)
        parts = [dtype, value.reshape(-1).tolist()]
    elif dtype.hasobject:
        head = _head(type_text(dtype), value.shape)
        parts = [value.reshape(-1).tolist(), *filter(None, [notes])]
    elif notes:
        head = _head(type_text(dtype), value.shape) + binary(elements(value))
        parts = [notes]
    else:
        return _written(written_array(dtype, value.shape, elements(value)), context)
    return Node(parts, lambda written: node("numpy.ndarray", head, *written), digested=True)


def _written(value: Written, context: Context) -> Node:
    return Node((), lambda _: value.body, digested=True)


def written_array(dtype: numpy.dtype[Any], shape: tuple[int, ...], digest: bytes) -> Written:
    """An array of which only the digest of its elements is there."""
    return Written(node("numpy.ndarray", _head(type_text(dtype), shape), binary(digest)))


@functools.lru_cache(maxsize=256)
def _head(kind: str, shape: tuple[int, ...]) -> bytes:
    return text(kind) + array([integer(length) for length in shape])


def written_columns(columns: Sequence[Any]) -> list[Any]:
    """The columns of a frame, those without objects and fields read side by side."""
    plain = {at: column for at, column in enumerate(columns) if _is_plain(column)}
    digests = iter(digest_all(column_runs(list(plain.values()))))
    return [
        written_array(column.dtype, column.shape, next(digests)) if at in plain else column
        for at, column in enumerate(columns)
    ]


def _is_plain(value: Any) -> bool:
    bare = type(value) is numpy.ndarray and value.ndim == 1
    return bare and not (value.dtype.hasobject or value.dtype.fields or value.dtype.metadata)


def blanked_array(value: numpy.ndarray[Any, Any], mask: numpy.ndarray[Any, Any]) -> Written:
    """An array without fields with zeros wherever `mask` has ones."""
    (digest,) = digest_all([masked_run(value, mask)])
    return written_array(value.dtype, value.shape, digest)


def _masked(value: Any, context: Context) -> Node:
    # What lies under the mask is nobody's value.
    mask = numpy.ma.getmaskarray(value)
    if value.dtype.fields is None and not value.dtype.hasobject:
        data: Any = blanked_array(numpy.asarray(value), mask)
    else:
        data = numpy.asarray(value.filled(numpy.zeros((), value.dtype)[()]))
    parts = (data, mask, _fill_value(value), *_unusual(value, context))
    return Node(parts, lambda written: node("numpy.ma", *written), digested=True)


def _fill_value(value: Any) -> Any:
    held = value._fill_value
    try:
        return value.fill_value
    except TypeError as error:
        raise RefusedError(value, f"numpy cannot tell its fill value: {error}") from error
    finally:
        # Reading it sets it, which would show in what is made from this array.
        value._fill_value = held


def _unusual(value: Any, context: Context) -> tuple[object, ...]:
    """What few masked arrays have: a hard mask, data of another class, attributes, metadata."""
    added = {name: part for name, part in state_of(value).items() if name not in _MASKED}
    notes, kind = notes_of(value.dtype), value._baseclass
    if kind is numpy.ndarray and not (value._hardmask or value._optinfo or added or notes):
        return ()
    context.met.add(kind)
    return (bool(value._hardmask), class_name(kind), value._optinfo, added, notes)


def _scalar(value: Any, context: Context) -> bytes | Node:
    context.met.add(type(value))
    head = text(type_text(value.dtype))
    if value.dtype.hasobject or value.dtype.kind == "c":
        parts = (value.real, value.imag) if value.dtype.kind == "c" else (value.item(),)
        return Node(parts, lambda written: node("numpy.scalar", head, *written))
    if value.dtype.kind == "f" and numpy.isnan(value):
        return node("numpy.scalar", head, text("nan"))
    if value.dtype.names is None:
        return node("numpy.scalar", head, binary(value.tobytes()))
    held = binary(elements(numpy.asarray(value)))
    notes = filter(None, [notes_of(value.dtype)])
    return Node(list(notes), lambda written: node("numpy.scalar", head, held, *written))


def _ufunc(value: numpy.ufunc, context: Context) -> bytes:
    if value.__name__.endswith("(vectorized)"):
        raise RefusedError(value, "a ufunc does not tell what function it calls: use that one")
    return node("numpy.ufunc", text(value.__name__))
