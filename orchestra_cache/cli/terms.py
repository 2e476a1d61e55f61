"""What several verbs are given on the command line, and how their errors are told."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Annotated, TypeAlias

import typer
from pydantic import ByteSize, TypeAdapter, ValidationError

from orchestra_cache.cache import Cache
from orchestra_cache.collection.limits import MOST_SHARDS
from orchestra_cache.errors import ConfigurationError, OrchestraCacheError
from orchestra_cache.settings import find_cache
from orchestra_cache.stores import LocalStore

__all__ = ["CacheName", "cache_at", "duration", "shard", "size", "told"]

CacheName: TypeAlias = Annotated[
    str, typer.Argument(metavar="CACHE", help="The name of a configured cache, a path or a URL.")
]

_durations = TypeAdapter(timedelta)
_sizes = TypeAdapter(ByteSize)

# Half a byte is nothing, which would delete everything.
_SIZE = re.compile(r"[0-9]+ ?b|[0-9]+(\.[0-9]+)? ?[kmgtp]i?b", re.IGNORECASE)


def duration(text: str) -> timedelta:
    """A duration such as `30d`, `12h` or `P1DT12H`."""
    # A single `M` may be meant for minutes or months.
    plain = "M" not in text or text.startswith("P")
    # What pydantic knows in words it knows for days only; the letters are ISO's for all.
    for written in (text, f"PT{text.upper()}", f"P{text.upper()}") if plain else ():
        with suppress(ValidationError):
            found = _durations.validate_python(written)
            if found >= timedelta(0):
                return found
    raise typer.BadParameter(
        f"{text!r} is no duration: write a number and a unit as in 2w, 30d, 12h, 90m or 45s"
    )


def size(text: str) -> int:
    """A number of bytes such as `10GB` or `512MiB`, never 0."""
    found = int(_sizes.validate_python(text)) if _SIZE.fullmatch(text) else 0
    if not found:
        raise typer.BadParameter(
            f"{text!r} is no size: write a number and a unit as in 10GB, 512MiB or 1000B"
        )
    return found


def shard(text: str) -> tuple[int, int]:
    """A part of several, such as `3/16`."""
    part, slash, parts = text.partition("/")
    if not (slash and part.isdigit() and parts.isdigit()):
        raise typer.BadParameter(f"{text!r} is no part of several: write 3/16")
    if not 1 <= int(part) <= int(parts) <= MOST_SHARDS:
        raise typer.BadParameter(
            f"{text!r} is no part: of 16 the first is 1/16, the last 16/16; {MOST_SHARDS} at most"
        )
    return int(part), int(parts)


def cache_at(name: str) -> Cache:
    """The cache that is meant; a folder has to be there, since a wrong one would look empty.

    Raises:
        ConfigurationError: There is none.
    """
    cache = find_cache(name)
    root = cache.store.root if isinstance(cache.store, LocalStore) else ""
    if root and not root.startswith("~") and not os.path.isdir(root):
        raise ConfigurationError(f"there is no folder at {root}", "correct the path of the cache")
    return cache


@contextmanager
def told() -> Iterator[None]:
    """Say what is wrong instead of how it came to that: 2 for the terms, 1 for the cache."""
    try:
        yield
    except OrchestraCacheError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2 if isinstance(error, ConfigurationError) else 1) from error
