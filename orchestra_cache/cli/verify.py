"""`verify`: read everything in a cache, and say whether it is what was written."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestra_cache.cli.terms import CacheName, told
from orchestra_cache.settings import find_cache

__all__ = ["verify"]


def verify(
    cache: CacheName,
    repair: Annotated[
        bool, typer.Option("--repair", help="Delete what is damaged, to be computed again.")
    ] = False,
) -> None:
    """Check every seal and digest; 1 is returned if something is damaged and not repaired."""
    with told():
        found = find_cache(cache).verify(repair=repair)
    typer.echo(str(found))
    if not (found.sound or repair):
        raise typer.Exit(1)
