"""The port for codecs: values to bytes and back, and which of them may be believed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from orchestra_cache.errors import CodecError

__all__ = ["TRUST", "Buffer", "Codec", "Pieces", "RefusedError"]

Buffer = bytes | bytearray | memoryview
Pieces = Sequence[Buffer]

# The way out where a store that others may write to would have to be believed.
TRUST = (
    "sign results with `Cache(…, keys=…)`, or declare `Cache(…, trusted=True)` if only trusted "
    "parties can write to it; a local folder has to be yours alone"
)


class RefusedError(CodecError):
    """No codec may keep this value: another would keep something else."""


class Codec(Protocol):
    """One way to write values of some types.

    Attributes:
        name: What entries call it; a change of the format takes a new name.
        needs_trust: Decoding can run code, so it is done only for a store that is trusted.

    `accepts` is quick and does no I/O. `is_exact` says of a value it accepts that it is sure to
    come back identical, as the conformance suite proves; any other is proved when it is written.
    `encode` returns pieces that are joined, uncopied where it can, and raises `CodecError`
    for what it cannot write. `decode` returns a value nobody else holds and that its receiver may
    change: data that may be written to is the codec's own, and part of the value if it likes. It
    raises `CodecError` for bytes it did not write, and `ImportError` if a library of the value's is
    not here.
    """

    @property
    def name(self) -> str: ...

    @property
    def needs_trust(self) -> bool: ...

    def accepts(self, value: object) -> bool: ...

    def is_exact(self, value: object) -> bool: ...

    def encode(self, value: object) -> Pieces: ...

    def decode(self, data: memoryview) -> object: ...
