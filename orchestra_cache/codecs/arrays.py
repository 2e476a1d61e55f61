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


# Below it lie the numbers of numpy's own dtypes.
_FIRST_OF_OTHERS = 256


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
        if numpy is None or not isinstance(value, numpy.generic):
            return False
        # A class of the user's own is more than its number.
        return type(value) is value.dtype.type and _storable(value.dtype)

    def is_exact(self, value: Any) -> bool:
        return value.dtype.char in _PLAIN_SCALARS

    def encode(self, value: Any) -> Pieces:
        import numpy

        return ArrayCodec().encode(numpy.asarray(value))

    def decode(self, data: memoryview) -> object:
        held: Any = ArrayCodec().decode(data)
        return held[()]


def _storable(dtype: Any) -> bool:
    """Whether numpy's format gives a dtype back: not its metadata, nor those of other libraries."""
    if dtype.hasobject or dtype.metadata is not None or not 0 <= dtype.num < _FIRST_OF_OTHERS:
        return False
    if dtype.subdtype is not None:
        return _storable(dtype.subdtype[0])
    if dtype.names is None:
        return bool(dtype.kind != "V")
    import numpy

    # Not records, nor numbers with names for their bytes.
    plain = dtype.type is numpy.void
    return plain and all(_storable(dtype.fields[name][0]) for name in dtype.names)


def _bytes_of(value: Any) -> memoryview:
    import numpy

    flat: Any = numpy.ascontiguousarray(value).reshape(-1)
    return memoryview(flat.view(numpy.uint8)) if flat.nbytes else memoryview(b"")
