"""What a value, a function or a call is: one digest for equal things, another for others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orchestra_cache.fingerprints import objects
from orchestra_cache.fingerprints.code import fingerprint_code
from orchestra_cache.fingerprints.digest import Digest
from orchestra_cache.fingerprints.grammar import binary, node
from orchestra_cache.fingerprints.live import code_of
from orchestra_cache.fingerprints.values import Encoder, scalar_digest

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


def encoder(secret: bytes | None = None) -> Encoder:
    """A fresh encoder, for whoever wants to know the classes it meets as well.

    Args:
        secret: A key of 32 bytes for the digests of secrets.
    """
    return Encoder(_code_of, secret=secret)


def _code_of(thing: object) -> bytes:
    return node("code", binary(code_of(thing).digest.raw))


fingerprint = _Fingerprint()
