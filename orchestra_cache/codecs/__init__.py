"""How values become bytes: the closed list of codecs, most exact first."""

from __future__ import annotations

from collections.abc import Iterator

from orchestra_cache.codecs.arrays import ArrayCodec, ScalarCodec
from orchestra_cache.codecs.base import Buffer, Codec, Pieces
from orchestra_cache.codecs.documents import JsonCodec, RawCodec
from orchestra_cache.codecs.frames import ArrowCodec, PandasCodec, PolarsCodec
from orchestra_cache.codecs.pickles import PickleCodec

__all__ = ["CODECS", "Buffer", "Codec", "Pieces", "codec_named", "codecs_for"]

CODECS: tuple[Codec, ...] = (
    JsonCodec(),
    RawCodec(),
    ArrayCodec(),
    ScalarCodec(),
    ArrowCodec(),
    PandasCodec(),
    PolarsCodec(),
    PickleCodec(),
)


def codecs_for(value: object) -> Iterator[Codec]:
    """Codecs that may take a value, best first."""
    return (codec for codec in CODECS if codec.accepts(value))


def codec_named(name: str) -> Codec | None:
    """The codec an entry names; a name that is not in the list causes no import."""
    return next((codec for codec in CODECS if codec.name == name), None)
