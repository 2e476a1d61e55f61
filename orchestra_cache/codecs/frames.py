"""Tables of pandas, polars and Arrow, as Arrow streams."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from orchestra_cache.codecs.base import Pieces
from orchestra_cache.errors import CodecError

__all__ = ["ArrowCodec", "PandasCodec", "PolarsCodec"]


@dataclass(frozen=True, slots=True)
class ArrowCodec:
    """Arrow tables, schema metadata included; chunks are not kept apart."""

    name: str = "arrow"
    exact: bool = True
    needs_trust: bool = False

    def accepts(self, value: object) -> bool:
        pyarrow = sys.modules.get("pyarrow")
        return pyarrow is not None and type(value) is pyarrow.Table

    def encode(self, value: Any) -> Pieces:
        import pyarrow

        try:
            sink = pyarrow.BufferOutputStream()
            with pyarrow.ipc.new_stream(sink, value.schema) as writer:
                writer.write_table(value)
            return [memoryview(sink.getvalue())]
        except (pyarrow.ArrowException, TypeError, ValueError) as error:
            raise CodecError(f"not an Arrow stream: {error}", "another codec keeps it") from error

    def decode(self, data: memoryview) -> Any:
        import pyarrow

        try:
            return pyarrow.ipc.open_stream(pyarrow.py_buffer(data)).read_all()
        except (pyarrow.ArrowException, OSError, ValueError) as error:
            raise CodecError(f"not an Arrow stream: {error}", "it is computed again") from error


@dataclass(frozen=True, slots=True)
class PandasCodec:
    """pandas frames whose columns Arrow has types for; each one is proved when it is written."""

    name: str = "pandas"
    exact: bool = False
    needs_trust: bool = False

    def accepts(self, value: object) -> bool:
        pandas = sys.modules.get("pandas")
        return pandas is not None and type(value) is pandas.DataFrame and _arrow_is_here()

    def encode(self, value: Any) -> Pieces:
        import pyarrow

        try:
            return ArrowCodec().encode(_with_nans(pyarrow.Table.from_pandas(value), value))
        except (pyarrow.ArrowException, TypeError, ValueError) as error:
            raise CodecError(f"no Arrow types for it: {error}", "another codec keeps it") from error

    def decode(self, data: memoryview) -> object:
        import pandas

        frame = ArrowCodec().decode(data).to_pandas()
        # Before copy-on-write a column that shares Arrow's memory cannot be written to.
        return frame.copy() if pandas.__version__ < "3" else frame


def _with_nans(table: Any, frame: Any) -> Any:
    """Put NaNs back as they are: Arrow makes nulls of them, and their bits would be lost."""
    import pyarrow

    for position, held in enumerate(frame.dtypes):
        plain = type(held).__module__.startswith("numpy") and held.kind == "f"
        if plain and table.column(position).null_count:
            values = pyarrow.array(frame.iloc[:, position].to_numpy(), from_pandas=False)
            table = table.set_column(position, table.field(position), values)
    return table


@dataclass(frozen=True, slots=True)
class PolarsCodec:
    """polars frames; each one is proved when it is written."""

    name: str = "polars"
    exact: bool = False
    needs_trust: bool = False

    def accepts(self, value: object) -> bool:
        polars = sys.modules.get("polars")
        return polars is not None and type(value) is polars.DataFrame and _arrow_is_here()

    def encode(self, value: Any) -> Pieces:
        import io

        sink = io.BytesIO()
        try:
            value.write_ipc_stream(sink)
        except Exception as error:
            # polars raises panics of its own kind for dtypes that IPC lacks.
            raise CodecError(f"no Arrow types for it: {error}", "another codec keeps it") from error
        return [sink.getbuffer()]

    def decode(self, data: memoryview) -> object:
        import io

        import polars

        try:
            return polars.read_ipc_stream(io.BytesIO(data))
        except Exception as error:
            raise CodecError(f"not a polars frame: {error}", "it is computed again") from error


def _arrow_is_here() -> bool:
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        return False
    return True
