"""Codecs that installed distributions bring.

A distribution names each by an entry point of the group `orchestra_cache.codecs`: its name is the
codec's, its value the codec or a function without parameters that returns it. All of them are
loaded when there is a value that no codec here takes, or an entry that names another codec: what is
imported never depends on what an entry says.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from orchestra_cache.codecs.base import Codec, Pieces
from orchestra_cache.errors import CodecError
from orchestra_cache.fingerprints.values.extensions import installed

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["GROUP", "extensions"]

GROUP = "orchestra_cache.codecs"

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Installed:
    """A codec of others: what it raises that it should not is told, and the next one is asked."""

    codec: Codec
    name: str
    needs_trust: bool

    def accepts(self, value: object) -> bool:
        try:
            return self._asked(lambda: self.codec.accepts(value) is True)
        except CodecError:
            return False

    def is_exact(self, value: object) -> bool:
        return self._asked(lambda: self.codec.is_exact(value) is True)

    def encode(self, value: object) -> Pieces:
        return self._asked(lambda: [memoryview(one).cast("B") for one in self.codec.encode(value)])

    def decode(self, data: memoryview) -> object:
        return self.codec.decode(data)

    def _asked(self, question: Callable[[], Answer]) -> Answer:
        try:
            return question()
        except CodecError:
            raise
        except (Exception, SystemExit) as error:
            message = f"the codec {self.name} fails: {type(error).__name__}: {error}"
            warnings.warn(message, RuntimeWarning, stacklevel=3)
            raise CodecError(message, "mend or remove the distribution that has it") from error


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
        installed_codec = Installed(codec, entry.name, bool(codec.needs_trust))
    except (Exception, SystemExit) as error:
        warnings.warn(
            f"the codec {entry.name} = {entry.value} is left out: {type(error).__name__}: {error}",
            RuntimeWarning,
            stacklevel=2,
        )
        return None
    return installed_codec
