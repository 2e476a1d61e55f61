"""Tables as Parquet files, for those who want others to read what is stored."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from orchestra_cache.codecs.base import Pieces
from orchestra_cache.errors import CodecError

__all__ = ["ParquetCodec"]

_MARK = b"orchestra_cache"
_KINDS = {
    ("pandas", "DataFrame"): b"pandas",
    ("polars", "DataFrame"): b"polars",
    ("pyarrow", "Table"): b"arrow",
}

# Repeated values take next to nothing in a file; more than this is declared by nobody who means it.
_MOST_BYTES_OF_ONE = 1 << 15


@dataclass(frozen=True, slots=True)
class ParquetCodec:
    """Frames and tables, on request; each one is proved when it is written."""

    name: str = "parquet"
    needs_trust: bool = False

    def accepts(self, value: object) -> bool:
        return _kind(value) is not None

    def is_exact(self, value: object) -> bool:
        return False

    def encode(self, value: Any) -> Pieces:
        import pyarrow
        import pyarrow.parquet

        kind = _kind(value)
        sink = pyarrow.BufferOutputStream()
        try:
            table = _table(value, kind)
            notes = {**(table.schema.metadata or {}), _MARK: kind}
            table = table.replace_schema_metadata(notes)
            pyarrow.parquet.write_table(table, sink, compression="zstd")
        except (pyarrow.ArrowException, TypeError, ValueError, OverflowError) as error:
            raise CodecError(f"no Parquet file: {error}", "leave `codec` out") from error
        return [memoryview(sink.getvalue())]

    def decode(self, data: memoryview) -> object:
        try:
            return _value(_read(data))
        except ImportError:
            raise
        except Exception as error:
            # A file it did not write can make each library raise anything.
            raise CodecError(f"no Parquet file: {error}", "it is computed again") from error


def _kind(value: object) -> bytes | None:
    for (library, name), kind in _KINDS.items():
        held = getattr(sys.modules.get(library), name, None)
        if held is not None and type(value) is held:
            return kind
    return None


def _table(value: Any, kind: bytes | None) -> Any:
    import pyarrow

    if kind == b"pandas":
        return pyarrow.Table.from_pandas(value)
    return value.to_arrow() if kind == b"polars" else value


def _read(data: memoryview) -> Any:
    import pyarrow
    import pyarrow.parquet

    file = pyarrow.parquet.ParquetFile(pyarrow.py_buffer(data))
    groups = [file.metadata.row_group(at) for at in range(file.metadata.num_row_groups)]
    declared = sum(group.total_byte_size for group in groups)
    declared = max(declared, file.metadata.num_rows * file.metadata.num_columns)
    if declared > _MOST_BYTES_OF_ONE * len(data):
        raise ValueError("it cannot hold what it says")
    return file.read()


def _value(table: Any) -> object:
    notes = dict(table.schema.metadata or {})
    kind = notes.pop(_MARK, None)
    table = table.replace_schema_metadata(notes or None)
    if kind == b"pandas":
        return table.to_pandas()
    if kind == b"polars":
        import polars

        return polars.from_arrow(table)
    return table
