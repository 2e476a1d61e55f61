"""Which handler answers for a type."""

from __future__ import annotations

import importlib

from orchestra_cache.fingerprints import objects, standard
from orchestra_cache.fingerprints.nodes import EXACT, FOUND, Handler

__all__ = ["find_handler"]

# Loaded when the first object of a library is met, never before.
_LIBRARIES = {
    "numpy": "arrays",
    "pandas": "frames",
    "polars": "frames",
    "pyarrow": "arrow",
    "sklearn": "models",
}


def find_handler(kind: type) -> Handler:
    """Find the handler of a type met for the first time; it may be one that refuses."""
    standard.load()
    if kind not in EXACT:
        _load_libraries(kind)
    if kind in EXACT:
        return EXACT[kind]
    handler = _inherited(kind) or objects.handler_for(kind)
    FOUND[kind] = handler
    return handler


def _load_libraries(kind: type) -> None:
    for base in kind.__mro__:
        module = _library_of(base)
        if module is not None:
            importlib.import_module(f"orchestra_cache.fingerprints.libraries.{module}").load()


def _library_of(kind: type) -> str | None:
    return _LIBRARIES.get(kind.__module__.partition(".")[0])


def _inherited(kind: type) -> Handler | None:
    """A library's handler answers for subclasses too, and writes the class as part of the value."""
    if hasattr(kind, "__fingerprint__"):
        return None
    for base in kind.__mro__[1:]:
        if base in EXACT and _library_of(base):
            return objects.subclass_of(EXACT[base], with_state=not _library_of(kind))
    return None
