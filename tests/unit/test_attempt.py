"""One call in steps, for engines that look up, compute and publish at moments of their own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from orchestra_cache import Cache, Policy
from orchestra_cache.attempt import Attempt
from orchestra_cache.declaration import Declaration
from orchestra_cache.errors import StoreError
from orchestra_cache.events import Event, Failed, Hit, Miss, Published, Waiting, subscribe
from orchestra_cache.fingerprints.digest import digest_bytes
from orchestra_cache.fingerprints.recipe import Component, Recipe
from orchestra_cache.stores.layout import lease_name

PATIENCE_SECONDS = 60


def task(number: int) -> list[int]:
    return [number]


DECLARATION = Declaration(task)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache", policy=Policy(single_flight=True))


def attempt_at(cache: Cache, number: int = 1) -> Attempt:
    return cache.attempt(DECLARATION, {"number": number})


def leased(cache: Cache, attempt: Attempt) -> bool:
    assert attempt.recipe is not None
    name = lease_name(cache.namespace, attempt.recipe.key)
    return attempt.flights.claims.leases.lease(name).other() is not None


def test_what_is_looked_up_is_told_when_it_is_said(cache: Cache, events: list[Event]) -> None:
    attempt = attempt_at(cache)

    attempt.look()
    before = list(events)
    attempt.tell()

    assert before == []
    assert [type(event) for event in events] == [Miss]


def test_who_enters_keeps_others_waiting_until_it_leaves(cache: Cache) -> None:
    first, second = attempt_at(cache), attempt_at(cache)
    first.enter()
    held = leased(cache, first)

    with ThreadPoolExecutor(1) as pool, waiting() as reached:
        entering = pool.submit(second.enter)
        reached()
        first.finish([1])
        first.leave()
        entering.result(PATIENCE_SECONDS)

    assert held
    assert not leased(cache, first)
    assert isinstance(second.found, Hit)


def test_a_coroutine_does_too(cache: Cache) -> None:
    first, second = attempt_at(cache), attempt_at(cache)

    async def both() -> None:
        # In a task of its own: what comes after it here is none of its computation.
        await asyncio.create_task(first.aenter())
        with waiting() as reached:
            entering = asyncio.create_task(second.aenter())
            await asyncio.to_thread(reached)
            first.finish([1])
            first.leave()
            await entering

    asyncio.run(both())

    assert isinstance(second.found, Hit)
    assert not leased(cache, second)


@pytest.mark.parametrize("enter", [Attempt.enter, lambda one: asyncio.run(one.aenter())])
def test_who_finds_a_result_keeps_nobody_waiting(
    cache: Cache, enter: Callable[[Attempt], object], events: list[Event]
) -> None:
    cache.run(DECLARATION, {"number": 1}, lambda: [1])
    events.clear()
    attempt = attempt_at(cache)

    enter(attempt)

    assert [type(event) for event in events] == [Hit]
    assert not leased(cache, attempt)


@pytest.mark.parametrize("enter", [Attempt.enter, lambda one: asyncio.run(one.aenter())])
def test_a_wait_that_is_broken_off_leaves_nothing_behind(
    cache: Cache, enter: Callable[[Attempt], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> bool:
        raise KeyboardInterrupt

    attempt, later = attempt_at(cache), attempt_at(cache)
    monkeypatch.setattr(Attempt, "_look_again", broken)
    with pytest.raises(KeyboardInterrupt):
        enter(attempt)
    monkeypatch.undo()

    later.enter()

    assert isinstance(later.found, Miss)
    later.leave()
    assert not leased(cache, later)


def test_leaving_twice_or_without_having_entered_is_nothing(cache: Cache) -> None:
    attempt = attempt_at(cache)

    attempt.leave()
    attempt.enter()
    attempt.leave()
    attempt.leave()

    assert not leased(cache, attempt)


def test_what_an_attempt_calls_while_it_computes_does_not_wait_for_it(cache: Cache) -> None:
    attempt, inner = attempt_at(cache), attempt_at(cache)
    attempt.enter()

    inner.enter()

    assert isinstance(inner.found, Miss)
    inner.leave()
    attempt.leave()


def test_a_hit_whose_value_is_gone_is_computed_and_replaced(
    cache: Cache, events: list[Event]
) -> None:
    cache.run(DECLARATION, {"number": 1}, lambda: ["lost"])
    attempt = attempt_at(cache)
    attempt.look()

    attempt.lost(StoreError("gone", "make it again"))
    attempt.finish(["found"])

    assert isinstance(attempt.found, Miss)
    assert [type(event) for event in events[-2:]] == [Failed, Published]
    assert cache.begin(DECLARATION, {"number": 1}).found.value == ["found"]


def test_an_attempt_goes_on_from_what_another_found(cache: Cache, events: list[Event]) -> None:
    first, second = attempt_at(cache), attempt_at(cache)
    first.look_up()
    events.clear()

    second.resume(first)
    second.finish([2])

    assert second.found is first.found
    assert [type(event) for event in events] == [Published]


def test_what_a_call_also_depends_on_is_part_of_its_recipe(cache: Cache) -> None:
    part = Component("policy:RunId", digest_bytes(b"run"))

    def also(recipe: Recipe, secret: bytes | None) -> Recipe:
        return recipe.extended([part])

    with_it = cache.attempt(DECLARATION, {"number": 1}, also=also)
    without = attempt_at(cache)

    assert with_it.recipe is not None and without.recipe is not None
    assert with_it.recipe.key != without.recipe.key
    assert with_it.recipe.components[-1] == part


@contextmanager
def waiting() -> Iterator[Callable[[], None]]:
    """Gives a function that returns when a call waits for another."""
    reached = threading.Event()
    leave = subscribe(lambda event: isinstance(event, Waiting) and reached.set())

    def wait() -> None:
        assert reached.wait(PATIENCE_SECONDS)

    yield wait
    leave()
