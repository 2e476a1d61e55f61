"""`verify`: read everything in a cache, and say whether it is what was written."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestra_cache.cli.terms import CacheName, cache_at, told

__all__ = ["verify"]


def verify(
    cache: CacheName,
    repair: Annotated[
        bool, typer.Option("--repair", help="Delete what is damaged, to be computed again.")
    ] = False,
) -> None:
    """Check every seal and digest.

    1 is returned if something is damaged and not repaired, or cannot be judged with these keys.
    """
    with told():
        found = cache_at(cache).verify(repair=repair)
    typer.echo(str(found))
    if found.foreign or not (found.sound or repair):
        raise typer.Exit(1)
