"""Codecs that installed distributions bring.

A distribution names each by an entry point of the group `orchestra_cache.codecs`: its name is the
codec's, its value the codec or a function without parameters that returns it. All of them are
loaded when there is a value that no codec here takes, or an entry that names another codec: what is
imported never depends on what an entry says.
"""

from __future__ import annotations

import functools
import warnings
from typing import TYPE_CHECKING

from orchestra_cache.codecs.base import Codec
from orchestra_cache.fingerprints.values.extensions import installed

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["GROUP", "extensions"]

GROUP = "orchestra_cache.codecs"


@functools.cache
def extensions() -> tuple[Codec, ...]:
    """The codecs that are installed, in the order of their names; one that fails is left out."""
    found = {entry.name: _loaded(entry) for entry in sorted(installed(GROUP))}
    return tuple(codec for codec in found.values() if codec is not None)


def _loaded(entry: EntryPoint) -> Codec | None:
    try:
        held = entry.load()
        codec: Codec = held if hasattr(held, "decode") and not isinstance(held, type) else held()
        if codec.name != entry.name:
            raise ValueError(f"the codec calls itself {codec.name!r}")
    except Exception as error:
        warnings.warn(
            f"the codec {entry.name} = {entry.value} is left out: {type(error).__name__}: {error}",
            RuntimeWarning,
            stacklevel=2,
        )
        return None
    return codec
