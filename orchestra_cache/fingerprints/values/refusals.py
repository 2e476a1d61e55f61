"""What to do about a value that has no identity."""

from __future__ import annotations

import io
import logging

__all__ = ["belongs_to_process", "hint_for"]

_ITERATOR = "an iterator is used up by reading it: pass a list or tuple"
_FILE = "pass the file's path and open it inside, or name the file in `reads`"
_LOGGER = "a logger does not change a result: leave it out with `ignore={…}`"
_RUNNING = "it belongs to this process: make it inside, or leave it out with `ignore={…}`"
_OPEN = "pass what it was opened with and open it inside, or leave it out with `ignore={…}`"
_BUFFER = "what it shows can change under it: pass `bytes(…)` of it"
_WEAK = "what it points to may be gone: pass that itself"
_FOREIGN = "pass its `value`, or `bytes(…)` of it"
_VARIABLE = "pass the value it has"

_BY_TYPE = {
    "_contextvars.ContextVar": _VARIABLE,
    "_contextvars.Context": _VARIABLE,
    "_contextvars.Token": _VARIABLE,
    "builtins.memoryview": _BUFFER,
    "mmap.mmap": _BUFFER,
}
_BY_MODULE = {
    "_asyncio": _RUNNING,
    "_ctypes": _FOREIGN,
    "_queue": _RUNNING,
    "_socket": _OPEN,
    "_ssl": _OPEN,
    "_thread": _RUNNING,
    "_weakref": _WEAK,
    "_weakrefset": _WEAK,
    "asyncio": _RUNNING,
    "concurrent": _RUNNING,
    "ctypes": _FOREIGN,
    "http.client": _OPEN,
    "multiprocessing": _RUNNING,
    "select": _OPEN,
    "socket": _OPEN,
    "sqlite3": _OPEN,
    "threading": _RUNNING,
    "weakref": _WEAK,
}


# Classes of these packages stand for what happens, even where Python sees all they hold.
_LIVE = frozenset((
    "_weakrefset", "asyncio", "concurrent", "ctypes", "http.client", "multiprocessing", "threading",
    "weakref",
))  # fmt: skip


def hint_for(value: object) -> str:
    """A way out that fits the type; empty where only the general one is known."""
    kind = type(value)
    if issubclass(kind, io.IOBase):
        return _FILE
    if issubclass(kind, (logging.Logger, logging.LoggerAdapter)):
        return _LOGGER
    hints = (_hint_of(base) for base in kind.__mro__[:-1])
    iterates = any(hasattr(kind, name) for name in ("__next__", "__anext__", "send"))
    return next(filter(None, hints), _ITERATOR if iterates else "")


def _hint_of(kind: type) -> str | None:
    module = str(kind.__module__)
    named = _BY_TYPE.get(f"{module}.{kind.__qualname__}") or _BY_MODULE.get(module)
    return named or _BY_MODULE.get(module.partition(".")[0])


def belongs_to_process(kind: type) -> bool:
    """Whether a class is made to run, wait or point somewhere: locks, threads, weak references."""
    modules = {str(base.__module__) for base in kind.__mro__}
    return any(name in _LIVE or name.partition(".")[0] in _LIVE for name in modules)
