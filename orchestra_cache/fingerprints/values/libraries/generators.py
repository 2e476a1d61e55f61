"""How numpy's random number generators are written: by the state they are in, seeds included.

A seed shows even after all was drawn from it: what it spawns next depends on what it has spawned.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy

from orchestra_cache.fingerprints.grammar import node
from orchestra_cache.fingerprints.values.nodes import Context, Handler, Node, register_handler

__all__ = ["load"]

_BITS = ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")


@functools.cache
def load() -> None:
    """Register every handler here, once."""
    for name in _BITS:
        register_handler(getattr(numpy.random, name), _written("numpy.bits", _bits))
    register_handler(numpy.random.Generator, _written("numpy.generator", _generator))
    register_handler(numpy.random.RandomState, _written("numpy.random-state", _random_state))
    register_handler(numpy.random.SeedSequence, _written("numpy.seed", _seed))
    empty = node("numpy.no-seed")
    register_handler(numpy.random.bit_generator.SeedlessSeedSequence, lambda value, context: empty)


def _written(tag: str, parts_of: Callable[[Any], dict[str, Any]]) -> Handler:
    def handler(value: Any, context: Context) -> Node:
        parts = parts_of(value)
        names = list(parts)
        return Node(
            list(parts.values()),
            lambda written: node(tag, *written),
            lambda at: f".{names[at]}",
            digested=True,
        )

    return handler


def _bits(value: Any) -> dict[str, Any]:
    # Its own state names the kind of generator.
    seed = getattr(value, "seed_seq", None) or getattr(value, "_seed_seq", None)
    return {"state": value.state, "seed_seq": seed}


def _generator(value: Any) -> dict[str, Any]:
    return {"bit_generator": value.bit_generator}


def _random_state(value: Any) -> dict[str, Any]:
    return {"state": value.get_state(legacy=False)}


def _seed(value: Any) -> dict[str, Any]:
    return {"state": value.state}
