"""How long and in which mode an entry is used."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestra_cache import Cache, Policy
from orchestra_cache.declaration import Declaration
from orchestra_cache.events import Event, Hit, Miss, Published
from tests.conftest import Clock


class Numbers:
    """Another number each time, and one thing to a fingerprint."""

    def __init__(self) -> None:
        self.last = 0

    def __call__(self) -> int:
        self.last += 1
        return self.last

    def __fingerprint__(self) -> object:
        return "numbers"


@pytest.fixture
def number() -> Numbers:
    return Numbers()


def reason(found: Any) -> str:
    assert isinstance(found, Miss)
    return found.reason


def test_an_entry_lasts_for_ever_unless_told(cache: Cache, clock: Clock, number: Numbers) -> None:
    task = cache.memoize(lambda: number())
    task()

    clock.advance(days=10_000)

    assert task() == 1


def test_an_entry_expires_when_its_writer_said(cache: Cache, clock: Clock, number: Numbers) -> None:
    task = cache.memoize(ttl=timedelta(days=7))(lambda: number())
    results = [task()]

    for seconds in (7 * 86_400 - 1, 1):
        clock.advance(seconds=seconds)
        results.append(task())

    assert results == [1, 1, 2]


def test_an_entry_expires_when_its_reader_says(
    tmp_path: Path, clock: Clock, number: Numbers
) -> None:
    writer, reader = Cache(tmp_path, clock=clock), Cache(tmp_path, clock=clock)

    def task() -> int:
        return number()

    patient, hasty = writer.memoize(task), reader.memoize(ttl=timedelta(hours=1))(task)
    patient()

    clock.advance(minutes=59)
    before = hasty.lookup()
    clock.advance(minutes=1)
    after = hasty.lookup()

    assert isinstance(before, Hit)
    assert reason(after) == "the entry of 2026-03-01 12:00 UTC has expired"
    assert isinstance(patient.lookup(), Hit)


def test_the_earlier_of_both_ends_counts(tmp_path: Path, clock: Clock, number: Numbers) -> None:
    cache = Cache(tmp_path, clock=clock)

    def task() -> int:
        return number()

    short, long = (cache.memoize(ttl=timedelta(hours=hours))(task) for hours in (1, 10))
    short()
    clock.advance(hours=2)

    assert not long.lookup()


def test_an_expired_entry_is_replaced(cache: Cache, clock: Clock, number: Numbers) -> None:
    task = cache.memoize(ttl=timedelta(hours=1))(lambda: number())

    results = []
    for _ in range(3):
        results += [task(), task()]
        clock.advance(hours=1)

    assert results == [1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize("ttl", [timedelta.max, timedelta(days=3_000_000)])
def test_a_duration_beyond_all_years_is_for_ever(
    ttl: timedelta, cache: Cache, clock: Clock, number: Numbers, events: list[Event]
) -> None:
    task = cache.memoize(ttl=ttl)(lambda: number())
    task()

    clock.advance(days=10_000)

    assert task() == 1
    assert [type(event) for event in events] == [Miss, Published, Hit]


def test_the_policy_of_the_cache_is_that_of_its_tasks(
    tmp_path: Path, clock: Clock, number: Numbers
) -> None:
    cache = Cache(tmp_path, clock=clock, policy=Policy(ttl=timedelta(hours=1)))
    task = cache.memoize(lambda: number())
    task()

    clock.advance(hours=1)

    assert task() == 2


def test_an_entry_from_the_future_is_not_believed(
    tmp_path: Path, clock: Clock, number: Numbers
) -> None:
    ahead = Clock()
    ahead.now = clock.now + timedelta(minutes=5, seconds=1)

    def task() -> int:
        return number()

    fast, right = (Cache(tmp_path, clock=one).memoize(task) for one in (ahead, clock))
    fast()
    early = right.lookup()
    ahead.now = clock.now
    results = [right(), right()]

    assert reason(early) == "the entry is from the future"
    assert results == [2, 2]


def test_clocks_may_differ_by_minutes(tmp_path: Path, clock: Clock, number: Numbers) -> None:
    ahead = Clock()
    ahead.now = clock.now + timedelta(minutes=5)

    def task() -> int:
        return number()

    fast, right = (Cache(tmp_path, clock=one).memoize(task) for one in (ahead, clock))

    assert [fast(), right()] == [1, 1]


def modes(cache: Cache, number: Numbers, *names: Any) -> list[Any]:
    """One task in several modes."""

    def task() -> int:
        return number()

    return [cache.memoize(mode=name)(task) for name in names]


def test_refresh_computes_and_replaces(cache: Cache, number: Numbers, events: list[Event]) -> None:
    use, refresh = modes(cache, number, "use", "refresh")

    results = [use(), refresh(), use(), refresh(), use()]

    assert results == [1, 2, 2, 3, 3]
    assert [str(event) for event in events if isinstance(event, Miss)] == [
        "miss: no entry",
        "miss: a refresh was asked for",
        "miss: a refresh was asked for",
    ]


def test_refresh_publishes_where_there_is_nothing(cache: Cache, number: Numbers) -> None:
    use, refresh = modes(cache, number, "use", "refresh")

    assert [refresh(), use()] == [1, 1]


def test_a_refresh_that_is_overtaken_leaves_the_other_entry(cache: Cache, number: Numbers) -> None:
    use, refresh = modes(cache, number, "use", "refresh")
    use()

    slow = cache.begin(Declaration(use.__wrapped__), {}, policy=Policy(mode="refresh"))
    refresh()
    kept = slow.finish(100)

    assert kept == 100
    assert use() == 2


def test_readonly_uses_and_never_publishes(
    cache: Cache, number: Numbers, events: list[Event]
) -> None:
    use, readonly = modes(cache, number, "use", "readonly")

    results = [readonly(), readonly(), use(), readonly()]

    assert results == [1, 2, 3, 3]
    assert [type(event) for event in events] == [Miss, Miss, Miss, Published, Hit]


def test_off_is_as_if_there_were_no_cache(
    cache: Cache, number: Numbers, events: list[Event]
) -> None:
    use, off = modes(cache, number, "use", "off")
    use()
    del events[:]

    results = [off(), off()]

    assert results == [2, 3]
    assert events == []


def test_off_asks_nothing_of_the_arguments(cache: Cache) -> None:
    task = cache.memoize(mode="off")(lambda rows: sum(rows))

    assert task(iter([1, 2])) == 3


def test_two_caches_of_one_place_share_and_two_namespaces_do_not(
    tmp_path: Path, number: Numbers
) -> None:
    def task() -> int:
        return number()

    caches = [Cache(tmp_path), Cache(tmp_path), Cache(tmp_path, namespace="dev")]

    assert [cache.memoize(task)() for cache in caches] == [1, 1, 2]


def test_what_a_computation_takes_counts_also_when_the_refresh_is_asked_for_after_it(
    cache: Cache,
) -> None:
    declaration = Declaration(abs)
    attempt = cache.attempt(declaration, declaration.bind(-1))
    attempt._started -= 100

    attempt.refresh()
    attempt.finish(1)
    found = cache.lookup(attempt.recipe)

    assert found and found.saved > timedelta(seconds=99)
