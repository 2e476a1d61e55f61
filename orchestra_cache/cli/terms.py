"""What several verbs are given on the command line, and how their errors are told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Annotated, TypeAlias

import typer
from pydantic import ByteSize, TypeAdapter, ValidationError

from orchestra_cache.errors import ConfigurationError, OrchestraCacheError

__all__ = ["CacheName", "duration", "shard", "size", "told"]

CacheName: TypeAlias = Annotated[
    str, typer.Argument(metavar="CACHE", help="The name of a configured cache, a path or a URL.")
]

_durations = TypeAdapter(timedelta)
_sizes = TypeAdapter(ByteSize)


def duration(text: str) -> timedelta:
    """A duration such as `30d`, `12h` or `P1DT12H`."""
    # What pydantic knows in words it knows for days only; the letters are ISO's for all.
    for written in (text, f"PT{text.upper()}", f"P{text.upper()}"):
        with suppress(ValidationError):
            return _durations.validate_python(written)
    raise typer.BadParameter(f"{text!r} is no duration: write 30d, 12h or 90m")


def size(text: str) -> int:
    """A number of bytes such as `10GB` or `512MiB`."""
    try:
        return int(_sizes.validate_python(text))
    except ValidationError as error:
        raise typer.BadParameter(f"{text!r} is no size: write 10GB or 512MiB") from error


def shard(text: str) -> tuple[int, int]:
    """A part of several, such as `3/16`."""
    part, slash, parts = text.partition("/")
    if not (slash and part.isdigit() and parts.isdigit()):
        raise typer.BadParameter(f"{text!r} is no part of several: write 3/16")
    return int(part), int(parts)


@contextmanager
def told() -> Iterator[None]:
    """Say what is wrong instead of how it came to that: 2 for the terms, 1 for the cache."""
    try:
        yield
    except OrchestraCacheError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2 if isinstance(error, ConfigurationError) else 1) from error
