"""Whether a value is small and plain, told without writing it down."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

__all__ = ["fits", "keeps_keys"]

_FIXED = (type(None), bool, float)

# Bytes that one character takes in JSON at most, and one scalar with what is around it.
_CHARACTER, _SCALAR = 6, 32


def fits(value: object, room: int) -> bool:
    """Whether a value of plain types takes no more than so many bytes as JSON; False if unsure."""
    return _left(value, room) >= 0


def _left(value: object, room: int) -> int:
    kind = type(value)
    room -= _SCALAR
    if kind in _FIXED or room < 0:
        return room
    if isinstance(value, int) and kind is int:
        return room - value.bit_length() // 3
    if isinstance(value, str) and kind is str:
        return room - _CHARACTER * len(value)
    parts: Iterable[object] = ()
    if isinstance(value, dict) and kind is dict:
        parts = chain(value, value.values())
    elif isinstance(value, (list, tuple)) and kind in (list, tuple):
        parts = value
    else:
        return -1
    for part in parts:
        room = _left(part, room)
        if room < 0:
            break
    return room


def keeps_keys(value: object) -> bool:
    """Whether JSON has every key of a value as it is, however deep: as texts.

    A reader who knows the number that became a text must not depend on how large the value is.
    """
    kind = type(value)
    if kind is dict and isinstance(value, dict):
        return set(map(type, value)) <= {str} and all(map(keeps_keys, value.values()))
    if kind in (list, tuple) and isinstance(value, (list, tuple)):
        holders = [part for part in value if type(part) in (dict, list, tuple)]
        return all(map(keeps_keys, holders))
    return True
