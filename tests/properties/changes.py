"""A value with one of its parts exchanged, and one with its unordered parts in another order."""

from __future__ import annotations

import collections
from collections.abc import Callable
from random import Random
from typing import Any

from hypothesis import strategies as st

from tests.properties import values

Draw = Callable[[st.SearchStrategy[Any]], Any]

_ORDERED = (collections.OrderedDict, values.Ordered)


def changed(value: Any, draw: Draw) -> Any:
    """A copy of `value` with something drawn anew, as deep as chance leads."""
    kind = type(value)
    if kind in (list, tuple, values.Names) and value and draw(st.booleans()):
        place = draw(st.integers(0, len(value) - 1))
        items = list(value)
        items[place] = changed(items[place], draw)
        return kind(items)
    if kind in (dict, values.Table, *_ORDERED) and value and draw(st.booleans()):
        key = draw(st.sampled_from(list(value)))
        return kind({**value, key: changed(value[key], draw)})
    if kind in (values.Point, values.Pair) and draw(st.booleans()):
        first, second = vars(value).values() if kind is values.Point else value
        return kind(changed(first, draw), second)
    return draw(values.lookalikes | values.near_values)


def in_another_order(value: Any, random: Random) -> Any:
    kind = type(value)
    if kind in (list, tuple, values.Names):
        return kind([in_another_order(part, random) for part in value])
    if kind in _ORDERED:
        return kind((key, in_another_order(part, random)) for key, part in value.items())
    if kind in (dict, values.Table):
        pairs = [(key, in_another_order(part, random)) for key, part in value.items()]
        random.shuffle(pairs)
        made = dict(pairs)
        return made if kind is dict else kind(made)
    if kind in (set, frozenset):
        parts = list(value)
        random.shuffle(parts)
        return kind(parts)
    return value
