"""How the tables look when they leave their files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas

FLIGHT_TYPES = {
    "sched_dep_time": "int32",
    "dep_delay": "float64",
    "sched_arr_time": "int32",
    "arr_delay": "float64",
    "carrier": "str",
    "origin": "str",
    "dest": "str",
    "distance": "int32",
}
WEATHER_TYPES = {
    "origin": "str",
    "temp": "float64",
    "dewp": "float64",
    "humid": "float64",
    "wind_dir": "float64",
    "wind_speed": "float64",
    "precip": "float64",
    "pressure": "float64",
    "visib": "float64",
}


def read_table(source: str, *, types: Mapping[str, str]) -> pandas.DataFrame:
    """Read the columns in `types`, and the hour in UTC that flights and weather share."""
    import pandas

    table = pandas.read_csv(
        source,
        dtype=types,
        usecols=[*types, "time_hour"],
        parse_dates=["time_hour"],
        # The default parser's last bit depends on the version of pandas.
        float_precision="round_trip",
    )
    # pandas 2 parses to nanoseconds and pandas 3 to microseconds.
    table["time_hour"] = table["time_hour"].dt.as_unit("ns")
    return table
