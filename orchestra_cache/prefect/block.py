"""A cache as a block: configured once on the server, and storage for any result of Prefect's."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from typing import Any, ClassVar

from prefect.blocks.core import Block
from prefect.exceptions import MissingContextError
from prefect.filesystems import WritableFileSystem
from prefect.logging import get_run_logger
from prefect.types import SecretDict
from pydantic import ConfigDict, Field, PrivateAttr, field_validator

from orchestra_cache.cache import Cache
from orchestra_cache.errors import CodecError, ConfigurationError, ReadOnlyError
from orchestra_cache.events import Failed, Hit, Uncached, emit
from orchestra_cache.fingerprints import fingerprint
from orchestra_cache.fingerprints.digest import Digest
from orchestra_cache.fingerprints.recipe import Component, Recipe
from orchestra_cache.leases import check_service
from orchestra_cache.observers import logs
from orchestra_cache.place import checked_namespace, checked_sources, is_folder, plausible_place
from orchestra_cache.prefect import _compat
from orchestra_cache.prefect.credentials import no_credentials, revived, storage_options_of
from orchestra_cache.prefect.leaving import flush_at_exit
from orchestra_cache.prefect.readings import Readings
from orchestra_cache.settings import CacheSettings
from orchestra_cache.stores.layout import entry_name
from orchestra_cache.threads import in_thread

__all__ = ["OrchestraStorage"]

# What these entries are listed and collected under.
_TASK = "prefect.results"

# One for all blocks of one content: the engine loads a block anew for each task run.
_opened: dict[Digest, Cache] = {}

_reading: ContextVar[bool] = ContextVar("orchestra_cache_reading_block", default=False)


class OrchestraStorage(CacheSettings, WritableFileSystem):  # type: ignore[misc]
    """Results of tasks and flows in a cache of orchestra_cache: whole, signed and checked.

    The fields are those of a configured cache. `storage_options` are what fsspec takes, and
    `credentials` a block of Prefect's AWS, GCP or Azure collection; where both say something, the
    options hold.

    Example:
        ```python
        from prefect import task
        from prefect.cache_policies import INPUTS
        from orchestra_cache.prefect import OrchestraStorage

        OrchestraStorage(url="s3://bucket/prefix").save("lake")

        @task(result_storage="orchestra-cache/lake", cache_policy=INPUTS)
        def totals(day): ...
        ```

    Raises:
        ConfigurationError: A field cannot be meant, wherever the block is read. Which libraries
            and keys there will be is not known.
    """

    model_config = ConfigDict(frozen=False, hide_input_in_errors=True)

    _block_type_name: ClassVar[str] = "Orchestra Cache"
    _block_type_slug: ClassVar[str] = "orchestra-cache"

    storage_options: SecretDict = Field(default_factory=lambda: SecretDict({}))
    # Not the classes of the collections: who has none of them can still read the block.
    credentials: SecretDict | Any | None = None

    _readings: Readings = PrivateAttr(default_factory=Readings)

    @field_validator("credentials", mode="before")
    @classmethod
    def _revived(cls, given: Any) -> Any:
        if given is None or isinstance(given, (Block, SecretDict)):
            return given
        if isinstance(given, Mapping):
            return revived(given)
        if _reading.get():
            return SecretDict({"": given})
        raise no_credentials(given)

    @classmethod
    def model_validate(cls, obj: Any, **terms: Any) -> OrchestraStorage:
        """Take a block as it was saved: what is wrong with it no task fails of, but is told."""
        token = _reading.set(True)
        try:
            return super().model_validate(obj, **terms)  # type: ignore[no-any-return]
        finally:
            _reading.reset(token)

    def block_initialization(self) -> None:
        if not _reading.get():
            self._check()

    def _check(self) -> None:
        plausible_place(self.url)
        checked_namespace(self.namespace)
        checked_sources(self.read_from, self.namespace)
        if self.near is not None and not is_folder(str(self.near)):
            raise ConfigurationError(
                f"near={str(self.near)!r} cannot be meant",
                "give a folder of this machine: `near='~/.cache/lake'`",
            )
        if self.leases is not None:
            check_service(self.leases.get_secret_value())

    def cache(self) -> Cache:
        """The cache that the block configures: one in a process, however often it is loaded.

        Raises:
            ConfigurationError: What is configured cannot be meant.
            MissingExtraError: The library for the URL is not installed here.
        """
        terms = {name: getattr(self, name) for name in CacheSettings.model_fields}
        options = self.storage_options.get_secret_value()
        terms["storage_options"] = {**storage_options_of(self.credentials), **options}
        settings = CacheSettings(**terms)
        content = fingerprint(settings)
        cache = _opened.get(content) or _opened.setdefault(content, settings.cache())
        flush_at_exit(cache)
        return cache

    def read_path(self, path: str, *, _sync: bool | None = None) -> Any:
        """The content that was written under a path.

        Raises:
            ValueError: There is none that could be read.
        """
        return self._read(path) if _is_sync(_sync) else self.aread_path(path)

    def write_path(self, path: str, content: bytes, *, _sync: bool | None = None) -> Any:
        """Keep a content under a path; what was there goes.

        Raises:
            OrchestraCacheError: It could not be kept, and others would stumble over that.
        """
        return self._write(path, content) if _is_sync(_sync) else self.awrite_path(path, content)

    async def aread_path(self, path: str) -> bytes:
        return await in_thread(self._read, path)

    async def awrite_path(self, path: str, content: bytes) -> None:
        await in_thread(self._write, path, content)

    def _resolve_path(self, path: str) -> None:
        """Paths are names. The engine asks blocks that are not saved."""

    def _read(self, path: str) -> bytes:
        content = self._readings.again(path)
        if content is None:
            with _told():
                content = self._found(path)
            self._readings.keep(path, content)
        if content is None:
            raise ValueError(f"There is no content to read under {path!r}.")
        return content

    def _found(self, path: str) -> bytes | None:
        recipe = _recipe(path)
        try:
            cache = self.cache()
            if cache.store.local and not self.read_from:
                # A local lookup that misses says what changed, and of a path nothing has.
                name = entry_name(cache.namespace, recipe.key)
                if cache.store.size(name) is None:
                    return None
            found = cache.lookup(recipe)
        except Exception as error:
            emit(Failed(_TASK, str(recipe.key), "look up", error))
            return None
        return found.value if isinstance(found, Hit) else None

    def _write(self, path: str, content: bytes) -> None:
        """Keep a content, or let it be.

        A record of a result that cannot be kept is a warning: to raise would run the rollback hooks
        of a task that has succeeded, or fail a flow that has, and keep no more of the result.
        """
        self._readings.drop(path)
        with _told():
            try:
                self._publish(_recipe(path), bytes(content))
            except Exception:
                if not _compat.dispensable(path, content):
                    raise

    def _publish(self, recipe: Recipe, content: bytes) -> None:
        try:
            self.cache().publish(
                recipe, content, seconds=0.0, producer=_compat.producing(), replace=True
            )
        except (CodecError, ReadOnlyError) as error:
            emit(Uncached(_TASK, str(recipe.key), error.message, error.hint))
            raise
        except Exception as error:
            emit(Failed(_TASK, str(recipe.key), "publish", error))
            raise


def _recipe(path: str) -> Recipe:
    return Recipe(_TASK, (Component("path", fingerprint(path), path[:80]),))


def _is_sync(asked: bool | None) -> bool:
    """Whether the caller waits for the answer, and not for a coroutine."""
    if asked is not None:
        return asked
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return True
    return False


def _told() -> AbstractContextManager[None]:
    """Let what is wrong be logged with the run, if there is one."""
    try:
        logger = get_run_logger()
    except MissingContextError:
        return nullcontext()
    return logs.writing_to(lambda: logger)
