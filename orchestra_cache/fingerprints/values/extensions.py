"""Handlers that installed distributions bring for the types of a package.

A distribution names them by an entry point of the group `orchestra_cache.fingerprints`: its name is
the top-level package whose types they are for, its value a function without parameters that
registers them through `fingerprint.register`.
"""

from __future__ import annotations

import functools
import os
import sys
from typing import TYPE_CHECKING, Any

from orchestra_cache.fingerprints.values.nodes import Context, Handler, RefusedError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["GROUP", "installed", "load"]

GROUP = "orchestra_cache.fingerprints"

_OWN = __name__.partition(".")[0]


@functools.cache
def load(package: str) -> Handler | None:
    """Let the types of a package be registered, once; if that fails, a handler that says so."""
    if package in sys.stdlib_module_names or package in (_OWN, "__main__"):
        return None
    return next(filter(None, map(_loaded, _entries().get(package, ()))), None)


def _loaded(entry: EntryPoint) -> Handler | None:
    try:
        entry.load()()
    except Exception as error:
        return _refusing(f"{type(error).__name__}: {error}", entry)
    return None


@functools.cache
def _entries() -> dict[str, list[EntryPoint]]:
    found: dict[str, list[EntryPoint]] = {}
    for entry in installed(GROUP):
        found.setdefault(entry.name, []).append(entry)
    return found


def installed(group: str) -> list[EntryPoint]:
    """The entry points of a group that installed distributions have."""
    if not any(_mentions(folder, group) for folder in sys.path):
        return []
    from importlib.metadata import entry_points

    return list(entry_points(group=group))


def _mentions(folder: str, group: str) -> bool:
    """Whether something installed here may have such an entry point.

    Asking the library takes 17 ms, most of it for its import; this takes 1 where 90 are installed.
    """
    if os.path.isfile(folder):
        return True
    try:
        names = [name for name in os.listdir(folder or ".") if name.endswith("-info")]
    except OSError:
        return False
    return any(group.encode() in _content(os.path.join(folder, name)) for name in names)


def _content(folder: str) -> bytes:
    try:
        with open(os.path.join(folder, "entry_points.txt"), "rb") as file:
            return file.read()
    except OSError:
        return b""


def _refusing(reason: str, entry: EntryPoint) -> Handler:
    # What the handler would have left out is not known, so no other digest will do.
    hint = (
        f"the entry point {entry.name} = {entry.value} of group {GROUP} fails ({reason}): "
        "mend or remove the distribution that has it"
    )

    def refuse(value: Any, context: Context) -> bytes:
        raise RefusedError(value, hint)

    return refuse
