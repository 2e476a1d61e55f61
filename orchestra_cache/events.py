"""What happened to a task's result, as one stream that anybody may subscribe to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec

from orchestra_cache.durations import ago, in_words
from orchestra_cache.errors import OrchestraCacheError
from orchestra_cache.explain import Change

__all__ = [
    "Event",
    "Failed",
    "Hit",
    "Miss",
    "Published",
    "Uncached",
    "Waited",
    "Waiting",
    "emit",
    "subscribe",
]


class Event(msgspec.Struct, frozen=True):
    """Something happened to a call of `task`; `key` is empty where there is none."""

    task: str
    key: str


class Hit(Event, frozen=True):
    """An entry was found and its output is whole.

    Attributes:
        created: When it was computed.
        producer: By what, in that orchestrator's words.
        saved: How long the computation took then.
        value: The value, or its Ref if that was asked for.
        effects: What the computation did beside it, as its adapter wrote it down.
    """

    created: datetime
    producer: str
    saved: timedelta
    value: Any
    effects: Mapping[str, Any] = {}

    def __bool__(self) -> bool:
        return True

    def __str__(self) -> str:
        by = f" by {self.producer}" if self.producer else ""
        made = ago(self.created, now=datetime.now(timezone.utc))
        return f"hit {self.key[-64:][:8]}: made {made}{by}, saved {in_words(self.saved)}"


class Miss(Event, frozen=True):
    """There is no entry to use.

    Attributes:
        reason: In words.
        changes: What differs from the nearest entry, where that is known.
    """

    reason: str
    changes: tuple[Change, ...] = ()

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        if not self.changes:
            return f"miss: {self.reason}"
        shown = "; ".join(str(change) for change in self.changes[:3])
        more = len(self.changes) - 3
        return f"miss: {shown}" + (f"; and {more} more" if more > 0 else "")


class Published(Event, frozen=True):
    """A result was stored. `size` in bytes."""

    size: int
    codec: str
    seconds: float


class Uncached(Event, frozen=True):
    """The task ran, and its result is not kept: something declared it cannot be, or prevents it."""

    reason: str
    hint: str = ""

    @classmethod
    def because(cls, task: str, error: Exception) -> Uncached:
        """The event for a call that has no key because of an error."""
        if isinstance(error, OrchestraCacheError):
            return cls(task, "", error.message, error.hint)
        hint = "if nothing here is yours, this is a fault of orchestra_cache: please report it"
        return cls(task, "", f"{type(error).__name__}: {error}", hint)


class Failed(Event, frozen=True):
    """The cache did not work. The task does all the same."""

    operation: str
    error: Exception


class Waiting(Event, frozen=True):
    """Another call computes the same now, and this one waits for it. `holder` is for people."""

    holder: str


class Waited(Event, frozen=True):
    """The wait is over, and what follows says how it ended: a hit, or a miss."""

    holder: str
    seconds: float


_subscribers: list[Callable[[Event], object]] = []


def subscribe(callback: Callable[[Event], object]) -> Callable[[], None]:
    """Call `callback` with every event, in the thread it happens in; returns how to stop that."""
    _subscribers.append(callback)

    def unsubscribe() -> None:
        with suppress(ValueError):
            _subscribers.remove(callback)

    return unsubscribe


def emit(event: Event) -> None:
    """Tell everyone; an observer that fails never disturbs a task."""
    for callback in tuple(_subscribers):
        _tell(callback, event)


def _tell(callback: Callable[[Event], object], event: Event) -> None:
    try:  # noqa: SIM105
        callback(event)
    except Exception:  # noqa: S110
        pass
