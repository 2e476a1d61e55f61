"""numpy arrays and scalars, in numpy's own file format."""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from typing import Any

from orchestra_cache.codecs.base import Pieces
from orchestra_cache.errors import CodecError

__all__ = ["ArrayCodec", "ScalarCodec"]


@dataclass(frozen=True, slots=True)
class ArrayCodec:
    """Arrays without Python objects in them: dtype, shape and memory order come back."""

    name: str = "numpy"
    exact: bool = True
    needs_trust: bool = False

    def accepts(self, value: Any) -> bool:
        numpy: Any = sys.modules.get("numpy")
        return numpy is not None and type(value) is numpy.ndarray and _storable(value.dtype)

    def encode(self, value: Any) -> Pieces:
        from numpy.lib import format as npy

        head = io.BytesIO()
        try:
            npy.write_array_header_2_0(head, npy.header_data_from_array_1_0(value))
        except ValueError as error:
            # Fields that overlap or are out of order.
            raise CodecError(
                f"no numpy format for it: {error}", "another codec keeps it"
            ) from error
        if value.flags.f_contiguous and not value.flags.c_contiguous:
            value = value.T
        return [head.getvalue(), _bytes_of(value)]

    def decode(self, data: memoryview) -> object:
        from numpy.lib import format as npy

        try:
            return npy.read_array(io.BytesIO(data), allow_pickle=False)
        except Exception as error:
            # A header it did not write can make numpy raise anything.
            raise CodecError(f"not a numpy array: {error}", "it is computed again") from error


@dataclass(frozen=True, slots=True)
class ScalarCodec:
    """numpy scalars, as arrays of no dimension; each one is proved when it is written.

    An array does not tell a text that ends in a zero from one that does not.
    """

    name: str = "numpy-scalar"
    exact: bool = False
    needs_trust: bool = False

    def accepts(self, value: object) -> bool:
        numpy: Any = sys.modules.get("numpy")
        return numpy is not None and isinstance(value, numpy.generic) and _storable(value.dtype)

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
