"""How Arrow values are written: tables, arrays, scalars, schemas and types."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import pyarrow

from orchestra_cache.fingerprints.grammar import array, binary, boolean, integer, node, text
from orchestra_cache.fingerprints.values.libraries.arrow_types import written_type
from orchestra_cache.fingerprints.values.libraries.columns import columns
from orchestra_cache.fingerprints.values.nodes import Context, Node, register_handler

__all__ = ["load"]


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
    body = array([binary(digest) for digest in columns(value.columns)])
    return Node(
        (value.schema,),
        lambda written: node(f"arrow.{tag}", integer(value.num_rows), *written, body),
        lambda _: ".schema",
        digested=True,
    )


def _array(value: Any, context: Context) -> Node:
    tag = "chunked" if isinstance(value, pyarrow.ChunkedArray) else "array"
    body = node(f"arrow.{tag}", written_type(value.type, context), binary(*columns([value])))
    return Node((), lambda _: body, digested=True)


def _scalar(value: Any, context: Context) -> Node:
    one = pyarrow.repeat(value, 1)
    body = node("arrow.scalar", written_type(value.type, context), binary(*columns([one])))
    return Node((), lambda _: body, digested=True)


def _schema(value: pyarrow.Schema, context: Context) -> Node:
    parts = (list(value), value.metadata)
    return Node(parts, lambda written: node("arrow.schema", *written))


def _field(value: pyarrow.Field, context: Context) -> Node:
    head = (text(value.name), written_type(value.type, context), boolean(value.nullable))
    return Node((value.metadata,), lambda written: node("arrow.field", *head, *written))


def _type(value: pyarrow.DataType, context: Context) -> bytes:
    return node("arrow.type", written_type(value, context))
