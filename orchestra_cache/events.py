"""What happened to a task's result, as one stream that anybody may subscribe to."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestra_cache.errors import OrchestraCacheError
from orchestra_cache.explain import Change

__all__ = [
    "Event",
    "Failed",
    "Hit",
    "Miss",
    "Published",
    "Uncached",
    "emit",
    "subscribe",
]


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened to a call of `task`; `key` is empty where there is none."""

    task: str
    key: str


@dataclass(frozen=True, slots=True)
class Hit(Event):
    """An entry was found and its output is whole.

    Attributes:
        created: When it was computed.
        producer: By what, in that orchestrator's words.
        saved: How long the computation took then.
        value: The value, or its Ref if that was asked for.
    """

    created: datetime
    producer: str
    saved: timedelta
    value: object

    def __bool__(self) -> bool:
        return True

    def __str__(self) -> str:
        made = f" by {self.producer}" if self.producer else ""
        when = f"{self.created:%Y-%m-%d %H:%M:%S} UTC"
        return f"hit {self.key[-64:][:8]}: made {when}{made}, saved {_seconds(self.saved)}"


@dataclass(frozen=True, slots=True)
class Miss(Event):
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


@dataclass(frozen=True, slots=True)
class Published(Event):
    """A result was stored. `size` in bytes."""

    size: int
    codec: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Uncached(Event):
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


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """The cache did not work. The task does all the same."""

    operation: str
    error: Exception


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
        with suppress(Exception):
            callback(event)


def _seconds(duration: timedelta) -> str:
    seconds = duration.total_seconds()
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:.1f} min"
