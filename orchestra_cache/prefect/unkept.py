"""The result of a task run that is not cached, although Prefect has a key for it."""

from __future__ import annotations

from typing import Any

from prefect.results import ResultRecord

from orchestra_cache.prefect.refs import TaskRef

__all__ = ["Unkept"]


class Unkept:
    """There is none, and what was computed is not kept.

    In its own sums Prefect leaves out a policy that says nothing, and would go by what the others
    say: the part of the key that tells results apart would be missing.

    Args:
        own: The key of the task run; without it, the one that is asked for first.
    """

    found = None

    def __init__(self, own: str | None = None) -> None:
        self._own = own

    def owns(self, key: str | None) -> bool:
        """Whether it is the key of the task run: the engine is the first to ask."""
        if self._own is None:
            self._own = key
        return key is not None and key == self._own

    def look(self) -> bool:
        return False

    def enter(self) -> None:
        """Nobody waits for it."""

    async def aenter(self) -> None:
        """Nobody waits for it."""

    def leave(self) -> None:
        """Nobody waits for it."""

    def take(self, record: ResultRecord[Any]) -> None:
        """The engine hands it on by itself."""

    def publish(self) -> None:
        """It is not kept."""

    def stand_in(self, value: object) -> TaskRef:
        return TaskRef(value)

    def decline(self) -> None:
        """It is not kept."""

    def undo(self) -> None:
        """Nothing was published."""
