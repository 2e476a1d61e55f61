"""How times on a clock become minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas

MINUTES_PER_DAY = 24 * 60


def minutes_of_day(clock: pandas.Series) -> pandas.Series:
    """Convert clock times written as HHMM; 2400 is midnight, minute 0."""
    return (clock // 100 * 60 + clock % 100) % MINUTES_PER_DAY


def minutes_between(start: pandas.Series, *, end: pandas.Series) -> pandas.Series:
    """Count the minutes from one minute of the day to the next time it is `end`."""
    return (end - start) % MINUTES_PER_DAY
