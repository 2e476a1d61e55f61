"""Caches by name, from the environment and a file; the only reader of `os.environ`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ByteSize, ConfigDict, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from orchestra_cache.cache import Cache
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.place import DEFAULT, checked_place, is_place

__all__ = [
    "CacheLike",
    "CacheSettings",
    "Settings",
    "checked_cache",
    "checked_name",
    "configured",
    "default_cache",
    "find_cache",
]

# What `cache=` takes everywhere: a configured name, a path or URL, a cache, nothing.
CacheLike: TypeAlias = "Cache | str | os.PathLike[str] | None"

# A name that a variable can have a part of.
_NAME = re.compile(r"[A-Za-z0-9]+(_[A-Za-z0-9]+)*")


def _listed(given: object) -> object:
    """A text, as a variable has it, is the list of its words."""
    return given.split() if isinstance(given, str) else given


class CacheSettings(BaseModel):
    """One configured cache."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    namespace: str = "main"
    trusted: bool = False
    storage_options: dict[str, Any] = {}
    secrets_key: SecretStr | None = None
    keys: Annotated[list[SecretStr] | None, BeforeValidator(_listed)] = None
    read_from: Annotated[list[str], BeforeValidator(_listed)] = []
    near: Path | None = None
    near_size: ByteSize = ByteSize(10 << 30)
    memory: ByteSize = ByteSize(0)
    recheck: timedelta = timedelta(minutes=10)
    budget: timedelta = timedelta(seconds=2)
    leases: SecretStr | None = None

    def cache(self) -> Cache:
        key = self.secrets_key
        return Cache(
            self.url,
            namespace=self.namespace,
            trusted=self.trusted,
            storage_options=self.storage_options,
            secrets_key=None if key is None else key.get_secret_value(),
            keys=None if self.keys is None else [one.get_secret_value() for one in self.keys],
            read_from=self.read_from,
            near=self.near,
            near_size=self.near_size,
            memory=self.memory,
            recheck=self.recheck,
            budget=self.budget,
            leases=None if self.leases is None else self.leases.get_secret_value(),
        )


class Settings(BaseSettings):
    """`ORCHESTRA_CACHE_CACHES__LAKE__URL=s3://…`, or `[caches.lake]` in `orchestra-cache.toml`.

    The file lies in the working directory, or where `ORCHESTRA_CACHE_FILE` says. `default` is the
    name, path or URL of the cache that is meant where none is.
    """

    model_config = SettingsConfigDict(
        env_prefix="ORCHESTRA_CACHE_",
        env_nested_delimiter="__",
        extra="ignore",
        frozen=True,
        # An error that showed what was given could show a key.
        hide_input_in_errors=True,
    )

    caches: dict[str, CacheSettings] = {}
    default: str | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        named = os.environ.get("ORCHESTRA_CACHE_FILE")
        file = Path(named or "orchestra-cache.toml")
        if named and not file.is_file():
            raise ValueError(f"ORCHESTRA_CACHE_FILE names {named}, which is no file")
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, file)


def checked_cache(cache: CacheLike) -> CacheLike:
    """What a `cache=` argument was given, if it may be meant; no settings are read for that.

    Raises:
        ConfigurationError: It is nothing that names a cache, or a place that cannot be meant.
        MissingExtraError: The library for the place is not installed.
    """
    if cache is None or isinstance(cache, Cache):
        return cache
    _check_kind(cache)
    if not isinstance(cache, str) or is_place(cache) or not cache.strip():
        checked_place(cache)
    return cache


def checked_name(cache: CacheLike) -> CacheLike:
    """The same, and if it is a name, one that there is: the settings are read once in a process.

    Settings that do not make sense are no fault of who gives a name: that is told when it is used.

    Raises:
        ConfigurationError: As in `checked_cache`, or no cache is called so.
        MissingExtraError: As in `checked_cache`.
    """
    checked_cache(cache)
    if isinstance(cache, str) and not is_place(cache):
        _check_known(cache)
    return cache


def find_cache(cache: CacheLike = None) -> Cache:
    """The cache that a `cache=` argument means.

    Raises:
        ConfigurationError: There is no cache of this name, or the settings do not make sense.
    """
    if isinstance(cache, Cache):
        return cache
    if cache is not None:
        _check_kind(cache)
    text = None if cache is None else os.fspath(cache)
    if text is not None and (not isinstance(cache, str) or is_place(text)):
        return _at(text)
    place = os.getcwd(), _variables()
    name = _settings(*place).default if text is None else text
    if name is None or is_place(name):
        return _at(name or DEFAULT)
    return _named(name, *place)


def default_cache() -> Cache | None:
    """The cache that the settings name for where none is named; None if they name none.

    Raises:
        ConfigurationError: As in `find_cache`.
    """
    name = _settings(os.getcwd(), _variables()).default
    return None if name is None else find_cache(name)


def _check_known(name: str) -> None:
    try:
        known = _settings(os.getcwd(), _variables()).caches
    except ConfigurationError:
        return
    if name not in known and name.lower() not in known:
        raise _unknown(name, known)


def _unknown(name: str, caches: Iterable[str]) -> ConfigurationError:
    known = ", ".join(sorted(caches)) or "none"
    return ConfigurationError(
        f"no cache is called {name!r}; configured: {known}",
        f"set ORCHESTRA_CACHE_CACHES__{name.upper()}__URL, or give a path or URL"
        if _NAME.fullmatch(name)
        else "a name is letters, digits and single underscores; or give a path or URL",
    )


def _check_kind(cache: object) -> None:
    if not isinstance(cache, (str, os.PathLike)):
        # Its type alone: it may hold a password.
        raise ConfigurationError(
            f"cache= is given an object of type `{type(cache).__name__}`, which is no cache",
            "give a name from the settings, a path or URL, or a `Cache`",
        )


def _at(place: str) -> Cache:
    # Another user or folder may be meant by the same text.
    return _placed(place, os.path.abspath(os.path.expanduser(place)))


@lru_cache(maxsize=32)
def _placed(place: str, path: str) -> Cache:
    # Checking a place anew takes as long as a hit does.
    return Cache(place)


def configured() -> Iterator[Cache]:
    """The caches that the settings name, as far as they make sense."""
    place = os.getcwd(), _variables()
    with suppress(ConfigurationError):
        for name in _settings(*place).caches:
            with suppress(ConfigurationError):
                yield _named(name, *place)


@lru_cache(maxsize=32)
def _named(name: str, folder: str, variables: tuple[tuple[str, str], ...]) -> Cache:
    # One for all tasks of a process: they share its memory.
    settings = _settings(folder, variables)
    found = settings.caches.get(name) or settings.caches.get(name.lower())
    if found is None:
        raise _unknown(name, settings.caches)
    return found.cache()


def _variables() -> tuple[tuple[str, str], ...]:
    return tuple(pair for pair in os.environ.items() if pair[0].startswith("ORCHESTRA_CACHE_"))


@lru_cache(maxsize=8)
def _settings(folder: str, variables: tuple[tuple[str, str], ...]) -> Settings:
    # Read once for each folder and set of variables: a task asks for its cache at each run.
    try:
        return Settings()
    except (ValidationError, ValueError) as error:
        raise ConfigurationError(
            f"the settings of orchestra_cache do not make sense: {error}",
            "correct `orchestra-cache.toml` or the variables ORCHESTRA_CACHE_…",
        ) from error
