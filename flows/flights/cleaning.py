"""Which flights can be learned from, and how they are measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flights.units import minutes_between, minutes_of_day

if TYPE_CHECKING:
    import pandas

LONGEST_DELAY_MINUTES = 12 * 60
KEPT_COLUMNS = ("carrier", "origin", "dest", "distance", "time_hour")


def completed_flights(flights: pandas.DataFrame) -> pandas.DataFrame:
    """Keep flights that reached their destination, delayed by no more than half a day."""
    arrived = flights["arr_delay"].notna() & flights["dep_delay"].notna()
    plausible = flights["dep_delay"] <= LONGEST_DELAY_MINUTES
    return flights[arrived & plausible].reset_index(drop=True)


def measured_flights(flights: pandas.DataFrame) -> pandas.DataFrame:
    """Express schedule and delays in whole minutes.

    `scheduled_minutes` is the difference of two local times, so it includes the change of zone.
    """
    departure = minutes_of_day(flights["sched_dep_time"])
    arrival = minutes_of_day(flights["sched_arr_time"])
    return flights[list(KEPT_COLUMNS)].assign(
        departure_minute=departure,
        scheduled_minutes=minutes_between(departure, end=arrival),
        departure_delay=flights["dep_delay"].astype("int32"),
        arrival_delay=flights["arr_delay"].astype("int32"),
    )
