"""What the model may know about a flight when it leaves the gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flights.geometry import wind_components

if TYPE_CHECKING:
    import pandas

TIME_ZONE = "America/New_York"
LATE_MINUTES = 15
CATEGORIES = ("carrier", "origin", "dest")
NUMBERS = ("departure_delay", "departure_minute", "scheduled_minutes", "distance")
WEATHER = ("temp", "dewp", "humid", "precip", "pressure", "visib")


def engineered_features(joined: pandas.DataFrame) -> pandas.DataFrame:
    """Build one row per flight: what is known, the local day of the year, and if it was late."""
    east, north = wind_components(joined["wind_speed"], direction=joined["wind_dir"])
    local = joined["time_hour"].dt.tz_convert(TIME_ZONE)
    known = joined[[*CATEGORIES, *NUMBERS, *WEATHER]].astype(dict.fromkeys(CATEGORIES, "category"))
    return known.assign(
        wind_east=east,
        wind_north=north,
        departures_in_hour=departures_in_hour(joined),
        weekday=local.dt.dayofweek,
        month=local.dt.month,
        day_of_year=local.dt.dayofyear,
        late=joined["arrival_delay"] > LATE_MINUTES,
    )


def departures_in_hour(joined: pandas.DataFrame) -> pandas.Series:
    """Count the flights that share origin and scheduled hour with each flight, itself included."""
    return joined.groupby(["origin", "time_hour"])["dest"].transform("size")
