"""Which place is meant by a URL and the options that come with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestra_cache.fingerprints.digest import digest_bytes

__all__ = ["origin_of"]

# Who asks makes no other place of it; and nothing is to be made of these that could be stored.
_CREDENTIALS = (
    "key", "secret", "token", "password", "username", "account_key", "sas_token", "credential",
    "client_secret",
)  # fmt: skip


def origin_of(url: str, options: Mapping[str, Any]) -> str:
    """A name for a place: another endpoint under the same URL is another place.

    A connection string holds an endpoint beside a secret; its digest does not tell either.
    """
    places = {name: options[name] for name in options if name not in _CREDENTIALS}
    told = "\0".join([url.rstrip("/"), *(f"{name}={places[name]!r}" for name in sorted(places))])
    return digest_bytes(told.encode("utf-8", "surrogatepass")).hex[:32]
