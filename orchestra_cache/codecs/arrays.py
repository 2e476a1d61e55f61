"""numpy arrays and scalars, in numpy's own file format."""

from __future__ import annotations

import io
import math
import sys
from dataclasses import dataclass
from typing import Any, Literal

from orchestra_cache.codecs.base import Pieces
from orchestra_cache.errors import CodecError

__all__ = ["ArrayCodec", "ScalarCodec"]

# Not those with a length or fields, nor long doubles, which have bytes in them that are nobody's.
_PLAIN_SCALARS = frozenset("?bBhHiIlLqQefdFDmM")

# What numpy reads of a header without being told that it is trusted.
_LONGEST_HEADER = 10_000


@dataclass(frozen=True, slots=True)
class ArrayCodec:
    """Arrays without Python objects in them: dtype, shape and memory order come back."""

    name: str = "numpy"
    needs_trust: bool = False

    def accepts(self, value: Any) -> bool:
        numpy: Any = sys.modules.get("numpy")
        return numpy is not None and type(value) is numpy.ndarray and _storable(value.dtype)

    def is_exact(self, value: object) -> bool:
        return True

    def encode(self, value: Any) -> Pieces:
        head = _header(value)
        if len(head) > _LONGEST_HEADER:
            raise CodecError("too many fields for numpy's format", "another codec keeps it")
        if value.flags.f_contiguous and not value.flags.c_contiguous:
            value = value.T
        return [head, _bytes_of(value)]

    def decode(self, data: memoryview) -> object:
        try:
            return _array(data)
        except ImportError:
            raise
        except Exception as error:
            # A header it did not write can make numpy raise anything.
            raise CodecError(f"not a numpy array: {error}", "it is computed again") from error


def _header(value: Any) -> bytes:
    from numpy.lib import format as npy

    head = io.BytesIO()
    try:
        npy.write_array_header_2_0(head, npy.header_data_from_array_1_0(value))
    except ValueError as error:
        # Fields that overlap or are out of order.
        raise CodecError(f"no numpy format for it: {error}", "another codec keeps it") from error
    return head.getvalue()


def _array(data: memoryview) -> Any:
    import numpy
    from numpy.lib import format as npy

    file = io.BytesIO(data[: 2 * _LONGEST_HEADER])
    if npy.read_magic(file) != (2, 0):
        raise ValueError("another version of the format")
    shape, transposed, dtype = npy.read_array_header_2_0(file)
    body = data[file.tell() :]
    # Before anything is as large as the header says.
    if dtype.hasobject or math.prod(shape) * dtype.itemsize != len(body):
        raise ValueError("not as many bytes as its shape has")
    order: Literal["C", "F"] = "F" if transposed else "C"
    array: Any = numpy.ndarray(shape, dtype, body if len(body) else None, order=order)
    own = array.flags.writeable and array.flags.aligned
    return array if own else array.copy("A")


@dataclass(frozen=True, slots=True)
class ScalarCodec:
    """numpy scalars, as arrays of no dimension; each one is proved when it is written.

    An array does not tell a text that ends in a zero from one that does not.
    """

    name: str = "numpy-scalar"
    needs_trust: bool = False

    def accepts(self, value: object) -> bool:
        numpy: Any = sys.modules.get("numpy")
        return numpy is not None and isinstance(value, numpy.generic) and _storable(value.dtype)

    def is_exact(self, value: Any) -> bool:
        return value.dtype.char in _PLAIN_SCALARS

    def encode(self, value: Any) -> Pieces:
        import numpy

        return ArrayCodec().encode(numpy.asarray(value))

    def decode(self, data: memoryview) -> object:
        held: Any = ArrayCodec().decode(data)
        return held[()]


def _storable(dtype: Any) -> bool:
    # Bare void types and dtype metadata do not come back from numpy's format.
    opaque = dtype.kind == "V" and dtype.names is None
    return not dtype.hasobject and dtype.metadata is None and not opaque


def _bytes_of(value: Any) -> memoryview:
    import numpy

    flat: Any = numpy.ascontiguousarray(value).reshape(-1)
    return memoryview(flat.view(numpy.uint8)) if flat.nbytes else memoryview(b"")
