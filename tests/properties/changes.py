"""A value with one of its parts exchanged, and one with its unordered parts in another order."""

from __future__ import annotations

import collections
import copy
from collections.abc import Callable
from random import Random
from typing import Any

import msgspec
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
    if kind is values.Pair and draw(st.booleans()):
        return kind(changed(value[0], draw), value[1])
    if kind in values.RECORDS and draw(st.booleans()):
        return kind(x=changed(value.x, draw), y=value.y)
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
    if kind in values.RECORDS:
        made = copy.copy(value)
        assign = setattr if issubclass(kind, msgspec.Struct) else object.__setattr__
        for name in "yx":
            assign(made, name, in_another_order(getattr(value, name), random))
        return made
    if kind in (set, frozenset):
        parts = list(value)
        random.shuffle(parts)
        return kind(parts)
    return value
