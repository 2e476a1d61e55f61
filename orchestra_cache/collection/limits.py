"""What may be kept: limits, and what they do not count for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Literal, get_args

from orchestra_cache.errors import ConfigurationError

__all__ = ["MOST_SHARDS", "Limits", "Order"]

Order = Literal["lru", "fifo"]

MOST_SHARDS = 4096


@dataclass(frozen=True, slots=True)
class Limits:
    """Which entries go. Without any limit, only what nothing refers to does.

    Attributes:
        older: Entries made longer ago than this go.
        idle: Entries not used for longer than this go.
        keep: Of each task, so many of the newest entries stay, whatever the other limits say.
        max_bytes: The most recently used entries stay as far as there is room for them and their
            blobs. A blob counts once.
        max_entries: So many of the most recently used entries stay.
        order: What `max_bytes` and `max_entries` go by: the last use, or when they were made.
        tasks: Patterns such as `etl.*`; entries of other tasks neither go nor count.
        grace: Nothing younger goes that nothing refers to. It has to be longer than the longest
            time in which a result is written, blobs and all.
        shard: Do part 3 of 16 only. All parts, one after the other, are one full run.
    """

    older: timedelta | None = None
    idle: timedelta | None = None
    keep: int = 0
    max_bytes: int | None = None
    max_entries: int | None = None
    order: Order = "lru"
    tasks: Collection[str] = ()
    grace: timedelta = timedelta(hours=1)
    shard: tuple[int, int] = (1, 1)

    def __post_init__(self) -> None:
        for name in ("older", "idle", "grace"):
            given = getattr(self, name)
            if given is None and name != "grace":
                continue
            if not isinstance(given, timedelta) or given < timedelta(0):
                raise _unusable(name, given, f"write `{name}=timedelta(days=30)`")
        for name in ("keep", "max_bytes", "max_entries"):
            given = getattr(self, name)
            if given is not None and (type(given) is not int or given < 0):
                raise _unusable(name, given, "give a whole number, 0 or more")
        if self.order not in get_args(Order):
            raise _unusable("order", self.order, f"use one of {', '.join(get_args(Order))}")
        self._check_tasks()
        self._check_shard()

    def _check_tasks(self) -> None:
        if isinstance(self.tasks, str):
            raise _unusable("tasks", self.tasks, f"write `tasks=[{self.tasks!r}]`")
        listed = isinstance(self.tasks, Collection)
        if not listed or any(type(pattern) is not str for pattern in self.tasks):
            raise _unusable("tasks", self.tasks, "write `tasks=['etl.*']`")
        limited = (self.older, self.idle, self.max_bytes, self.max_entries) != (None,) * 4
        if (self.keep or self.tasks) and not limited:
            name = "keep" if self.keep else "tasks"
            hint = "give `older=`, `idle=`, `max_bytes=` or `max_entries=` with it"
            raise ConfigurationError(f"`{name}` alone limits nothing", hint)

    def _check_shard(self) -> None:
        given: object = self.shard
        whole = isinstance(given, tuple) and [*map(type, given)] == [int, int]
        if not whole or not 1 <= self.shard[0] <= self.shard[1] <= MOST_SHARDS:
            raise _unusable(
                "shard", self.shard, "part 1 of 16 is `shard=(1, 16)`, the last (16, 16)"
            )

    def wants(self, task: str) -> bool:
        """Whether the entries of a task are meant."""
        return not self.tasks or any(fnmatchcase(task, pattern) for pattern in self.tasks)

    def mine(self, digest: bytes) -> bool:
        """Whether an entry or blob of this digest is in the shard."""
        part, parts = self.shard
        return int.from_bytes(digest[:4], "big") % parts == part - 1


def _unusable(name: str, value: object, hint: str) -> ConfigurationError:
    return ConfigurationError(f"{name}={value!r} cannot be meant", hint)
