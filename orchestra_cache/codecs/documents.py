"""Plain documents: JSON for what JSON gives back exactly, and bytes as they are."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from orchestra_cache.codecs.base import Pieces
from orchestra_cache.codecs.sharing import Walk
from orchestra_cache.errors import CodecError

__all__ = ["JsonCodec", "RawCodec"]

_SCALARS = frozenset((type(None), bool, int, float, str))
_PLAIN = _SCALARS | {list, dict}

# What is nested deeper is not worth a recursion that may end the process.
_DEEPEST = 200


@dataclass(frozen=True, slots=True)
class JsonCodec:
    """Documents that come back identical from JSON.

    A tuple, a NaN or a number as a dict's key does not, and is left to another codec.
    """

    name: str = "json"
    needs_trust: bool = False

    def accepts(self, value: object) -> bool:
        return type(value) in _PLAIN

    def is_exact(self, value: object) -> bool:
        return True

    def encode(self, value: object) -> Pieces:
        if not _comes_back([value], _DEEPEST, Walk()):
            raise CodecError("not a JSON document", "another codec keeps it")
        try:
            return [msgspec.json.encode(value)]
        except (msgspec.MsgspecError, TypeError, ValueError, RecursionError) as error:
            raise CodecError(f"not a JSON document: {error}", "another codec keeps it") from error

    def decode(self, data: memoryview) -> object:
        try:
            return msgspec.json.decode(data)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise CodecError(f"not a JSON document: {error}", "it is computed again") from error


def _comes_back(values: Iterable[Any], depth: int, walk: Walk) -> bool:
    # By sets of types, which are made in C: few documents hold many lists of few values.
    kinds = set(map(type, values))
    if not kinds <= _PLAIN or depth == 0:
        return False
    if float in kinds and not all(
        map(math.isfinite, (one for one in values if type(one) is float))
    ):
        return False
    return kinds.isdisjoint((list, dict)) or all(
        _is_plain(one, depth - 1, walk) for one in values if type(one) in (list, dict)
    )


def _is_plain(container: Any, depth: int, walk: Walk) -> bool:
    walk.enter(container)
    if type(container) is list:
        return _comes_back(container, depth, walk)
    return set(map(type, container)) <= {str} and _comes_back(container.values(), depth, walk)


@dataclass(frozen=True, slots=True)
class RawCodec:
    """Bytes as they are."""

    name: str = "bytes"
    needs_trust: bool = False

    def accepts(self, value: object) -> bool:
        return type(value) is bytes

    def is_exact(self, value: object) -> bool:
        return True

    def encode(self, value: Any) -> Pieces:
        return [value]

    def decode(self, data: memoryview) -> object:
        return bytes(data)
