"""`collect`: delete what is beyond the limits, and what nothing refers to."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from typing import Annotated

import typer

from orchestra_cache.cli.terms import CacheName, cache_at, duration, shard, size, told

__all__ = ["collect"]


class _Order(str, Enum):
    lru = "lru"
    fifo = "fifo"


def collect(
    cache: CacheName,
    older: Annotated[
        timedelta | None,
        typer.Option(parser=duration, metavar="30d", help="Entries made longer ago go."),
    ] = None,
    idle: Annotated[
        timedelta | None,
        typer.Option(parser=duration, metavar="7d", help="Entries not used for longer go."),
    ] = None,
    keep: Annotated[
        int, typer.Option(min=0, help="Of each task, so many of the newest stay in any case.")
    ] = 0,
    max_bytes: Annotated[
        int | None,
        typer.Option(parser=size, metavar="10GB", help="Those used last stay, up to this."),
    ] = None,
    max_entries: Annotated[
        int | None, typer.Option(min=0, help="So many of those used last stay.")
    ] = None,
    order: Annotated[_Order, typer.Option(help="By the last use, or by age.")] = _Order.lru,
    task: Annotated[
        list[str] | None, typer.Option(help="Only tasks like `etl.*`; may be repeated.")
    ] = None,
    grace: Annotated[
        timedelta,
        typer.Option(parser=duration, metavar="1h", help="What is younger stays, in use or not."),
    ] = "1h",  # type: ignore[assignment]
    part: Annotated[
        str, typer.Option("--shard", metavar="3/16", help="Do one part of the work.")
    ] = "1/1",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    full: Annotated[
        bool, typer.Option("--full", help="Read every entry instead of believing the index.")
    ] = False,
) -> None:
    """Delete entries beyond the limits, and blobs that nothing refers to."""
    if (keep or task) and (older, idle, max_bytes, max_entries) == (None,) * 4:
        raise typer.BadParameter(
            f"{'--keep' if keep else '--task'} alone limits nothing:"
            " give --older, --idle, --max-bytes or --max-entries with it"
        )
    with told():
        report = cache_at(cache).collect(
            older=older,
            idle=idle,
            keep=keep,
            max_bytes=max_bytes,
            max_entries=max_entries,
            order=order.value,
            tasks=task or (),
            grace=grace,
            shard=shard(part),
            dry_run=dry_run,
            full=full,
        )
    typer.echo(str(report))
