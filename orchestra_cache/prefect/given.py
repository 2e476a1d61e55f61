"""What `cache=` may be given in Prefect, where a storage is often a block or the name of one."""

from __future__ import annotations

import re

from prefect.blocks.core import Block

from orchestra_cache.errors import ConfigurationError
from orchestra_cache.settings import CacheLike, checked_cache

__all__ = ["cache_given"]

# Otherwise it would be a folder of this name, in the working directory.
_SAVED = re.compile(r"orchestra-cache/(?P<name>[a-z0-9-]+)")


def cache_given(cache: CacheLike) -> CacheLike:
    """What a `cache=` argument was given, if it may be meant.

    Raises:
        ConfigurationError: It is a block, or names one, or is nothing that names a cache.
        MissingExtraError: The library for the place is not installed.
    """
    if isinstance(cache, Block):
        kind = type(cache).__name__
        raise ConfigurationError(
            f"cache= is given a block of type `{kind}`, which is a storage and no cache",
            "give the `.cache()` of an `OrchestraStorage`; a task takes a block that is saved as "
            "its `result_storage=`",
        )
    match = _SAVED.fullmatch(cache) if isinstance(cache, str) else None
    if match is not None:
        raise ConfigurationError(
            f"cache={cache!r} is the name of a block, which is a storage and no cache",
            f"give `OrchestraStorage.load({match['name']!r}).cache()`; a task takes the name as "
            f"its `result_storage=`; a folder of this name is `'./{cache}'`",
        )
    return checked_cache(cache)
