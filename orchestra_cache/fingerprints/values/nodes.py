"""What handlers have in common: the node they return, the surroundings they are given, their table.

A handler answers for one type: it returns the bytes of a value without parts, or a `Node` that
names the parts and says how their bytes are put together.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from reprlib import repr as short_repr
from typing import Any

from orchestra_cache.fingerprints.digest import Digest

__all__ = [
    "EXACT",
    "FAMILIES",
    "FOUND",
    "Context",
    "Handler",
    "Node",
    "RefusedError",
    "kind_of",
    "register_family",
    "register_handler",
    "short_repr",
]


def _position(index: int) -> str:
    return f"[{index}]"


@dataclass(slots=True)
class Node:
    """A value with parts, waiting for their bytes.

    Args:
        parts: The values to be written first.
        join: Puts the written parts together.
        step: Names part number n in an error's path.
        digested: Stand in the enclosing value as a digest, so that a Ref can take the same place.
    """

    parts: Sequence[object]
    join: Callable[[list[bytes]], bytes]
    step: Callable[[int], str] = _position
    digested: bool = False
    written: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class Context:
    """What a handler may ask for and add to while a value is written.

    Attributes:
        write_code: Writes a function, class or module it is handed.
        met: Classes of what was written: their code matters too.
        named: The same, by name, for what was written through a stand-in.
        secret: A key of 32 bytes, so that nobody without it can try short or common secrets.
        namesakes: Different classes of one name, in the order in which they were met.
        spare: Writes what does not change a result, as a logger within code; None of anything else.
        packages: Installed distributions that the code of functions reaches, with their versions.
        secrets: A secret was met: without a key, the digest can be guessed.
    """

    write_code: Callable[[object, Context], bytes]
    met: set[type] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    secret: bytes | None = None
    secrets: bool = False
    packages: dict[str, str] = field(default_factory=dict)
    namesakes: list[type] = field(default_factory=list)
    spare: Callable[[object], bytes | None] | None = None

    def refer(self, thing: object) -> bytes:
        return self.write_code(thing, self)

    def refuse(self, value: object, hint: str) -> bytes:
        """Raise, unless the value need not count here."""
        written = None if self.spare is None else self.spare(value)
        if written is None:
            raise RefusedError(value, hint)
        return written


Handler = Callable[[Any, Context], bytes | Node | Digest]

# Handlers by exact type, those of a class and all below it, and those found for other types.
EXACT: dict[type, Handler] = {}
FAMILIES: dict[type, Handler] = {}
FOUND: weakref.WeakKeyDictionary[type, Handler] = weakref.WeakKeyDictionary()


class RefusedError(Exception):
    """Raised by a handler: this value has no identity. The loop adds the path."""

    def __init__(self, value: object, hint: str = "") -> None:
        super().__init__(hint)
        self.kind = kind_of(value)
        self.hint = hint


def register_handler(kind: type, handler: Handler) -> None:
    """Let `handler` answer for objects of exactly the type `kind`."""
    EXACT[kind] = handler
    FOUND.pop(kind, None)


def register_family(kind: type, handler: Handler) -> None:
    """Let `handler`, which writes the class too, answer for `kind` and every class below it."""
    FAMILIES[kind] = handler


def kind_of(value: object) -> str:
    """Name a value's type as a person would import it."""
    kind = type(value)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"{module}{kind.__qualname__}"
