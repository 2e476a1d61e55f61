"""How scikit-learn's compiled objects are written: as they say themselves how to be rebuilt."""

from __future__ import annotations

import functools
import sys
from typing import Any

from orchestra_cache.fingerprints.grammar import node, text
from orchestra_cache.fingerprints.nodes import Context, Node, RefusedError, register_handler
from orchestra_cache.fingerprints.objects import class_name, handler_for

__all__ = ["load"]

_COMPILED = ("sklearn.tree._tree", "sklearn._loss", "sklearn.neighbors", "sklearn.metrics")


def load() -> None:
    """Register the compiled classes of scikit-learn's modules imported since the last call."""
    for name, module in list(sys.modules.items()):
        if name.startswith(_COMPILED):
            for kind in vars(module).values():
                if _compiled(kind):
                    _register(kind)


@functools.cache
def _register(kind: type) -> None:
    register_handler(kind, _reduced)


def _compiled(kind: object) -> bool:
    return (
        isinstance(kind, type)
        and kind.__module__.startswith("sklearn.")
        and not kind.__dictoffset__
        and "__reduce__" in dir(kind)
        and handler_for(kind).__name__ == "_refused"
    )


def _reduced(value: Any, context: Context) -> Node:
    rebuilt = value.__reduce__()
    if isinstance(rebuilt, str):
        raise RefusedError(value)
    head = text(class_name(type(value)))
    arguments, state = rebuilt[1], rebuilt[2] if len(rebuilt) > 2 else None
    parts = (tuple(arguments), state)
    return Node(parts, lambda written: node("sklearn", head, *written), digested=True)
