"""Redis as a place for leases: what a holder does not renew is gone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestra_cache.errors import StoreError
from orchestra_cache.leases.objects import ObjectLeases

if TYPE_CHECKING:
    import redis

__all__ = ["RedisLeases"]

# A service that does not answer by then is done without.
_PATIENCE_SECONDS = 2.0

_REPLACE = """
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('set', KEYS[1], ARGV[2], 'px', ARGV[3])
return 1
"""
_DELETE = """
local present = redis.call('get', KEYS[1])
if present == ARGV[1] then redis.call('del', KEYS[1]) end
return (not present or present == ARGV[1]) and 1 or 0
"""


class RedisLeases(ObjectLeases):
    """Leases at a URL such as `redis://host:6379/0`.

    Args:
        scope: What tells the names of one cache from those of others on the same server.
    """

    pause = 0.25

    def __init__(self, url: str, *, scope: str = "", expiry: float = 30.0) -> None:
        super().__init__(_Records(url, scope, expiry), expiry=expiry)


@dataclass(frozen=True, slots=True)
class _Record:
    """A value is its own version: no two that leases write are alike."""

    data: memoryview

    @property
    def version(self) -> str:
        return bytes(self.data).decode()


class _Records:
    """Small objects in Redis that vanish when nobody writes them for as long as a lease lasts."""

    url = "redis"
    atomic = True

    def __init__(self, url: str, scope: str, expiry: float) -> None:
        self._url = url
        self._prefix = f"orchestra-cache:{scope}:"
        self._milliseconds = int(expiry * 1000)
        self._client: Any = None

    def get(self, name: str) -> _Record | None:
        with self._connected() as client:
            found = client.get(self._prefix + name)
        return None if found is None else _Record(memoryview(found))

    def exchange(self, name: str, data: bytes, *, version: str | None) -> str | None:
        key = self._prefix + name
        with self._connected() as client:
            if version is None:
                wrote = client.set(key, data, nx=True, px=self._milliseconds)
            else:
                wrote = client.eval(_REPLACE, 1, key, version, data, self._milliseconds)
        return data.decode() if wrote else None

    def delete(self, name: str, *, version: str | None = None) -> bool:
        key = self._prefix + name
        with self._connected() as client:
            if version is None:
                client.delete(key)
                return True
            return bool(client.eval(_DELETE, 1, key, version))

    @contextmanager
    def _connected(self) -> Iterator[redis.Redis]:
        import redis

        try:
            # Its pool opens connections of its own in a forked process.
            self._client = self._client or _client(self._url)
            yield self._client
        except (redis.RedisError, OSError, ValueError) as error:
            raise StoreError(
                f"cannot reach Redis for leases: {error}", "check the server and `leases=`"
            ) from error


def _client(url: str) -> redis.Redis:
    import redis

    return redis.Redis.from_url(
        url, socket_timeout=_PATIENCE_SECONDS, socket_connect_timeout=_PATIENCE_SECONDS
    )
