"""pendulum's times, which Airflow gives, count by what they say and not by how they came about."""

from __future__ import annotations

import copy
import pickle
from datetime import datetime, timezone
from typing import Any

import pendulum
import pytest

from orchestra_cache import fingerprint
from orchestra_cache.testing import identical

BERLIN = "Europe/Berlin"
# The hour that comes twice when summer ends.
TWICE = [pendulum.datetime(2026, 10, 25, hour, 30, tz="UTC").in_timezone(BERLIN) for hour in (0, 1)]


class Moment(pendulum.DateTime): ...


VALUES: list[Any] = [
    pendulum.datetime(2026, 1, 2),
    pendulum.datetime(2026, 1, 2, 0, 0, 0, 1),
    pendulum.datetime(2026, 1, 2, tz=BERLIN),
    pendulum.datetime(2026, 1, 2, tz=1),
    pendulum.naive(2026, 1, 2),
    *TWICE,
    Moment(2026, 1, 2),
    pendulum.date(2026, 1, 2),
    pendulum.time(1, 2),
    pendulum.duration(days=1),
    pendulum.duration(hours=23),
    pendulum.interval(pendulum.datetime(2026, 1, 2), pendulum.datetime(2026, 2, 2)),
    pendulum.interval(pendulum.datetime(2026, 2, 2), pendulum.datetime(2026, 1, 2)),
    pendulum.interval(pendulum.datetime(2026, 2, 2), pendulum.datetime(2026, 1, 2), absolute=True),
    pendulum.timezone(BERLIN),
    pendulum.timezone("UTC"),
    pendulum.timezone(3600),
    datetime(2026, 1, 2, tzinfo=timezone.utc),
]


def test_times_differ_by_what_they_say() -> None:
    assert len({fingerprint(value) for value in VALUES}) == len(VALUES)
    assert sum(identical(one, other) for one in VALUES for other in VALUES) == len(VALUES)


# Copies that pendulum makes lose which of two equal hours a time is in, and that an interval ran
# backwards.
LOST = (VALUES[5], VALUES[6], VALUES[14])


@pytest.mark.parametrize(
    "value", [one for one in VALUES if not any(one is lost for lost in LOST)], ids=repr
)
def test_copies_and_pickles_of_a_time_do_not_show(value: Any) -> None:
    copies = [copy.deepcopy(value)]
    # pendulum's own pickles lose that a day is no 24 hours, and cannot be made of intervals.
    if not isinstance(value, pendulum.Duration):
        copies.append(pickle.loads(pickle.dumps(value)))

    assert {fingerprint(other) for other in copies} == {fingerprint(value)}
    assert all(identical(other, value) for other in copies)


def test_how_a_time_came_about_does_not_show() -> None:
    made = [
        pendulum.datetime(2026, 1, 2, 3),
        pendulum.parse("2026-01-02T03:00:00+00:00").in_timezone("UTC"),
        pendulum.datetime(2026, 1, 1, 3).add(days=1),
        pendulum.instance(datetime(2026, 1, 2, 3, tzinfo=timezone.utc)).in_timezone("UTC"),
        pendulum.datetime(2026, 1, 2, 4, tz=BERLIN).in_timezone("UTC"),
    ]

    assert len({fingerprint(value) for value in made}) == 1


def test_to_be_asked_does_not_show() -> None:
    for value in (pendulum.duration(hours=30), VALUES[12]):
        before = fingerprint(value)
        assert (value.hours, value.minutes, value.remaining_seconds) is not None

        assert fingerprint(value) == before


def test_a_day_is_not_24_hours() -> None:
    day, hours = pendulum.duration(days=1), pendulum.duration(hours=24)
    start = pendulum.datetime(2026, 3, 28, 12, tz=BERLIN)

    assert start + day != start + hours
    assert fingerprint(day) != fingerprint(hours)
