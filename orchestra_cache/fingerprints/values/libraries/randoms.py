"""How random number generators of the standard library are written: by the state they are in."""

from __future__ import annotations

import functools
import random

from orchestra_cache.fingerprints.grammar import node
from orchestra_cache.fingerprints.values.nodes import Context, Node, RefusedError, register_handler

__all__ = ["load"]


@functools.cache
def load() -> None:
    """Register the handler, once."""
    register_handler(random.Random, _random)


def _random(value: random.Random, context: Context) -> Node:
    try:
        parts = (value.getstate(),)
    except NotImplementedError as error:
        raise RefusedError(
            value, "it takes its numbers from the system: it has no state"
        ) from error
    return Node(parts, lambda written: node("random", *written), digested=True)
