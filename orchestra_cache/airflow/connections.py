"""Which cache is meant in Airflow: by a connection, by `[orchestra_cache]`, with its keys."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from orchestra_cache.airflow._compat import configuration
from orchestra_cache.cache import Cache
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.place import is_place
from orchestra_cache.settings import CacheLike, default_cache, find_cache

__all__ = ["ConnectedSystem", "airflow_cache", "configured_cache", "is_connected"]

# A name and a password before the host are the URL's own; a name alone is a connection.
_CONNECTED = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<name>[^/@:]+)@(?P<rest>.*)")
_LOCAL = ("file", "local")

# Here what is before the host is a container: `abfss://container@account.dfs.core.windows.net/…`.
# The host of an account has dots, and a container has none: `abfss://connection@container/…`.
_OF_ACCOUNTS = ("abfs", "abfss", "az", "wasb", "wasbs")
# `oci://bucket@namespace/…`
_BUCKET_FIRST = ("oci", "ocilake")


@dataclass(frozen=True)
class ConnectedSystem:
    """The file system that a connection leads to; nothing that the connection holds is in here."""

    url: str

    def __call__(self) -> Any:
        return configuration.file_system(self.url)


def is_connected(cache: object) -> bool:
    """Whether a `cache=` argument names a connection: `s3://aws_default@bucket/prefix`."""
    return isinstance(cache, (str, os.PathLike)) and bool(_by_connection(os.fspath(cache)))


def airflow_cache(cache: CacheLike = None) -> Cache:
    """The cache that a `cache=` argument means in a worker; connections are asked for here.

    Without one it is that of `[orchestra_cache] cache`, or else what the core's settings say.

    Raises:
        ConfigurationError: There is no cache of this name, or no such connection.
    """
    meant = configuration.setting("cache") or None if cache is None else cache
    if meant is None or isinstance(meant, Cache):
        return find_cache(meant)
    text = os.fspath(meant)
    found = _by_connection(text)
    if found is not None:
        return _connected(text, found["scheme"].lower(), found["rest"], os.getpid())
    keys = _keys(os.getpid())
    if keys is None or (isinstance(meant, str) and not is_place(text)):
        return find_cache(meant)
    # Another user or folder may be meant by the same text.
    return _signed(text, os.path.abspath(os.path.expanduser(text)), keys)


def configured_cache(name: str) -> Cache | None:
    """The cache of an option of `[orchestra_cache]`, or else the default; None if there is none.

    Nobody has named the folder in a user's home: another worker would not find it.

    Raises:
        ConfigurationError: As in `airflow_cache`.
    """
    named = configuration.setting(name) or configuration.setting("cache")
    return airflow_cache(named) if named else default_cache()


def _by_connection(text: str) -> re.Match[str] | None:
    found = _CONNECTED.fullmatch(text)
    if found is None or found["scheme"].lower() in _BUCKET_FIRST:
        return None
    dotted = "." in found["rest"].partition("/")[0]
    return None if dotted and found["scheme"].lower() in _OF_ACCOUNTS else found


@lru_cache(maxsize=32)
def _connected(url: str, scheme: str, rest: str, process: int) -> Cache:
    place, keys = f"{scheme}://{rest}", _keys(process)
    system = ConnectedSystem(url)
    try:
        # Here, and not in the thread that reads: Airflow answers the thread of the task.
        system()
    except Exception as error:
        # What an error says may hold what the connection does.
        raise ConfigurationError(
            f"the connection of {url} leads to no file system: {type(error).__name__}",
            "`ObjectStoragePath` has to read that URL: see to the connection and its provider",
        ) from None
    if scheme in _LOCAL:
        return Cache(f"file://{rest}", keys=keys)
    return Cache(place, keys=keys, storage_options={"filesystem": system})


@lru_cache(maxsize=32)
def _signed(place: str, path: str, keys: tuple[str, ...]) -> Cache:
    return Cache(place, keys=keys)


@lru_cache(maxsize=1)
def _keys(process: int) -> tuple[str, ...] | None:
    """The keys that Airflow gives out, once in a process: a secrets backend takes its time."""
    try:
        return tuple(configuration.secret_setting("keys").split()) or None
    except Exception as error:
        raise ConfigurationError(
            f"the keys of [orchestra_cache] cannot be read: {type(error).__name__}",
            "nothing is read or kept without them: see to `keys`, `keys_cmd` or `keys_secret`",
        ) from None
