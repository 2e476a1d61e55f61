"""Refs in XCom: who would rather have one than its value, and where a value is read from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from orchestra_cache.errors import OrchestraCacheError
from orchestra_cache.ref import Ref

if TYPE_CHECKING:
    from orchestra_cache.cache import Cache

__all__ = ["read", "wants_refs"]

# True while an upstream's output is put in place as an argument of a cached task.
wants_refs: ContextVar[bool] = ContextVar("orchestra_cache_wants_refs", default=False)


def read(ref: Ref, own: Cache | None = None) -> Any:
    """Read the value of a Ref.

    Its URL alone does not say how its store is reached and whether it is trusted; the reader's
    own cache and the configured ones do. What none of them knows, the own one judges.
    """
    cache = next((cache for cache in _known(own) if cache.store.url == ref.url), own)
    return ref.load() if cache is None else cache.load(ref)


def _known(own: Cache | None) -> Iterator[Cache]:
    # Airflow imports the XCom backend, and so this module, while it is still being imported.
    from orchestra_cache.settings import Settings

    if own is not None:
        yield own
    with suppress(ValueError):
        for configured in Settings().caches.values():
            with suppress(OrchestraCacheError):
                yield configured.cache()
