"""How a person reads a length of time."""

from __future__ import annotations

from datetime import datetime, timedelta

__all__ = ["ago", "in_words"]

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def in_words(duration: timedelta) -> str:
    """Two units at most: `12 ms`, `1.5 s`, `41 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`."""
    seconds = duration.total_seconds()
    if seconds < 0.001:
        return "under 1 ms"
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    return _whole(round(seconds))


def ago(instant: datetime, *, now: datetime) -> str:
    """How long before `now`, in one unit; what another host's clock calls later is `just now`."""
    seconds = (now - instant).total_seconds()
    if seconds < 1:
        return "just now"
    # The next unit is used from where rounding to it is not far off any more.
    for unit, size, until in (("s", 1, 90), ("min", _MINUTE, 90), ("h", _HOUR, 36)):
        if seconds / size < until:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{seconds / _DAY:.0f} days ago"


def _whole(seconds: int) -> str:
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return _both(seconds, _MINUTE, "min", 1, "s")
    if seconds < _DAY:
        return _both(seconds, _HOUR, "h", _MINUTE, "min")
    return _both(seconds, _DAY, "d", _HOUR, "h")


def _both(seconds: int, size: int, unit: str, smaller: int, its_unit: str) -> str:
    first, rest = divmod(seconds, size)
    second = rest // smaller
    return f"{first} {unit} {second} {its_unit}" if second else f"{first} {unit}"
