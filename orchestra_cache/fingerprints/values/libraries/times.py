"""How pendulum's times are written: as the standard library's, without what never shows in them."""

from __future__ import annotations

import functools
from typing import Any

import pendulum

from orchestra_cache.fingerprints.values.layout import state_of
from orchestra_cache.fingerprints.values.nodes import Context, Node, register_family
from orchestra_cache.fingerprints.values.objects import write_state
from orchestra_cache.fingerprints.values.subclasses import content_of

__all__ = ["load"]

# What a duration or an interval works out of the rest, some of it when it is asked.
_COMPUTED = frozenset((
    "_days", "_delta", "_h", "_i", "_microseconds", "_remaining_days", "_s", "_seconds", "_total",
    "_weeks",
))  # fmt: skip


@functools.cache
def load() -> None:
    """Register every handler here, once; other times of pendulum's count as any subclass does."""
    register_family(pendulum.DateTime, _datetime)
    register_family(pendulum.Duration, _duration)


def _datetime(value: Any, context: Context) -> Node:
    base = pendulum.DateTime.__mro__[1]
    plain: Any = content_of(value, base)
    # pendulum sets `fold` where nothing is ambiguous, and a pickle of it does not.
    if plain.utcoffset() == plain.replace(fold=1 - plain.fold).utcoffset():
        plain = plain.replace(fold=0)
    return write_state("subclass", value, {"": plain, **state_of(value, base)})


def _duration(value: Any, context: Context) -> Node:
    # Its signature counts: a day and 24 hours lead to other times where clocks are changed.
    base = pendulum.Duration.__mro__[1]
    state = state_of(value, base)
    held: dict[str, Any] = {name: state[name] for name in state.keys() - _COMPUTED}
    return write_state("subclass", value, {"": content_of(value, base), **held})
