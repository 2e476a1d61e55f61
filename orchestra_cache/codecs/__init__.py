"""How values become bytes: the closed list of codecs, most exact first, and those installed."""

from __future__ import annotations

from collections.abc import Iterator

from orchestra_cache.codecs.arrays import ArrayCodec, ScalarCodec
from orchestra_cache.codecs.base import Buffer, Codec, Pieces, RefusedError
from orchestra_cache.codecs.documents import JsonCodec, RawCodec
from orchestra_cache.codecs.extensions import extensions
from orchestra_cache.codecs.files import FileCodec
from orchestra_cache.codecs.frames import ArrowCodec, PandasCodec, PolarsCodec
from orchestra_cache.codecs.parquet import ParquetCodec
from orchestra_cache.codecs.pickles import PickleCodec
from orchestra_cache.codecs.tensors import TensorCodec
from orchestra_cache.codecs.trees import TreeCodec

__all__ = [
    "CODECS",
    "HARMLESS",
    "REQUESTED",
    "ArrayCodec",
    "ArrowCodec",
    "Buffer",
    "Codec",
    "FileCodec",
    "JsonCodec",
    "PandasCodec",
    "ParquetCodec",
    "PickleCodec",
    "Pieces",
    "PolarsCodec",
    "RawCodec",
    "RefusedError",
    "ScalarCodec",
    "TensorCodec",
    "TreeCodec",
    "codec_named",
    "codecs_for",
]

CODECS: tuple[Codec, ...] = (
    JsonCodec(),
    RawCodec(),
    ArrayCodec(),
    ScalarCodec(),
    ArrowCodec(),
    PandasCodec(),
    PolarsCodec(),
    TensorCodec(),
    FileCodec(),
    PickleCodec(),
)

# Only for those who ask for them by name.
REQUESTED: tuple[Codec, ...] = (ParquetCodec(),)

# These give the same whatever is thought of the store.
HARMLESS = frozenset(("json", "bytes", "numpy", "numpy-scalar", "arrow", "pandas", "polars"))

_TREE = TreeCodec().name
_BY_NAME = {codec.name: codec for codec in (*CODECS, *REQUESTED)}


def codecs_for(value: object) -> Iterator[Codec]:
    """Codecs that may take a value, best first; those of others before the one that takes all."""
    yield from (codec for codec in CODECS[:-1] if codec.accepts(value))
    yield from (codec for codec in _others() if codec.accepts(value))
    yield CODECS[-1]


def codec_named(name: str) -> Codec | None:
    """The codec an entry names; what is imported does not depend on the name."""
    known = _BY_NAME.get(name)
    return known or next((codec for codec in _others() if codec.name == name), None)


def _others() -> Iterator[Codec]:
    # What has the name of one of ours would be read as that one.
    return (codec for codec in extensions() if codec.name not in (*_BY_NAME, _TREE))
