"""Write any value as canonical bytes: with an encoder in C if it can, else by one plain loop.

The loop is the grammar's reference. It goes to any depth, knows circles, and keeps the way from the
outside in, so that a value that has no identity is named by its whole path.
"""

from __future__ import annotations

import functools
from collections import Counter
from typing import Any

from orchestra_cache.errors import FingerprintError
from orchestra_cache.fingerprints.digest import Digest, combine
from orchestra_cache.fingerprints.grammar import binary_pieces, integer, node
from orchestra_cache.fingerprints.values.handlers import find_handler
from orchestra_cache.fingerprints.values.nodes import EXACT, FOUND, Context, Node, RefusedError
from orchestra_cache.fingerprints.values.packer import PLAIN, Packer, inline, pack_plain

__all__ = ["Encoder", "Walk", "scalar_digest"]

# Days, names, limits: most arguments of most calls are few small values.
_REMEMBERED_UP_TO = 100


class Encoder(Context):
    """Writes values; functions and classes are left to `refer`."""

    __slots__ = ()

    def digest(self, value: Any, name: str = "value") -> Digest:
        """Digest of `value`; an error calls it `name`.

        Raises:
            FingerprintError: Some part of the value has no identity.
        """
        known = scalar_digest(value)
        if known is not None:
            return known
        if type(value) is bytes:
            return combine("value", binary_pieces(value))
        written = self._write(value, name)
        return written if isinstance(written, Digest) else combine("value", written)

    def digest_in_order(self, value: object, name: str = "value") -> Digest:
        """The same of a value whose dicts are read in their order, at any depth.

        Raises:
            FingerprintError: Some part of the value has no identity.
        """
        written = self._write(value, name)
        walk = Walk(self)
        walk.write(value, name)
        return combine("ordered", inline(written), self.encode(walk.orders))

    def encode(self, value: object, name: str = "value") -> bytes:
        """Canonical bytes of `value`, as they stand inside another value."""
        return inline(self._write(value, name))

    def _write(self, value: object, name: str) -> bytes | Digest:
        written = Packer(self).write(value)
        if written is None:
            written = Walk(self).write(value, name)
        return self._told_apart(value, name, written) if self._ambiguous() else written

    def _ambiguous(self) -> bool:
        """Whether two classes that were met bear one name, which is all that is written of them."""
        names = {(kind.__module__, kind.__qualname__) for kind in self.met}
        return len(names) < len(self.met)

    def _told_apart(self, value: object, name: str, written: bytes | Digest) -> bytes:
        """Add which of the namesakes stands where."""
        walk = Walk(self)
        walk.write(value, name)
        names = Counter((kind.__module__, kind.__qualname__) for kind in self.met)
        found = [one for one in walk.opened if names[one.__module__, one.__qualname__] > 1]
        self.namesakes += [one for one in dict.fromkeys(found) if one not in self.namesakes]
        places = [integer(self.namesakes.index(one)) for one in found]
        return node("namesakes", inline(written), *places)


def scalar_digest(value: Any) -> Digest | None:
    """Digest of a small scalar, taken once for each; None for any other value."""
    kind = type(value)
    if kind is str:
        remembered = len(value) <= _REMEMBERED_UP_TO
    elif kind is float:
        # Not the two zeros, which are equal and two values, nor what is not equal to itself.
        remembered = value == value != 0.0
    else:
        remembered = kind in PLAIN
    try:
        return _digest_once(value) if remembered else None
    except TypeError:
        # An integer or text that the encoder refuses: the grammar has a way for it.
        return None


@functools.lru_cache(maxsize=4096, typed=True)
def _digest_once(value: object) -> Digest:
    return combine("value", pack_plain(value))


class Walk:
    """The plain loop: the nodes that are open, outermost first, and the objects they stand for."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self.nodes: list[Node] = []
        self.owners: list[object] = []
        self.depths: dict[int, int] = {}
        self.opened: list[type] = []
        self.orders: list[list[object]] = []

    def write(self, value: object, name: str) -> bytes | Digest:
        try:
            written = self.open(value)
            while self.nodes:
                top = self.nodes[-1]
                if written is not None:
                    top.written.append(inline(written))
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
        handler = EXACT.get(kind) or FOUND.get(kind) or find_handler(kind)
        depth = self.depths.get(id(value))
        if depth is not None:
            return node("cycle", integer(len(self.nodes) - depth))
        answer = handler(value, self.encoder)
        if isinstance(answer, bytes):
            return answer
        self.encoder.met.add(kind)
        self.opened.append(kind)
        if isinstance(value, dict):
            self.orders.append(list(value))
        if isinstance(answer, Digest):
            return answer
        self.depths[id(value)] = len(self.nodes)
        self.nodes.append(answer)
        self.owners.append(value)
        return None

    def close(self) -> bytes | Digest:
        done = self.nodes.pop()
        del self.depths[id(self.owners.pop())]
        body = done.join(done.written)
        return combine("value", body) if done.digested else body
