"""The eight steps of the pipeline.

Importing them imports no library: Airflow does so whenever it reads the DAG, and so does a run in
which every step is a hit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flights.cleaning import completed_flights, measured_flights
from flights.engineering import engineered_features
from flights.joining import attach_weather, plausible_weather
from flights.loading import FLIGHT_TYPES, WEATHER_TYPES, read_table
from flights.markers import mark
from flights.model import late_probability, split_days, trained_model
from flights.report import drawn_report, scores

if TYPE_CHECKING:
    import pandas
    from sklearn.ensemble import HistGradientBoostingClassifier


def load_flights(source: str) -> pandas.DataFrame:
    """Read every scheduled flight from the CSV file `source`."""
    mark("load_flights")
    return read_table(source, types=FLIGHT_TYPES)


def load_weather(source: str) -> pandas.DataFrame:
    """Read the hourly weather at each origin from the CSV file `source`."""
    mark("load_weather")
    return read_table(source, types=WEATHER_TYPES)


def clean(flights: pandas.DataFrame) -> pandas.DataFrame:
    """Keep completed flights, measured in minutes."""
    mark("clean")
    return measured_flights(completed_flights(flights))


def join(flights: pandas.DataFrame, weather: pandas.DataFrame) -> pandas.DataFrame:
    """Add to each flight the weather it departs in."""
    mark("join")
    return attach_weather(flights, weather=plausible_weather(weather))


def features(joined: pandas.DataFrame) -> pandas.DataFrame:
    """Build what the model sees, and the label `late`."""
    mark("features")
    return engineered_features(joined)


def train(features: pandas.DataFrame) -> HistGradientBoostingClassifier:
    """Learn from the days that are not held out."""
    mark("train")
    learned, _ = split_days(features)
    return trained_model(learned)


def evaluate(model: HistGradientBoostingClassifier, features: pandas.DataFrame) -> dict[str, float]:
    """Score the model on the days held out."""
    mark("evaluate")
    _, held_out = split_days(features)
    return scores(held_out["late"], probability=late_probability(model, flights=held_out))


def plot(model: HistGradientBoostingClassifier, features: pandas.DataFrame) -> bytes:
    """Draw, as PNG, how predictions compare with the days held out."""
    mark("plot")
    _, held_out = split_days(features)
    return drawn_report(held_out, probability=late_probability(model, flights=held_out))
