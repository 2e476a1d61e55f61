"""How Arrow values are written: schema and content, whatever the chunks, slices and padding."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy
import pyarrow
from pyarrow import types as kinds

from orchestra_cache.fingerprints.digest import Digest, combine
from orchestra_cache.fingerprints.grammar import array, binary, boolean, integer, node, text
from orchestra_cache.fingerprints.libraries.arrays import elements
from orchestra_cache.fingerprints.nodes import Context, Node, RefusedError, register_handler

__all__ = ["column", "load"]


@functools.cache
def load() -> None:
    """Register every handler here, once."""
    register_handler(pyarrow.Table, _table)
    register_handler(pyarrow.RecordBatch, _table)
    register_handler(pyarrow.ChunkedArray, _array)
    register_handler(pyarrow.Schema, _schema)
    register_handler(pyarrow.Field, _field)
    for kind in _subclasses(pyarrow.Array):
        register_handler(kind, _array)
    for kind in _subclasses(pyarrow.DataType):
        register_handler(kind, _type)
    for kind in _subclasses(pyarrow.Scalar):
        register_handler(kind, _scalar)


def _subclasses(kind: Any) -> Iterator[type]:
    yield kind
    for child in kind.__subclasses__():
        yield from _subclasses(child)


def _table(value: Any, context: Context) -> Node:
    tag = type(value).__name__
    body = array([binary(column(part).raw) for part in value.columns])
    return Node(
        (value.schema,),
        lambda written: node(f"arrow.{tag}", integer(value.num_rows), *written, body),
        lambda _: ".schema",
        digested=True,
    )


def _array(value: Any, context: Context) -> Node:
    tag = "chunked" if isinstance(value, pyarrow.ChunkedArray) else "array"
    body = node(f"arrow.{tag}", text(_type_text(value.type)), binary(column(value).raw))
    return Node((), lambda _: body, digested=True)


def _scalar(value: Any, context: Context) -> Node:
    one = pyarrow.array([value.as_py()], type=value.type)
    body = node("arrow.scalar", text(_type_text(value.type)), binary(column(one).raw))
    return Node((), lambda _: body, digested=True)


def _schema(value: pyarrow.Schema, context: Context) -> Node:
    parts = (list(value), value.metadata)
    return Node(parts, lambda written: node("arrow.schema", *written))


def _field(value: pyarrow.Field, context: Context) -> Node:
    head = (text(value.name), text(_type_text(value.type)), boolean(value.nullable))
    return Node((value.metadata,), lambda written: node("arrow.field", *head, *written))


def _type(value: pyarrow.DataType, context: Context) -> bytes:
    return node("arrow.type", text(_type_text(value)))


def _type_text(value: pyarrow.DataType) -> str:
    if isinstance(value, pyarrow.BaseExtensionType):
        # The storage type and the serialised parameters say what the name leaves out.
        return f"{value.extension_name}({value.storage_type}){value.__arrow_ext_serialize__()!r}"
    return str(value)


def column(value: Any) -> Digest:
    """Digest of an array's content: one digest for equal values in any chunks and slices."""
    if isinstance(value, pyarrow.ChunkedArray):
        chunks = value.unify_dictionaries().chunks
        value = chunks[0] if len(chunks) == 1 else _joined(chunks, value.type)
    return combine("arrow", *_streams(value))


def _joined(chunks: list[Any], kind: pyarrow.DataType) -> Any:
    return pyarrow.concat_arrays(chunks) if chunks else pyarrow.array([], type=kind)


def _streams(value: Any) -> Iterator[bytes]:
    """Yield the digests of the parts that make up the content, nulls blanked out."""
    yield len(value).to_bytes(8, "big")
    kind = value.type
    valid = numpy.asarray(value.is_valid()) if value.null_count else None
    yield elements(valid).raw if valid is not None else b""
    if isinstance(kind, pyarrow.BaseExtensionType):
        yield from _streams(value.storage)
    elif kinds.is_dictionary(kind):
        yield from _streams(value.indices)
        yield from _streams(value.dictionary)
    elif kinds.is_struct(kind):
        for index in range(kind.num_fields):
            yield from _streams(value.flatten()[index])
    elif kinds.is_null(kind):
        return
    else:
        yield from _flat(value, valid)


def _flat(value: Any, valid: Any) -> Iterator[bytes]:
    kind = value.type
    if kinds.is_string(kind) or kinds.is_binary(kind) or kinds.is_large_binary(kind):
        yield from _variable(value, valid, 8 if kinds.is_large_binary(kind) else 4)
    elif kinds.is_large_string(kind):
        yield from _variable(value, valid, 8)
    elif kinds.is_string_view(kind) or kinds.is_binary_view(kind):
        wide = pyarrow.large_string() if kinds.is_string_view(kind) else pyarrow.large_binary()
        yield from _variable(value.cast(wide), valid, 8)
    elif kinds.is_list(kind) or kinds.is_large_list(kind) or kinds.is_map(kind):
        lengths = numpy.diff(value.offsets.to_numpy())
        yield elements(_blank(lengths, valid).astype("<i8")).raw
        yield from _streams(_items(value))
    elif kinds.is_fixed_size_list(kind):
        yield from _streams(value.flatten())
    elif kinds.is_boolean(kind):
        yield elements(_blank(numpy.asarray(value.fill_null(False)), valid)).raw
    else:
        yield elements(_blank(_fixed(value), valid)).raw


def _items(value: Any) -> Any:
    if not kinds.is_map(value.type):
        return value.flatten()
    offsets = value.offsets
    start, stop = offsets[0].as_py(), offsets[-1].as_py()
    entries = pyarrow.StructArray.from_arrays([value.keys, value.items], names=["key", "value"])
    return entries.slice(start, stop - start) if len(entries) != stop - start else entries


def _variable(value: Any, valid: Any, width: int) -> Iterator[bytes]:
    buffers = value.buffers()
    offsets = numpy.frombuffer(buffers[1], f"<i{width}")[value.offset :][: len(value) + 1]
    lengths = numpy.diff(offsets)
    if valid is not None and lengths[~valid].any():
        # Bytes under a null are padding: take them out by building the array again.
        value = value.take(pyarrow.array(numpy.arange(len(value)), mask=~valid))
        yield from _variable(value, None, width)
        return
    yield elements(lengths.astype("<i8")).raw
    start, stop = (int(offsets[0]), int(offsets[-1])) if len(offsets) else (0, 0)
    data = memoryview(buffers[2])[start:stop] if buffers[2] is not None else b""
    yield elements(numpy.frombuffer(data, "u1")).raw


def _fixed(value: Any) -> Any:
    """The elements of a fixed-width array as a numpy view."""
    try:
        bits = value.type.bit_width
    except ValueError:
        raise RefusedError(
            value, f"Arrow type {value.type} is not known here: cast the column"
        ) from None
    width = bits // 8
    data = value.buffers()[1]
    whole = numpy.frombuffer(data if data is not None else b"", f"V{width}")
    return whole[value.offset :][: len(value)]


def _blank(values: Any, valid: Any) -> Any:
    if valid is None:
        return values
    blank = values.copy()
    blank[~valid] = numpy.zeros((), values.dtype)
    return blank
