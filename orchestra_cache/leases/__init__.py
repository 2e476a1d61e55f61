"""Who computes a key now."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING

from orchestra_cache.errors import ConfigurationError, MissingExtraError
from orchestra_cache.fingerprints.digest import digest_bytes
from orchestra_cache.leases.base import Holder, Lease, Leases
from orchestra_cache.leases.objects import ObjectLeases

if TYPE_CHECKING:
    from orchestra_cache.stores.base import Store

__all__ = ["Holder", "Lease", "Leases", "ObjectLeases", "check_service", "open_leases"]

_REDIS = ("redis", "rediss", "unix")


def open_leases(store: Store, service: str | Leases | None = None, *, scope: str = "") -> Leases:
    """The leases of a store: of a service or at its URL, else in the store itself.

    Nothing is asked of it yet.

    Args:
        store: Where the entries lie for everyone, and not a nearer copy.
        scope: Tells the names of this place from those of others in one service.

    Raises:
        ConfigurationError: No service for leases is known at the URL.
        MissingExtraError: Its library is not installed.
    """
    if isinstance(service, str):
        return _in_redis(service, scope or digest_bytes(store.url.encode()).hex[:16])
    if service is not None:
        return service
    if store.local and os.path.isabs(store.url) and os.name == "posix":
        from orchestra_cache.leases.local import LocalLeases

        return LocalLeases(store.url)
    return ObjectLeases(store)


def check_service(url: str) -> None:
    """Refuse a URL of no service for leases; whether its library is here is not looked at.

    Raises:
        ConfigurationError: None is known at the URL.
    """
    scheme, found, _ = url.partition("://")
    if not found or scheme not in _REDIS:
        # Not the whole of it: it may hold a password.
        raise ConfigurationError(
            "leases=… is no service for leases",
            "give `redis://host:6379/0`, or nothing: the store itself can keep them",
        )


def _in_redis(url: str, scope: str) -> Leases:
    check_service(url)
    if find_spec("redis") is None:
        raise MissingExtraError("redis", "redis")
    from orchestra_cache.leases.redis import RedisLeases

    return RedisLeases(url, scope=scope)
