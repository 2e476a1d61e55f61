"""The port for codecs: values to bytes and back, and which of them may be believed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

__all__ = ["Buffer", "Codec", "Pieces"]

Buffer = bytes | bytearray | memoryview
Pieces = Sequence[Buffer]


class Codec(Protocol):
    """One way to write values of some types.

    Attributes:
        name: What entries call it; a change of the format takes a new name.
        exact: Every accepted value comes back identical; its conformance suite proves it. For
            others each value is proved when it is written.
        needs_trust: Decoding can run code, so it is done only for a store that is trusted.

    `accepts` is quick and does no I/O. `encode` returns pieces that are joined, uncopied where it
    can, and raises `CodecError` for what it cannot write. `decode` returns a value nobody else
    holds and that its receiver may change; it raises `CodecError` for bytes it did not write.
    """

    @property
    def name(self) -> str: ...

    @property
    def exact(self) -> bool: ...

    @property
    def needs_trust(self) -> bool: ...

    def accepts(self, value: object) -> bool: ...

    def encode(self, value: object) -> Pieces: ...

    def decode(self, data: memoryview) -> object: ...
