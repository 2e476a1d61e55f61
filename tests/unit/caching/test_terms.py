"""How long and when an entry may be used."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestra_cache import Cache, Policy
from orchestra_cache.errors import ConfigurationError, StoreError
from orchestra_cache.events import Event, Failed, Miss
from tests.conftest import Clock
from tests.unit.caching import work


def test_an_entry_expires_by_its_own_ttl(cache: Cache, clock: Clock, ran: list[object]) -> None:
    cache.memoize(ttl=timedelta(hours=1))(work.double)(1)
    clock.advance(hours=1)

    cache.memoize(work.double)(1)

    assert ran == [1, 1]


def test_an_entry_expires_by_its_readers_ttl(cache: Cache, clock: Clock, ran: list[object]) -> None:
    cache.memoize(work.double)(1)
    clock.advance(minutes=30)

    cache.memoize(ttl=timedelta(hours=1))(work.double)(1)
    cache.memoize(ttl=timedelta(minutes=29))(work.double)(1)

    assert ran == [1, 1]


def test_an_expired_entry_is_replaced(cache: Cache, clock: Clock, ran: list[object]) -> None:
    double = cache.memoize(ttl=timedelta(hours=1))(work.double)
    double(1)
    clock.advance(hours=2)
    double(1)
    clock.advance(minutes=59)

    double(1)

    assert ran == [1, 1]


def test_an_entry_from_the_future_is_not_used(
    cache: Cache, clock: Clock, ran: list[object]
) -> None:
    cache.memoize(work.double)(1)
    clock.advance(minutes=-6)

    cache.memoize(work.double)(1)

    assert ran == [1, 1]


def test_clocks_may_differ_a_little(cache: Cache, clock: Clock, ran: list[object]) -> None:
    cache.memoize(work.double)(1)
    clock.advance(minutes=-4)

    cache.memoize(work.double)(1)

    assert ran == [1]


def test_a_refresh_computes_and_replaces(cache: Cache, clock: Clock, ran: list[object]) -> None:
    cache.memoize(work.double)(1)
    clock.advance(minutes=10)

    cache.memoize(mode="refresh")(work.double)(1)
    found = cache.memoize(work.double).lookup(1)

    assert ran == [1, 1]
    assert found and found.created == clock.now


def test_readonly_uses_and_never_publishes(cache: Cache, ran: list[object]) -> None:
    readonly = cache.memoize(mode="readonly")(work.double)

    readonly(1)
    readonly(1)
    cache.memoize(work.double)(1)
    readonly(1)

    assert ran == [1, 1, 1]


def test_off_is_as_if_there_were_no_cache(
    cache: Cache, ran: list[object], events: list[Event]
) -> None:
    off = cache.memoize(mode="off")(work.echo)

    off(work.locked(0))
    off(1)
    off(1)

    assert ran == [0, "echo", "echo", "echo"]
    assert events == []


def test_a_caches_own_policy_is_every_tasks(tmp_path: Path, ran: list[object]) -> None:
    cache = Cache(tmp_path, policy=Policy(mode="off"))

    cache.memoize(work.double)(1)
    cache.memoize(work.double)(1)
    cache.memoize(mode="use")(work.double)(1)
    cache.memoize(mode="use")(work.double)(1)

    assert ran == [1, 1, 1]


@pytest.mark.parametrize("terms", [{"mode": "sometimes"}, {"on_error": "ignore"}])
def test_unknown_words_are_refused_with_the_known_ones(terms: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=r"is not known\nhint: use one of"):
        Policy(**terms)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A place where no cache can be: a file in the way."""
    (tmp_path / "file").write_text("")
    return tmp_path / "file" / "cache"


def test_a_store_that_fails_is_reported_and_the_task_runs(
    broken: Path, ran: list[object], events: list[Event]
) -> None:
    result = Cache(broken).memoize(work.double)(1)

    assert result == [1, 1]
    assert ran == [1]
    assert [type(event) for event in events] == [Miss, Failed]
    assert str(broken) in str(events[-1].error)  # type: ignore[attr-defined]


def test_a_store_that_fails_is_an_error_for_those_who_want_it(broken: Path) -> None:
    cache = Cache(broken, policy=Policy(on_error="raise"))

    with pytest.raises(StoreError, match="cannot write to the cache"):
        cache.memoize(work.double)(1)


def test_a_wrong_word_for_packages_is_refused(cache: Cache) -> None:
    with pytest.raises(ConfigurationError, match="packages='numpy' is not known"):
        cache.memoize(packages="numpy")(work.double)


def test_a_version_by_hand_starts_anew(cache: Cache, ran: list[object]) -> None:
    for version in ("1", "1", "2"):
        cache.memoize(version=version)(work.double)(1)

    assert ran == [1, 1]


def test_what_is_declared_to_be_used_counts(
    cache: Cache, ran: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    double = cache.memoize(depends_on=[work.constant, f"{work.__name__}:Order"])(work.double)
    double(1)
    monkeypatch.setattr(work.Order, "total", lambda self: 0)
    double(1)

    assert ran == [1, 1]
    assert any("Order" in one.name for one in double.recipe(1).components)


def test_what_is_declared_and_not_there_is_an_error(cache: Cache) -> None:
    with pytest.raises(ConfigurationError, match="cannot be imported"):
        cache.memoize(depends_on=["nowhere:nothing"])(work.double)(1)


def test_a_declared_file_counts_by_its_content(
    cache: Cache, ran: list[object], tmp_path: Path
) -> None:
    query = tmp_path / "query.sql"
    double = cache.memoize(files=[str(query)])(work.double)
    for text in ("select 1", "select 1", "select 2"):
        query.write_text(text)
        double(1)

    assert ran == [1, 1]


def test_packages_that_are_not_in_the_key_are_recorded(cache: Cache) -> None:
    pytest.importorskip("numpy")
    import numpy

    names = {
        packages: {
            one.name
            for one in cache.memoize(packages=packages)(work.echo).recipe(numpy.zeros(1)).components
        }
        for packages in ("reached", "none")
    }

    assert "package:numpy" in names["reached"]
    assert "seen:numpy" in names["none"]
    assert "package:numpy" not in names["none"]
