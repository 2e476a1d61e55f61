"""How directions on a compass become components."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas


def radians_of_compass(degrees: pandas.Series) -> pandas.Series:
    """Turn degrees clockwise from north into radians anticlockwise from east."""
    import numpy

    return numpy.deg2rad(90.0 - degrees)


def wind_components(
    speed: pandas.Series, *, direction: pandas.Series
) -> tuple[pandas.Series, pandas.Series]:
    """Split wind into its flow to the east and to the north, in the unit of `speed`.

    `direction` is where the wind comes from, in degrees clockwise from north.
    """
    import numpy

    angle = radians_of_compass(direction)
    return -speed * numpy.cos(angle), -speed * numpy.sin(angle)
