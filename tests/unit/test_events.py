"""What happens is told to whoever asked, and none of them can disturb a task."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta, timezone

import pytest

from orchestra_cache import Cache
from orchestra_cache.errors import StoreError
from orchestra_cache.events import (
    Event,
    Failed,
    Hit,
    Miss,
    Published,
    Uncached,
    Waited,
    Waiting,
    emit,
    subscribe,
)
from orchestra_cache.explain import Change
from orchestra_cache.observers import logs

NOON = datetime(2026, 1, 2, 12, 30, 15, tzinfo=timezone.utc)
KEY = f"totals/{'ab' * 32}"

EVENTS = [
    (Hit("totals", KEY, NOON, "flow run 1", timedelta(seconds=90), 1), "INFO"),
    (Miss("totals", KEY, "no entry"), "INFO"),
    (Waiting("totals", KEY, "process 1 on host"), "INFO"),
    (Waited("totals", KEY, "process 1 on host", 2.0), "INFO"),
    (Published("totals", KEY, 10, "json", 0.5), "DEBUG"),
    (Uncached("totals", "", "it is a generator", "return a list"), "WARNING"),
    (Failed("totals", KEY, "look up", StoreError("the disk is full", "make room")), "WARNING"),
]


def test_a_subscriber_sees_events_until_it_leaves() -> None:
    seen: list[Event] = []
    leave = subscribe(seen.append)

    emit(EVENTS[0][0])
    leave()
    emit(EVENTS[1][0])
    leave()

    assert seen == [EVENTS[0][0]]


def test_an_observer_that_fails_disturbs_neither_the_task_nor_the_others(
    cache: Cache, events: list[Event]
) -> None:
    def broken(event: Event) -> None:
        raise ZeroDivisionError

    @cache.memoize
    def double(n: int) -> int:
        return 2 * n

    leave = subscribe(broken)
    late: list[Event] = []
    leave_late = subscribe(late.append)
    try:
        results = [double(2), double(2)]
    finally:
        leave()
        leave_late()

    assert results == [4, 4]
    assert [type(event) for event in events] == [Miss, Published, Hit]
    assert late == events


def test_a_run_tells_its_story_in_order(cache: Cache, events: list[Event]) -> None:
    @cache.memoize
    def double(n: int) -> int:
        return 2 * n

    double(2)
    double(2)

    assert [type(event) for event in events] == [Miss, Published, Hit]
    assert {event.task for event in events} == {double.__qualname__}
    assert {event.key for event in events} == {str(double.recipe(2).key)}


def test_a_hit_is_true_and_a_miss_is_not() -> None:
    assert EVENTS[0][0]
    assert not EVENTS[1][0]


def test_a_hit_says_how_old_it_is_whose_it_is_and_what_it_saved() -> None:
    made = datetime.now(timezone.utc) - timedelta(hours=2)
    hit = Hit("totals", KEY, made, "flow run 1", timedelta(seconds=90), 1)

    assert str(hit) == "hit abababab: made 2 h ago by flow run 1, saved 1 min 30 s"


def test_a_miss_says_what_changed() -> None:
    changes = tuple(Change(f"parameter:{name}", "1", "2") for name in "abcde")

    few, many = Miss("t", KEY, "no entry", changes[:1]), Miss("t", KEY, "no entry", changes)

    assert str(few) == "miss: parameter:a 1 → 2"
    assert str(many).endswith("; parameter:c 1 → 2; and 2 more")
    assert str(Miss("t", KEY, "no entry")) == "miss: no entry"


@pytest.mark.parametrize(("event", "level"), EVENTS, ids=lambda value: type(value).__name__)
def test_an_event_is_one_line_of_the_log(
    event: Event, level: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "orchestra_cache"):
        emit(event)

    (record,) = caplog.records
    assert record.levelname == level
    assert "totals" in record.getMessage()


def test_events_are_logged_where_a_run_says(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), logs.writing_to(lambda: logging.getLogger("run")):
        emit(EVENTS[0][0])
    with caplog.at_level(logging.INFO):
        emit(EVENTS[1][0])

    assert [record.name for record in caplog.records] == ["run", "orchestra_cache"]
