"""What a task pulls from XCom: the value that a row stands for, or a Ref to it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from orchestra_cache.airflow.pushes import xcom_cache
from orchestra_cache.airflow.rows import OWNER, RowRef, from_row, is_row
from orchestra_cache.cache import Cache
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.events import Failed, emit
from orchestra_cache.fingerprints.digest import Digest
from orchestra_cache.fingerprints.recipe import CacheKey
from orchestra_cache.readers import read_ref

__all__ = ["let_go", "read_row"]

# What is looked up, or called, by what it says: the longest name of a connection is shorter.
_CALLED = ("function", "functools.partial", "method")
_NAME = 2048


def read_row(row: dict[str, Any], *, as_ref: bool) -> Any:
    """The value of a row, or its Ref; what is no row of ours is what it is.

    Args:
        as_ref: A Ref will do, but of what names something or is called: a key looks into that.

    Raises:
        StoreError: The value cannot be read; the message says which task to clear.
    """
    held = from_row(row) if is_row(row) else row
    if not isinstance(held, RowRef) or (as_ref and not _is_seen(held)):
        return held
    own: Cache | None = None
    with suppress(ConfigurationError):
        own = xcom_cache()
    return read_ref(held, own)


def _is_seen(ref: RowRef) -> bool:
    return ref.type in _CALLED or (ref.type == "str" and ref.size <= _NAME)


def let_go(row: object) -> None:
    """Let a collection have what a row alone kept; never fails.

    What a cached task returned is its entry's, and stays.
    """
    try:
        held = from_row(row) if isinstance(row, dict) and is_row(row) else None
        if not isinstance(held, RowRef) or not held.owner:
            return
        cache = xcom_cache()
        if cache is not None and (cache.store.url, cache.namespace) == (held.url, held.namespace):
            cache.let_go(CacheKey(OWNER, Digest(bytes.fromhex(held.owner))))
    except Exception as error:
        emit(Failed(OWNER, "", "let go of a value", error))
