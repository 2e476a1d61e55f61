"""How numpy values are written: dtype, shape, and the elements in C order, bit for bit."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from orchestra_cache.fingerprints.grammar import array, binary, integer, node, text
from orchestra_cache.fingerprints.libraries.chunks import digest_all
from orchestra_cache.fingerprints.libraries.memory import column_runs, elements, masked_run
from orchestra_cache.fingerprints.nodes import Context, Node, RefusedError, register_handler

__all__ = ["Written", "blanked_array", "load", "type_text", "written_columns"]


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
    register_handler(numpy.random.Generator, _generator)
    register_handler(numpy.random.RandomState, _random_state)
    register_handler(numpy.ufunc, _ufunc)
    for kind in set(numpy.sctypeDict.values()):
        register_handler(kind, _scalar)
    for dtype in {type(numpy.dtype(name)) for name in numpy.sctypeDict.values()}:
        register_handler(dtype, _dtype)


def _ndarray(value: numpy.ndarray[Any, Any], context: Context) -> Node:
    if not value.dtype.hasobject:
        return _written(written_array(value.dtype, value.shape, elements(value)), context)
    head = _head(type_text(value.dtype), value.shape)
    parts = [value.reshape(-1).tolist()]
    return Node(parts, lambda written: node("numpy.ndarray", head, *written), digested=True)


def _written(value: Written, context: Context) -> Node:
    return Node((), lambda _: value.body, digested=True)


def type_text(dtype: numpy.dtype[Any]) -> str:
    """A dtype with byte order, field names, titles and offsets."""
    if dtype.subdtype is not None:
        return f"{type_text(dtype.subdtype[0])}{dtype.subdtype[1]}"
    if dtype.names is None or dtype.fields is None:
        return str(dtype.str)
    fields = [(name, *dtype.fields[name]) for name in dtype.names]
    shown = [f"{name!a} {type_text(kind)} {place!a}" for name, kind, *place in fields]
    return f"{dtype.itemsize}: {', '.join(shown)}"


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
    return bare and not value.dtype.hasobject and value.dtype.fields is None


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
    parts = (data, mask, value.fill_value)
    return Node(parts, lambda written: node("numpy.ma", *written), digested=True)


def _scalar(value: Any, context: Context) -> bytes | Node:
    context.met.add(type(value))
    head = text(type_text(value.dtype))
    if value.dtype.hasobject or value.dtype.kind == "c":
        parts = (value.real, value.imag) if value.dtype.kind == "c" else (value.item(),)
        return Node(parts, lambda written: node("numpy.scalar", head, *written))
    if value.dtype.kind == "f" and numpy.isnan(value):
        return node("numpy.scalar", head, text("nan"))
    if value.dtype.names is not None:
        return node("numpy.scalar", head, binary(elements(numpy.asarray(value))))
    return node("numpy.scalar", head, binary(value.tobytes()))


def _dtype(value: numpy.dtype[Any], context: Context) -> bytes:
    return node("numpy.dtype", text(type_text(value)))


def _generator(value: numpy.random.Generator, context: Context) -> Node:
    parts = (dict(value.bit_generator.state),)
    return Node(parts, lambda written: node("numpy.generator", *written), digested=True)


def _random_state(value: numpy.random.RandomState, context: Context) -> Node:
    parts = (value.get_state(legacy=False),)
    return Node(parts, lambda written: node("numpy.random-state", *written), digested=True)


def _ufunc(value: numpy.ufunc, context: Context) -> bytes:
    if value.__name__.endswith("(vectorized)"):
        raise RefusedError(value, "a ufunc does not tell what function it calls: use that one")
    return node("numpy.ufunc", text(value.__name__))
