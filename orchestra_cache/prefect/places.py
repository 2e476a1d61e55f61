"""Where the result of a task run lies: in which cache, or where the user has Prefect keep it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from prefect.context import TaskRunContext
from prefect.serializers import Serializer

from orchestra_cache.cache import Cache
from orchestra_cache.fingerprints.digest import combine
from orchestra_cache.fingerprints.recipe import Component
from orchestra_cache.prefect import _compat
from orchestra_cache.prefect.block import OrchestraStorage
from orchestra_cache.settings import find_cache

if TYPE_CHECKING:
    from orchestra_cache.prefect.policy import FingerprintPolicy

__all__ = ["place_of"]


def place_of(policy: FingerprintPolicy, context: TaskRunContext) -> tuple[Cache, Component | None]:
    """The cache for a task run, and what says that its values lie somewhere else.

    A task that has a storage or a serializer of its own means it: its values are read and written
    as if there was no cache, and the cache has entries that say what they depend on. As a
    component, so that nobody takes such an entry for the value: not in plain Python either.

    Raises:
        ConfigurationError: There is no such cache.
    """
    storage = context.result_store.result_storage
    ours = isinstance(storage, OrchestraStorage) and policy.cache is None
    cache = storage.cache() if ours else find_cache(policy.cache)
    if policy.namespace is not None:
        cache = cache.within(policy.namespace)
    given = [policy.key_storage, context.task.result_serializer]
    given.append(None if ours else context.task.result_storage)
    if all(one is None for one in given):
        return cache, None
    shown = ", ".join(_named(one) for one in given if one is not None)
    parts = [b"" if one is None else _named(one).encode() for one in given]
    return cache, Component("kept", combine("prefect-kept", *parts), shown)


def _named(given: object) -> str:
    """A storage or serializer, as a text that is the same wherever the task runs."""
    if isinstance(given, (str, Path)):
        return str(given)
    if isinstance(given, Serializer):
        return f"{type(given).__name__}({given.model_dump_json()})"
    return f"{type(given).__name__} {_compat.name_of_block(given)}".rstrip()
