"""Plain documents: JSON for what JSON gives back exactly, and bytes as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from orchestra_cache.codecs.base import Pieces
from orchestra_cache.errors import CodecError

__all__ = ["JsonCodec", "RawCodec"]


@dataclass(frozen=True, slots=True)
class JsonCodec:
    """Documents that come back identical from JSON; each one is proved when it is written.

    A tuple, a NaN or a number as a dict's key does not, and is left to another codec.
    """

    name: str = "json"
    exact: bool = False
    needs_trust: bool = False

    def accepts(self, value: object) -> bool:
        return value is None or type(value) in (bool, int, float, str, list, dict)

    def encode(self, value: object) -> Pieces:
        try:
            return [msgspec.json.encode(value)]
        except (msgspec.MsgspecError, TypeError, ValueError, RecursionError) as error:
            raise CodecError(f"not a JSON document: {error}", "another codec keeps it") from error

    def decode(self, data: memoryview) -> object:
        try:
            return msgspec.json.decode(data)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise CodecError(f"not a JSON document: {error}", "it is computed again") from error


@dataclass(frozen=True, slots=True)
class RawCodec:
    """Bytes as they are."""

    name: str = "bytes"
    exact: bool = True
    needs_trust: bool = False

    def accepts(self, value: object) -> bool:
        return type(value) is bytes

    def encode(self, value: Any) -> Pieces:
        return [value]

    def decode(self, data: memoryview) -> object:
        return bytes(data)
