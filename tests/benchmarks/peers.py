"""Other hashers of values, as far as they are installed; none of them tells all values apart."""

from __future__ import annotations

import importlib
import pickle
from collections.abc import Callable, Iterable
from typing import Any

from blake3 import blake3

__all__ = ["NAMES", "PICKLE", "blake3_of", "peers_of"]

PICKLE = "pickle+BLAKE3"

_FUNCTIONS = {
    "joblib": ("joblib", "hash"),
    "dask": ("dask.tokenize", "tokenize"),
    "prefect": ("prefect.utilities.hashing", "hash_objects"),
}

NAMES = (*_FUNCTIONS, PICKLE)


def peers_of(value: Any) -> dict[str, Callable[[], object]]:
    """Those that give `value` some hash."""
    found = {name: _function(*where) for name, where in _FUNCTIONS.items()}
    functions = {**found, PICKLE: _pickled}
    return {
        name: lambda function=function: function(value)  # type: ignore[misc]
        for name, function in functions.items()
        if function is not None and _answers(function, value)
    }


def _function(module: str, name: str) -> Callable[[Any], object] | None:
    try:
        return getattr(importlib.import_module(module), name)  # type: ignore[no-any-return]
    except ImportError:
        return None


def _answers(function: Callable[[Any], object], value: Any) -> bool:
    try:
        return function(value) is not None
    except Exception:
        return False


def blake3_of(buffers: Iterable[Any]) -> str:
    """BLAKE3 on all cores over buffers that are there: what no hasher of values can beat."""
    state = blake3(max_threads=blake3.AUTO)
    for buffer in buffers:
        state.update(buffer)
    return state.hexdigest()


def _pickled(value: Any) -> str:
    buffers: list[pickle.PickleBuffer] = []
    body = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    return blake3_of([body, *(buffer.raw() for buffer in buffers)])
