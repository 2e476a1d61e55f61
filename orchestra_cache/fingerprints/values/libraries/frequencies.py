"""How pandas' offsets and frequencies are written: by kind, number and all they were given."""

from __future__ import annotations

from typing import Any

from orchestra_cache.fingerprints.grammar import boolean, integer, node, text
from orchestra_cache.fingerprints.values.nodes import Context, Node

__all__ = ["frequency_of", "written_calendar", "written_offset"]


def frequency_of(value: Any) -> object:
    """The frequency of times: its text if that tells all of it, else the offset itself.

    That of periods is part of their dtype.
    """
    is_period = type(value.dtype).__name__ == "PeriodDtype"
    offset = None if is_period else getattr(value, "freq", None)
    return offset if offset is None or not _tells_all(offset) else offset.freqstr


def _tells_all(offset: Any) -> bool:
    from pandas.tseries.frequencies import to_offset

    if "calendar" in offset.kwds:
        # To pandas, days of two calendars may be equal.
        return False
    try:
        return bool(to_offset(offset.freqstr) == offset)
    except ValueError:
        return False


def written_offset(value: Any, context: Context) -> Node:
    head = (text(type(value).__name__), integer(int(value.n)), boolean(bool(value.normalize)))
    return Node((value.kwds,), lambda written: node("pandas.offset", *head, *written))


def written_calendar(value: Any, context: Context) -> Node:
    parts = (value.weekmask, value.holidays)
    return Node(parts, lambda written: node("numpy.calendar", *written))
