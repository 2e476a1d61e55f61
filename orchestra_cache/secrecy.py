"""The key under which secrets among a task's arguments are digested."""

from __future__ import annotations

from blake3 import blake3

from orchestra_cache.errors import ConfigurationError

__all__ = ["secret_of"]

_CONTEXT = "orchestra-cache 2026 digests of secrets among arguments"
_SHORTEST = 32


def secret_of(key: str | bytes | None) -> bytes | None:
    """The 32 bytes that a configured key stands for; None where there is none.

    Raises:
        ConfigurationError: The key is so short that it could be tried.
    """
    if key is None:
        return None
    data = key.encode() if isinstance(key, str) else key
    if len(data) < _SHORTEST or len(set(data)) < _SHORTEST // 4:
        raise ConfigurationError(
            f"secrets_key has {len(data)} bytes, or the same ones again and again",
            "make one with `python -c 'import secrets; print(secrets.token_hex(32))'`",
        )
    return blake3(data, derive_key_context=_CONTEXT).digest()
