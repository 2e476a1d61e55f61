"""What a value, a function or a call is: one digest for equal things, another for others."""

from __future__ import annotations

import types
from collections.abc import Callable
from functools import partial
from typing import Any

from orchestra_cache.fingerprints.code.live import code_of
from orchestra_cache.fingerprints.code.trace import fingerprint_code
from orchestra_cache.fingerprints.digest import Digest
from orchestra_cache.fingerprints.grammar import NONE, binary, node, text
from orchestra_cache.fingerprints.values import objects
from orchestra_cache.fingerprints.values.encoder import Encoder, scalar_digest
from orchestra_cache.fingerprints.values.nodes import Context

__all__ = ["Digest", "encoder", "fingerprint", "fingerprint_code"]


class _Fingerprint:
    """`fingerprint(value)`, and `fingerprint.register(Type, function)`."""

    def __call__(self, value: object) -> Digest:
        """Digest of a value: equal for identical values, in any process, on any Python.

        A function counts by its code and everything it reaches.

        Raises:
            FingerprintError: Some part of the value has no identity; its whole path is named.
        """
        return scalar_digest(value) or encoder().digest(value)

    def register(self, kind: type, function: Callable[[Any], object]) -> None:
        """Let `function(value)` stand for values of exactly the type `kind`.

        It returns any value that has a fingerprint, holding everything that tells two apart.
        """
        objects.register(kind, function)


def encoder(secret: bytes | None = None, first_party: frozenset[str] = frozenset()) -> Encoder:
    """A fresh encoder, for whoever wants to know the classes it meets as well.

    Args:
        secret: A key of 32 bytes for the digests of secrets.
        first_party: Installed packages whose code is followed as the user's own is.
    """
    return Encoder(partial(_write_code, first_party), secret=secret)


def _write_code(first_party: frozenset[str], thing: object, context: Context) -> bytes:
    if isinstance(thing, types.ModuleType):
        version = getattr(thing, "__version__", None)
        shown = text(version) if type(version) is str else NONE
        return node("module", text(thing.__name__), shown)
    code = code_of(thing, first_party, context.secret)
    context.packages.update(code.packages)
    return node("code", binary(code.digest.raw))


fingerprint = _Fingerprint()
