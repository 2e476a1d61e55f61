"""Lengths of time read as a person would say them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from orchestra_cache.durations import ago, in_words

NOW = datetime(2026, 1, 2, 12, 30, 15, tzinfo=timezone.utc)

DURATIONS = [
    (-5, "under 1 ms"),
    (0, "under 1 ms"),
    (0.0009, "under 1 ms"),
    (0.001, "1 ms"),
    (0.0123, "12 ms"),
    (0.9994, "999 ms"),
    (0.9996, "1.0 s"),
    (1.54, "1.5 s"),
    (9.94, "9.9 s"),
    (9.96, "10 s"),
    (41.3, "41 s"),
    (59.6, "1 min"),
    (250, "4 min 10 s"),
    (3599.6, "1 h"),
    (7500, "2 h 5 min"),
    (86400, "1 d"),
    (3 * 86400 + 4 * 3600 + 59, "3 d 4 h"),
]

AGES = [
    (-7200, "just now"),
    (0, "just now"),
    (0.9, "just now"),
    (1.2, "1 s ago"),
    (89, "89 s ago"),
    (90, "2 min ago"),
    (89 * 60, "89 min ago"),
    (90 * 60, "2 h ago"),
    (35 * 3600, "35 h ago"),
    (36 * 3600, "2 days ago"),
    (400 * 86400, "400 days ago"),
]


@pytest.mark.parametrize(("seconds", "words"), DURATIONS)
def test_a_duration_is_two_units_at_most(seconds: float, words: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(("seconds", "words"), AGES)
def test_an_age_is_one_unit_and_never_in_the_future(seconds: float, words: str) -> None:
    assert ago(NOW - timedelta(seconds=seconds), now=NOW) == words
