"""How numpy values are written: dtype, shape, and the elements in C order, bit for bit."""

from __future__ import annotations

import functools
from typing import Any

import numpy

from orchestra_cache.fingerprints.digest import Digest, Hasher
from orchestra_cache.fingerprints.grammar import array, binary, integer, node, text
from orchestra_cache.fingerprints.nodes import Context, Node, RefusedError, register_handler

__all__ = ["elements", "load", "type_text"]

# Strided elements are gathered in blocks that stay in the processor's cache.
_BLOCK = 1 << 15
_BLOCKWISE: Any = ("external_loop", "buffered", "zerosize_ok")


@functools.cache
def load() -> None:
    """Register every handler here, once."""
    register_handler(numpy.ndarray, _ndarray)
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
    shape = array([integer(length) for length in value.shape])
    head = (text(type_text(value.dtype)), shape)
    if not value.dtype.hasobject:
        body = binary(elements(value).raw)
        return Node((), lambda _: node("numpy.ndarray", *head, body), digested=True)
    parts = [value.reshape(-1).tolist()]
    return Node(parts, lambda written: node("numpy.ndarray", *head, *written), digested=True)


def type_text(dtype: numpy.dtype[Any]) -> str:
    """A dtype with byte order, field names, titles and offsets."""
    if dtype.subdtype is not None:
        return f"{type_text(dtype.subdtype[0])}{dtype.subdtype[1]}"
    if dtype.names is None or dtype.fields is None:
        return str(dtype.str)
    fields = [(name, *dtype.fields[name]) for name in dtype.names]
    shown = [f"{name!a} {type_text(kind)} {place!a}" for name, kind, *place in fields]
    return f"{dtype.itemsize}: {', '.join(shown)}"


def elements(value: numpy.ndarray[Any, Any]) -> Digest:
    """Digest of the elements in C order; a contiguous array is read where it lies."""
    hasher = Hasher()
    _feed(value, hasher)
    return hasher.digest()


def _feed(value: Any, hasher: Hasher) -> None:
    if value.dtype.fields is not None:
        # Padding between fields is whatever was in memory.
        for name in value.dtype.names or ():
            _feed(value[name], hasher)
    elif value.flags.c_contiguous:
        if value.nbytes:
            hasher.update(memoryview(value.reshape(-1).view(numpy.uint8)))
    else:
        plain = value.view(f"V{value.dtype.itemsize}") if value.dtype.kind in "mM" else value
        blocks: Any = numpy.nditer(plain, _BLOCKWISE, order="C", buffersize=_BLOCK)
        for block in blocks:
            flat: Any = numpy.ascontiguousarray(block)
            hasher.update(memoryview(flat.view(numpy.uint8)))


def _masked(value: Any, context: Context) -> Node:
    # What lies under the mask is nobody's value.
    data = numpy.asarray(value.filled(numpy.zeros((), value.dtype)[()]))
    parts = (data, numpy.ma.getmaskarray(value), value.fill_value)
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
        return node("numpy.scalar", head, binary(elements(numpy.asarray(value)).raw))
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
