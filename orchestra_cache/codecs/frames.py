"""Tables of pandas, polars and Arrow, as Arrow streams."""

from __future__ import annotations

import struct
import sys
from dataclasses import dataclass
from typing import Any

from orchestra_cache.codecs.base import Buffer, Pieces
from orchestra_cache.codecs.messages import is_packed
from orchestra_cache.codecs.overlays import overlaid
from orchestra_cache.errors import CodecError

__all__ = ["ArrowCodec", "PandasCodec", "PolarsCodec"]

# Not the masked floats: Arrow does not tell their NaNs from what is missing.
_PLAIN_DTYPES = frozenset((
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "float32", "float64", "datetime64[s]", "datetime64[ms]", "datetime64[us]", "datetime64[ns]",
    "timedelta64[s]", "timedelta64[ms]", "timedelta64[us]", "timedelta64[ns]",
    "boolean", "Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class ArrowCodec:
    """Arrow tables, schema metadata included; chunks are not kept apart.

    Those with extension types are proved when they are written.
    """

    name: str = "arrow"
    needs_trust: bool = False

    def accepts(self, value: object) -> bool:
        pyarrow = sys.modules.get("pyarrow")
        return pyarrow is not None and type(value) is pyarrow.Table

    def is_exact(self, value: Any) -> bool:
        # Metadata without anything in it does not come back, nor do others know every extension.
        schema = value.schema
        return schema.metadata != {} and all(map(_is_plain_field, schema))

    def encode(self, value: Any) -> Pieces:
        import pyarrow

        try:
            # As it is when it is read, where what does not hold is damage.
            value.validate(full=True)
            sink = _Sink()
            with pyarrow.ipc.new_stream(pyarrow.PythonFile(sink, mode="w"), value.schema) as writer:
                writer.write_table(value)
            return sink.pieces
        except (pyarrow.ArrowException, TypeError, ValueError, OverflowError) as error:
            raise CodecError(f"not an Arrow stream: {error}", "another codec keeps it") from error

    def decode(self, data: memoryview) -> Any:
        import pyarrow

        try:
            if is_packed(data):
                raise ValueError("it is packed, and could be of any size")
            table = pyarrow.ipc.open_stream(pyarrow.py_buffer(data)).read_all()
            # From here on lengths and offsets are followed, whatever they say.
            table.validate(full=True)
            return table
        except (pyarrow.ArrowException, OSError, TypeError, ValueError, struct.error) as error:
            raise CodecError(f"not an Arrow stream: {error}", "it is computed again") from error


def _is_plain_field(field: Any) -> bool:
    return field.metadata != {} and _is_plain_type(field.type)


def _is_plain_type(kind: Any) -> bool:
    import pyarrow

    if isinstance(kind, pyarrow.BaseExtensionType):
        return False
    if pyarrow.types.is_dictionary(kind) or pyarrow.types.is_run_end_encoded(kind):
        return _is_plain_type(kind.value_type)
    return all(_is_plain_field(kind.field(number)) for number in range(kind.num_fields))


class _Sink:
    """A file that keeps what is written to it, where it is: large buffers are never copied."""

    closed = False

    def __init__(self) -> None:
        self.pieces: list[Buffer] = []

    def write(self, data: Any) -> int:
        view = memoryview(data)
        self.pieces.append(view)
        return view.nbytes

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass


@dataclass(frozen=True, slots=True)
class PandasCodec:
    """pandas frames whose columns Arrow has types for.

    Those of plain columns and a plain index are exact; any other is proved when it is written.
    """

    name: str = "pandas"
    needs_trust: bool = False

    def accepts(self, value: object) -> bool:
        pandas = sys.modules.get("pandas")
        return pandas is not None and type(value) is pandas.DataFrame and _arrow_is_here()

    def is_exact(self, value: Any) -> bool:
        return _is_plain(value)

    def encode(self, value: Any) -> Pieces:
        import pyarrow

        try:
            return ArrowCodec().encode(_with_nans(pyarrow.Table.from_pandas(value), value))
        except CodecError:
            raise
        except Exception as error:
            # Objects in it are asked what they are, and can raise anything.
            raise CodecError(f"no Arrow types for it: {error}", "another codec keeps it") from error

    def decode(self, data: memoryview) -> object:
        import pandas

        table = ArrowCodec().decode(data)
        try:
            if (own := overlaid(table, data)) is not None:
                return own
            frame = table.to_pandas()
        except ImportError:
            raise
        except Exception as error:
            # Notes on its index and dtypes that it did not write can make pandas raise anything.
            raise CodecError(f"not a pandas frame: {error}", "it is computed again") from error
        # Before copy-on-write a column that shares Arrow's memory cannot be written to.
        return frame.copy() if pandas.__version__ < "3" else frame


def _is_plain(frame: Any) -> bool:
    """Whether a frame has nothing but what the suite shows to come back whatever the values."""
    import pandas

    names = [name for name in (frame.columns.name, frame.index.name) if name is not None]
    indexes: bool = type(frame.index) is pandas.RangeIndex and type(frame.columns) is pandas.Index
    notes = bool(frame.attrs) or not frame.flags.allows_duplicate_labels
    if not indexes or notes or not set(map(type, [*frame.columns, *names])) <= {str}:
        return False
    labels = frame.columns.dtype
    if str(labels) != "object" and not _is_text(labels):
        return False
    once = len(set(frame.columns)) == len(frame.columns)
    return once and all(map(_is_plain_dtype, frame.dtypes))


def _is_text(dtype: Any) -> bool:
    """Whether it is the one that texts get which have none."""
    import pandas

    return bool(dtype == pandas.Index(["text"]).dtype)


def _is_plain_dtype(dtype: Any) -> bool:
    import pandas

    if isinstance(dtype, pandas.StringDtype):
        return bool(dtype.storage == "pyarrow" and pandas.__version__ >= "3")
    return str(dtype) in _PLAIN_DTYPES


def _with_nans(table: Any, frame: Any) -> Any:
    """Put NaNs back as they are: Arrow makes nulls of them, and their bits would be lost."""
    import pyarrow

    for position, held in enumerate(frame.dtypes):
        plain = type(held).__module__.startswith("numpy") and held.kind == "f"
        if plain and table.column(position).null_count:
            values = pyarrow.array(frame.iloc[:, position].to_numpy(), from_pandas=False)
            table = table.set_column(position, table.field(position), values)
    return table


# By the names of their classes: an instance has a unit or a zone.
_PLAIN_POLARS = frozenset((
    "Boolean", "Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64",
    "Float32", "Float64", "String", "Binary", "Date", "Time", "Datetime", "Duration",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class PolarsCodec:
    """polars frames; those of plain columns are exact, any other is proved when it is written."""

    name: str = "polars"
    needs_trust: bool = False

    def accepts(self, value: object) -> bool:
        polars = sys.modules.get("polars")
        return polars is not None and type(value) is polars.DataFrame and _arrow_is_here()

    def is_exact(self, value: Any) -> bool:
        return {dtype.base_type().__name__ for dtype in value.dtypes} <= _PLAIN_POLARS

    def encode(self, value: Any) -> Pieces:
        import io

        sink = io.BytesIO()
        try:
            value.write_ipc_stream(sink)
        except _panics() as error:
            raise CodecError(f"no Arrow types for it: {error}", "another codec keeps it") from error
        return [sink.getvalue()]

    def decode(self, data: memoryview) -> object:
        import io

        import polars

        ArrowCodec().decode(data)
        try:
            return polars.read_ipc_stream(io.BytesIO(data))
        except _panics() as error:
            raise CodecError(f"not a polars frame: {error}", "it is computed again") from error


def _panics() -> tuple[type[BaseException], ...]:
    """What polars raises, which is not always an exception."""
    import polars

    return Exception, polars.exceptions.PanicException


def _arrow_is_here() -> bool:
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        return False
    return True
