"""Which weather a flight departs in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas

JOIN_COLUMNS = ["origin", "time_hour"]
FASTEST_WIND_MPH = 150.0


def plausible_weather(weather: pandas.DataFrame) -> pandas.DataFrame:
    """Blank wind speeds that no airport has seen."""
    # One reading of February 2013 is above 1,000 mph.
    wind_speed = weather["wind_speed"].where(weather["wind_speed"] <= FASTEST_WIND_MPH)
    return weather.assign(wind_speed=wind_speed)


def attach_weather(flights: pandas.DataFrame, *, weather: pandas.DataFrame) -> pandas.DataFrame:
    """Add the weather at the origin in the scheduled hour; it is missing where none was taken."""
    return flights.merge(weather, on=JOIN_COLUMNS, how="left", validate="many_to_one")
