"""Seals that only those can make who have a key: HMAC-SHA256 and Ed25519."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

from orchestra_cache.errors import ConfigurationError, ForeignError, IntegrityError
from orchestra_cache.fingerprints.digest import Buffer, combine
from orchestra_cache.stores.seals import UNSIGNED, read_only

__all__ = ["Ed25519Key", "Ed25519PublicKey", "HmacKey", "Key", "Signatures", "signatures_of"]


class Key(Protocol):
    """A key to verify with, and if `signs`, to sign with.

    Attributes:
        id: Made from the key itself, so that it names no other; it tells nothing of a secret.

    `verify` says whether a seal is the one that this key, and no other, makes of a message.
    """

    signs: bool

    @property
    def id(self) -> str: ...

    def sign(self, context: bytes, body: Buffer) -> str: ...

    def verify(self, seal: str, context: bytes, body: Buffer) -> bool: ...


class HmacKey:
    """A secret that writers and readers share."""

    signs = True

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self.id = f"hmac-{combine('key-id', key=hashlib.sha256(secret).digest()).hex[:16]}"
        # Copied for each seal: half the time of starting with the key.
        self._state = hmac.new(secret, digestmod="sha256")

    def sign(self, context: bytes, body: Buffer) -> str:
        state = self._state.copy()
        state.update(context)
        state.update(body)
        return state.hexdigest()

    def verify(self, seal: str, context: bytes, body: Buffer) -> bool:
        # As bytes: texts that are not ASCII are refused by `compare_digest` with an error.
        return hmac.compare_digest(self.sign(context, body).encode(), seal.encode())


class Ed25519PublicKey:
    """The public half of a key, for readers that cannot write."""

    signs = False

    def __init__(self, public: bytes) -> None:
        self.public = public

    @cached_property
    def id(self) -> str:
        return f"ed25519-{combine('key-id', self.public).hex[:16]}"

    @cached_property
    def _verifier(self) -> Any:
        from cryptography.hazmat.primitives.asymmetric import ed25519

        return ed25519.Ed25519PublicKey.from_public_bytes(self.public)

    def sign(self, context: bytes, body: Buffer) -> str:
        raise read_only()

    def verify(self, seal: str, context: bytes, body: Buffer) -> bool:
        from cryptography.exceptions import InvalidSignature

        try:
            signature = bytes.fromhex(seal)
            self._verifier.verify(signature, context + bytes(body))
        except (ValueError, InvalidSignature):
            return False
        # One signature has one text: `fromhex` also takes capitals and spaces.
        return signature.hex() == seal


class Ed25519Key(Ed25519PublicKey):
    """Both halves of a key."""

    signs = True

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    @cached_property
    def public(self) -> bytes:  # type: ignore[override]
        return bytes(self._signer.public_key().public_bytes_raw())

    @cached_property
    def _signer(self) -> Any:
        from cryptography.hazmat.primitives.asymmetric import ed25519

        return ed25519.Ed25519PrivateKey.from_private_bytes(self._secret)

    def sign(self, context: bytes, body: Buffer) -> str:
        return bytes(self._signer.sign(context + bytes(body))).hex()


class Signatures:
    """Seals by one key; those of several are accepted, and those of none are not.

    Args:
        signer: The key to sign with; None to read only.
        accepted: Keys by id.
        revoked: Ids of keys that count no more, and whose entries may be replaced.
    """

    signed = True

    def __init__(
        self, signer: Key | None, accepted: Mapping[str, Key], revoked: Collection[str] = ()
    ) -> None:
        self._signer = signer
        self._accepted = accepted
        self._revoked = frozenset(revoked)

    @property
    def writes(self) -> bool:
        return self._signer is not None

    def seal(self, context: bytes, body: Buffer) -> tuple[str, str]:
        if self._signer is None:
            raise read_only()
        return self._signer.id, self._signer.sign(context, body)

    def check(self, key_id: str, seal: str, context: bytes, body: Buffer) -> None:
        key = self._accepted.get(key_id)
        if key is None or key_id in self._revoked:
            raise self._refusal(key_id)
        if not key.verify(seal, context, body):
            raise IntegrityError(
                f"key {key_id} did not sign it as it is, or not for this place",
                "find out who can write to the store; it is set aside and computed again",
            )

    def _refusal(self, key_id: str) -> ForeignError:
        if key_id == UNSIGNED:
            return ForeignError(
                "it is not signed, and this cache has keys",
                "a signed result takes its place",
                replaceable=True,
            )
        if key_id in self._revoked:
            return ForeignError(
                f"it is signed with key {key_id}, which is revoked",
                "a result that is signed anew takes its place",
                replaceable=True,
            )
        return ForeignError(
            f"it is signed with key {key_id[:40]!r}, which this cache does not have",
            "add the key to `keys=…`, or `revoked:` and its id; what is there stays as it is",
        )


def signatures_of(keys: Sequence[Key], revoked: Collection[str] = ()) -> Signatures:
    """Signatures by the first of some keys, if that one can sign; those of all are accepted."""
    accepted: dict[str, Key] = {}
    for key in keys:
        accepted.setdefault(key.id, key)
    first = keys[0]
    if first.id in revoked:
        raise ConfigurationError(
            f"the first key, {first.id}, is revoked", "put the key to sign with first in `keys`"
        )
    return Signatures(first if first.signs else None, accepted, revoked)
