"""pandas frames of numbers over the very memory that they were read into, not over a copy of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["overlaid"]

# Of columns that are smaller, pandas makes one block: a copy costs little, and work on it less.
_SMALLEST_COLUMN = 1 << 18


def overlaid(table: Any, data: memoryview) -> Any:
    """A pandas frame over the memory that an Arrow table was read from.

    A copy takes as long as everything else that a hit does to a frame, and several times that
    where fresh memory is slow to come. Arrow's own frames without a copy cannot be written to.

    Returns:
        None unless the table was a frame of large columns without nulls, all of numbers or times,
        with a range for its index, and the memory may be written to.
    """
    import pandas

    if data.readonly:
        return None
    notes = table.schema.pandas_metadata
    span = _span(notes, table.num_rows) if notes else None
    columns = None if span is None else list(_arrays(table, notes["columns"], data))
    if not columns or any(column is None for column in columns):
        return None
    # What it is called, and what was noted on it, is Arrow's to say.
    empty = table.slice(0, 0).to_pandas()
    frame = pandas.DataFrame(dict(enumerate(columns)), index=span, copy=False)
    frame.columns, frame.attrs = empty.columns, empty.attrs
    return frame


def _span(notes: dict[str, Any], rows: int) -> Any:
    import pandas

    [*indexes] = notes["index_columns"]
    if len(indexes) != 1 or not isinstance(indexes[0], dict) or indexes[0]["kind"] != "range":
        return None
    [one] = indexes
    span = pandas.RangeIndex(one["start"], one["stop"], one["step"], name=one["name"])
    return span if len(span) == rows else None


def _arrays(table: Any, notes: list[dict[str, Any]], data: memoryview) -> Iterator[Any]:
    """The columns, and None in the place of each that it cannot be done for."""
    if len(notes) != table.num_columns or table.nbytes < _SMALLEST_COLUMN * table.num_columns:
        yield None
        return
    for column, note in zip(table.columns, notes, strict=True):
        yield _array(column, note["numpy_type"], data)


def _array(column: Any, wanted: str, data: memoryview) -> Any:
    import numpy
    import pyarrow

    if column.num_chunks != 1 or column.null_count or not _is_number(column.type):
        return None
    dtype = numpy.dtype(column.type.to_pandas_dtype())
    if str(dtype) != wanted:
        return None
    [chunk] = column.chunks
    memory = chunk.buffers()[-1]
    start = memory.address - pyarrow.py_buffer(data).address
    if start < 0 or start + memory.size > data.nbytes:
        return None
    array = numpy.frombuffer(data[start : start + memory.size], dtype)
    return array[chunk.offset : chunk.offset + len(chunk)] if array.flags.aligned else None


def _is_number(kind: Any) -> bool:
    from pyarrow import types

    if types.is_timestamp(kind):
        return kind.tz is None
    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_duration(kind))
