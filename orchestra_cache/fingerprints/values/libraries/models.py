"""How scikit-learn's compiled objects are written: as they say themselves how to be rebuilt."""

from __future__ import annotations

import functools
import importlib.machinery
import sys
from typing import Any

from orchestra_cache.fingerprints.grammar import node, text
from orchestra_cache.fingerprints.values.layout import wholly_seen
from orchestra_cache.fingerprints.values.nodes import Context, Node, RefusedError, register_handler
from orchestra_cache.fingerprints.values.objects import class_name, write_state
from orchestra_cache.fingerprints.values.subclasses import content_of

__all__ = ["load"]

_NOTES = frozenset(("_deprecated_key_to_warnings",))

_COMPILED = tuple(importlib.machinery.EXTENSION_SUFFIXES)


def load() -> None:
    """Register the compiled classes of scikit-learn's modules imported since the last call."""
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None) if name.startswith("sklearn.") else None
        if file is not None and file.endswith(_COMPILED):
            _register(name)
    if "sklearn.utils" in sys.modules:
        register_handler(sys.modules["sklearn.utils"].Bunch, _bunch)


@functools.cache
def _register(module: str) -> None:
    for kind in vars(sys.modules[module]).values():
        if isinstance(kind, type) and _tells(kind, module):
            register_handler(kind, _reduced)


def _tells(kind: Any, module: str) -> bool:
    """Whether a compiled class says how to rebuild an instance that Python cannot see whole."""
    # Some modules were compiled without the name of their package.
    ours = str(kind.__module__) in (module, module.rpartition(".")[2])
    hidden = not kind.__dictoffset__ and not wholly_seen(kind)
    return ours and hidden and kind.__reduce__ is not object.__reduce__


def _reduced(value: Any, context: Context) -> Node:
    try:
        rebuilt = value.__reduce__()
    except TypeError:
        rebuilt = ""
    if isinstance(rebuilt, str):
        raise RefusedError(value)
    head = text(class_name(type(value)))
    arguments, state = rebuilt[1], rebuilt[2] if len(rebuilt) > 2 else None
    if hasattr(value, "get_tree_stats"):
        state = _without_counts(value, state)
    parts = (tuple(arguments), state)
    return Node(parts, lambda written: node("sklearn", head, *written), digested=True)


def _without_counts(value: Any, state: Any) -> Any:
    """A search tree without how often it was asked and how it answered."""
    counts = (*value.get_tree_stats(), value.get_n_calls())
    found = len(state) == 13 and state[7:11] == counts
    return (*state[:7], *state[11:]) if found else state


def _bunch(value: Any, context: Context) -> Node:
    # Its notes on deprecated keys are lost in a pickle, as all its attributes are.
    state = {name: part for name, part in vars(value).items() if name not in _NOTES}
    return write_state("subclass", value, {"": content_of(value, dict), **state})
