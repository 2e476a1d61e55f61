"""How long an entry may be used."""

from __future__ import annotations

from datetime import datetime, timedelta

__all__ = ["end_of", "stale"]

# Clocks of one fleet differ; an entry from further ahead was made by one that is wrong.
_CLOCK_SKEW = timedelta(minutes=5)


def end_of(start: datetime, ttl: timedelta | None) -> datetime | None:
    """When a duration is over; None if never, or not in any year there is."""
    try:
        return None if ttl is None else start + ttl
    except OverflowError:
        return None


def stale(created: datetime, expires: datetime | None, ttl: timedelta | None, now: datetime) -> str:
    """Why an entry may not be used any more, or not yet; empty if it may."""
    if created > now + _CLOCK_SKEW:
        return "the entry is from the future"
    end = end_of(created, ttl)
    if (end is None or now < end) and (expires is None or now < expires):
        return ""
    return f"the entry of {created:%Y-%m-%d %H:%M} UTC has expired"
