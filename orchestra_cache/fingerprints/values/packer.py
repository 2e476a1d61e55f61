"""Write a value with an encoder in C: the bytes that the walk would write, many times sooner.

The encoder writes what is plain: None, booleans, integers, floats, texts, bytes, and lists and
dicts of these. Everything else it hands back, one object at a time, to the handlers.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import ormsgpack

from orchestra_cache.fingerprints.digest import Digest, combine
from orchestra_cache.fingerprints.grammar import binary, node, payload, real, text
from orchestra_cache.fingerprints.values.faithful import faithful
from orchestra_cache.fingerprints.values.handlers import find_handler
from orchestra_cache.fingerprints.values.nodes import EXACT, FOUND, Context, Node, RefusedError

__all__ = ["PLAIN", "Packer", "inline", "pack_plain"]

# What else the encoder knows by itself has another form here, or is another type to us.
_OPTIONS = (
    ormsgpack.OPT_SORT_KEYS
    | ormsgpack.OPT_PASSTHROUGH_BIG_INT
    | ormsgpack.OPT_PASSTHROUGH_DATACLASS
    | ormsgpack.OPT_PASSTHROUGH_DATETIME
    | ormsgpack.OPT_PASSTHROUGH_ENUM
    | ormsgpack.OPT_PASSTHROUGH_SUBCLASS
    | ormsgpack.OPT_PASSTHROUGH_TUPLE
    | ormsgpack.OPT_PASSTHROUGH_UUID
)
# What the encoder writes in full, or refuses: an integer too long for it, a lone surrogate.
PLAIN = frozenset((type(None), bool, int, str))
pack_plain = ormsgpack.packb
_PACKED = frozenset((list, dict))

# Objects in objects: what is nested deeper, or in a circle, is the walk's.
_DEEPEST = 32

_NODE, _TUPLE = 1, text("tuple")
_DIGESTED = node("value", binary(bytes(32)))[:-32]


class Packer:
    """Writes one value; what it is made of is told to `context`."""

    __slots__ = ("_context", "_depth", "_failure", "_known")

    def __init__(self, context: Context) -> None:
        self._context = context
        self._depth = 0
        self._failure: BaseException | None = None
        # By identity; the objects are held, so that no other can take their place meanwhile.
        self._known: dict[int, tuple[object, Digest]] = {}

    def write(self, value: object) -> bytes | Digest | None:
        """Canonical bytes or digest of a value; None where only the walk can tell."""
        try:
            return self._written(value)
        except (RecursionError, RefusedError, TypeError):
            # The walk goes deeper, and it names the place of what is refused.
            return None

    def _written(self, value: Any) -> bytes | Digest:
        kind = type(value)
        if kind in PLAIN:
            return ormsgpack.packb(value, self._default, _OPTIONS)
        if kind in _PACKED:
            return self._packed(value)
        if kind is float:
            return real(value)
        if kind is tuple:
            return node("tuple", payload(self._packed(list(value))))
        return self._handled(value)

    def _packed(self, value: Any) -> bytes:
        try:
            data = ormsgpack.packb(value, self._default, _OPTIONS)
        except TypeError:
            if self._failure is not None:
                # The encoder keeps to itself what went wrong in a handler.
                raise self._failure from None
            return inline(self._handled(value))
        return data if faithful(data, value) else inline(self._handled(value))

    def _default(self, value: object) -> ormsgpack.Ext:
        try:
            return ormsgpack.Ext(_NODE, self._payload(value))
        except BaseException as error:
            self._failure = error
            raise

    def _payload(self, value: object) -> bytes:
        if type(value) is not tuple:
            return payload(inline(self._handled(value)))
        with suppress(TypeError):
            # What surrounds it is checked, and holds these very bytes.
            items = ormsgpack.packb(list(value), self._default, _OPTIONS)
            return _TUPLE + payload(items)
        if self._failure is not None:
            raise self._failure
        return payload(inline(self._written(value)))

    def _handled(self, value: object) -> bytes | Digest:
        known = self._known.get(id(value))
        if known is not None:
            return known[1]
        kind = type(value)
        handler = EXACT.get(kind) or FOUND.get(kind) or find_handler(kind)
        answer = handler(value, self._context)
        if isinstance(answer, bytes):
            return answer
        self._context.met.add(kind)
        if isinstance(answer, Digest):
            return answer
        body = answer.join(self._parts(answer))
        if not answer.digested:
            return body
        digest = combine("value", body)
        self._known[id(value)] = (value, digest)
        return digest

    def _parts(self, answer: Node) -> list[bytes]:
        if self._depth == _DEEPEST:
            raise RecursionError
        self._depth += 1
        written = [inline(self._written(part)) for part in answer.parts]
        self._depth -= 1
        return written


def inline(written: bytes | Digest) -> bytes:
    """What was written, as it stands inside another value."""
    return _DIGESTED + written.raw if isinstance(written, Digest) else written
