"""Which handler answers for a type."""

from __future__ import annotations

import importlib

from orchestra_cache.fingerprints.values import extensions, objects, standard
from orchestra_cache.fingerprints.values.layout import wholly_seen
from orchestra_cache.fingerprints.values.nodes import EXACT, FAMILIES, FOUND, Handler

__all__ = ["find_handler"]

# Loaded when the first object of a library is met, never before.
_LIBRARIES = {
    "msgspec": "records",
    "numpy": "arrays",
    "pandas": "frames",
    "pendulum": "times",
    "polars": "frames",
    "pyarrow": "arrow",
    "pydantic": "records",
    "pydantic_core": "records",
    "random": "randoms",
    "scipy": "sparse",
    "sklearn": "models",
    "torch": "tensors",
}


def find_handler(kind: type) -> Handler:
    """Find the handler of a type met for the first time; it may be one that refuses."""
    standard.load()
    if kind not in EXACT:
        _load_libraries(kind)
    if kind in EXACT:
        return EXACT[kind]
    handler = _extended(kind) or _inherited(kind) or objects.handler_for(kind)
    FOUND[kind] = handler
    return handler


def _load_libraries(kind: type) -> None:
    for base in kind.__mro__:
        module = _library_of(base)
        if module is not None:
            importlib.import_module(
                f"orchestra_cache.fingerprints.values.libraries.{module}"
            ).load()


def _library_of(kind: type) -> str | None:
    return _LIBRARIES.get(_package_of(kind))


def _package_of(kind: type) -> str:
    # Classes written in Cython may have something else where others have a name.
    return str(kind.__module__).partition(".")[0]


def _extended(kind: type) -> Handler | None:
    """The handler that an installed distribution registers for a type of another library."""
    if hasattr(kind, "__fingerprint__"):
        return None
    for base in kind.__mro__:
        broken = None if _library_of(base) else extensions.load(_package_of(base))
        if broken is not None:
            return broken
    return EXACT.get(kind)


def _inherited(kind: type) -> Handler | None:
    """A library's handler answers for subclasses too, and writes the class as part of the value."""
    if hasattr(kind, "__fingerprint__"):
        return None
    for base in kind.__mro__:
        if base in FAMILIES:
            return FAMILIES[base]
        if base in EXACT and _library_of(base):
            if not wholly_seen(kind, base):
                return None
            return objects.subclass_of(base, EXACT[base], with_state=not _library_of(kind))
    return None
