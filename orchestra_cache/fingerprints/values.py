"""Write any value as canonical bytes: one loop, no recursion, handlers by type.

A handler answers for one type: it returns the bytes of a value without parts, or a `Node` that
names the parts and says how their bytes are put together. The loop keeps the way from the outside
in, so that a value that has no identity is named by its whole path.
"""

from __future__ import annotations

import importlib
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from reprlib import repr as short_repr
from typing import Any

from orchestra_cache.errors import FingerprintError
from orchestra_cache.fingerprints.digest import Digest, combine
from orchestra_cache.fingerprints.grammar import binary, integer, node

__all__ = [
    "Encoder",
    "Handler",
    "Node",
    "RefusedError",
    "kind_of",
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


Handler = Callable[[Any, "Encoder"], "bytes | Node | Digest"]


class RefusedError(Exception):
    """Raised by a handler: this value has no identity. The loop adds the path."""

    def __init__(self, value: object, hint: str = "") -> None:
        super().__init__(hint)
        self.kind = kind_of(value)
        self.hint = hint


_exact: dict[type, Handler] = {}
_found: weakref.WeakKeyDictionary[type, Handler] = weakref.WeakKeyDictionary()

# Loaded when the first object of a library is met, never before.
_LIBRARIES = {
    "numpy": "arrays",
    "pandas": "frames",
    "polars": "frames",
    "pyarrow": "arrow",
    "sklearn": "models",
}


def register_handler(kind: type, handler: Handler) -> None:
    """Let `handler` answer for objects of exactly the type `kind`."""
    _exact[kind] = handler
    _found.pop(kind, None)


class Encoder:
    """Writes values; functions and classes are left to `refer`.

    Args:
        refer: Writes a function or class it is handed.

    Attributes:
        met: Classes of what was written: their code matters too.
        named: The same, by name, for what was written through a stand-in.
    """

    def __init__(self, refer: Callable[[object], bytes]) -> None:
        self.refer = refer
        self.met: set[type] = set()
        self.named: set[str] = set()

    def digest(self, value: object, name: str = "value") -> Digest:
        """Digest of `value`; an error calls it `name`.

        Raises:
            FingerprintError: Some part of the value has no identity.
        """
        written = self._write(value, name)
        return written if isinstance(written, Digest) else combine("value", written)

    def encode(self, value: object, name: str = "value") -> bytes:
        """Canonical bytes of `value`, as they stand inside another value."""
        return _inline(self._write(value, name))

    def _write(self, value: object, name: str) -> bytes | Digest:
        return _Walk(self).write(value, name)


class _Walk:
    """The nodes that are open, outermost first, and the objects they stand for."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self.nodes: list[Node] = []
        self.owners: list[object] = []
        self.depths: dict[int, int] = {}

    def write(self, value: object, name: str) -> bytes | Digest:
        try:
            written = self.open(value)
            while self.nodes:
                top = self.nodes[-1]
                if written is not None:
                    top.written.append(written if type(written) is bytes else _inline(written))
                if len(top.written) < len(top.parts):
                    written = self.open(top.parts[len(top.written)])
                else:
                    written = self.close()
        except RefusedError as refusal:
            steps = [name, *(level.step(len(level.written)) for level in self.nodes)]
            raise FingerprintError(" → ".join(steps), refusal.kind, refusal.hint) from None
        return written or b""

    def open(self, value: object) -> bytes | Digest | None:
        """Write a value without parts; of one with parts, make it the innermost node."""
        kind = type(value)
        handler = _exact.get(kind) or _found.get(kind) or _find(kind)
        depth = self.depths.get(id(value))
        if depth is not None:
            return node("cycle", integer(len(self.nodes) - depth))
        answer = handler(value, self.encoder)
        if not isinstance(answer, Node):
            return answer
        self.encoder.met.add(kind)
        self.depths[id(value)] = len(self.nodes)
        self.nodes.append(answer)
        self.owners.append(value)
        return None

    def close(self) -> bytes | Digest:
        done = self.nodes.pop()
        del self.depths[id(self.owners.pop())]
        body = done.join(done.written)
        return combine("value", body) if done.digested else body


def kind_of(value: object) -> str:
    """Name a value's type as a person would import it."""
    kind = type(value)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"{module}{kind.__qualname__}"


def _inline(written: bytes | Digest) -> bytes:
    return node("value", binary(written.raw)) if isinstance(written, Digest) else written


def _find(kind: type) -> Handler:
    from orchestra_cache.fingerprints import objects, standard

    for load in (standard.load, _load_library(kind)):
        load()
        if kind in _exact:
            return _exact[kind]
    handler = _inherited(kind) or objects.handler_for(kind)
    _found[kind] = handler
    return handler


def _load_library(kind: type) -> Callable[[], None]:
    def load() -> None:
        for base in kind.__mro__:
            module = _LIBRARIES.get(base.__module__.partition(".")[0])
            if module is not None:
                importlib.import_module(f"orchestra_cache.fingerprints.libraries.{module}").load()

    return load


def _inherited(kind: type) -> Handler | None:
    """A library's handler answers for subclasses too, and writes the class as part of the value."""
    from orchestra_cache.fingerprints.objects import subclass_of

    if hasattr(kind, "__fingerprint__"):
        return None
    for base in kind.__mro__[1:]:
        if base in _exact and base.__module__.partition(".")[0] in _LIBRARIES:
            return subclass_of(_exact[base])
    return None
