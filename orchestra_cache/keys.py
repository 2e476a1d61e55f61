"""What a key is as text, and which texts are no keys."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Callable
from itertools import pairwise

from orchestra_cache.errors import ConfigurationError
from orchestra_cache.fingerprints.digest import combine
from orchestra_cache.stores.signatures import Ed25519Key, Ed25519PublicKey, HmacKey, Key

__all__ = ["PREFIX", "new_ed25519_key", "new_hmac_key", "parse_key", "public_half"]

PREFIX = "orchestra-cache-"

# The kind is part of the text: a public key that was taken for a shared secret would be no secret.
_KINDS: dict[str, Callable[[bytes], Key]] = {
    "orchestra-cache-hmac-1": HmacKey,
    "orchestra-cache-ed25519-1": Ed25519Key,
    "orchestra-cache-ed25519-public-1": Ed25519PublicKey,
}
_HMAC, _SECRET, _PUBLIC = _KINDS
_SIZE = 32

# Of 32 random bytes, fewer than 16 are different once in 10**16 keys.
_FEWEST = 16

# Keys that the documentation shows, so that anybody has them: `combine("example-key", bytes)`.
_EXAMPLES = frozenset(
    {
        "05b3de7ac5cf399cd31bb3b18d06163cef385a8d021fa63e12eadd670c0b32a5",
        "56d3b93c3bd2aabd2d8ea3e46324b3e993b3cb72273be8388553863ae6b170f8",
        "a846c70acd22e776148a57569dba4ce3b01bbed096589694366faf9adcfbeb69",
    }
)

_MAKE = "make one with `orchestra-cache keygen`"


def parse_key(text: str, where: str) -> Key:
    """The key that a text is.

    Args:
        where: What to call it in an error; the text itself is not for anybody's eyes.

    Raises:
        ConfigurationError: It is not one, or one that could be guessed.
    """
    kind, colon, encoded = text.strip().partition(":")
    if not colon or kind not in _KINDS:
        raise ConfigurationError(
            f"{where} is no key: it does not begin with {', '.join(f'`{one}:`' for one in _KINDS)}",
            _MAKE,
        )
    return _KINDS[kind](_checked(_decoded(encoded, where), where))


def new_hmac_key() -> str:
    return _text(_HMAC, secrets.token_bytes(_SIZE))


def new_ed25519_key() -> str:
    return _text(_SECRET, secrets.token_bytes(_SIZE))


def public_half(key: Key) -> str | None:
    """The text that lets others verify and not sign; None for a key that has no such half."""
    return _text(_PUBLIC, key.public) if isinstance(key, Ed25519PublicKey) else None


def _text(kind: str, data: bytes) -> str:
    return f"{kind}:{base64.b64encode(data).decode()}"


def _decoded(encoded: str, where: str) -> bytes:
    try:
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        # Not `from` the error, which may quote the text.
        raise ConfigurationError(f"{where} is not Base64 after its first `:`", _MAKE) from None
    if len(data) != _SIZE:
        raise ConfigurationError(f"{where} has {len(data)} bytes instead of {_SIZE}", _MAKE)
    return data


def _checked(data: bytes, where: str) -> bytes:
    if combine("example-key", data).hex in _EXAMPLES:
        raise ConfigurationError(f"{where} is an example that anybody can read", _MAKE)
    steps = {(after - before) % 256 for before, after in pairwise(data)}
    halves_repeat = data[: _SIZE // 2] == data[_SIZE // 2 :]
    typed = data.isascii() and data.decode().isprintable()
    if len(set(data)) < _FEWEST or len(steps) < _FEWEST // 2 or halves_repeat or typed:
        raise ConfigurationError(f"{where} is not random, so that it can be guessed", _MAKE)
    return data
