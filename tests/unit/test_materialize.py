"""What a generator yields is kept if that is declared, and refused with a hint if not."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from orchestra_cache import Cache
from orchestra_cache.declaration import Declaration
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.events import Event, Hit, Miss, Published


def numbers(count: int) -> Iterator[int]:
    yield from range(count)


async def later(count: int) -> AsyncIterator[int]:
    for number in range(count):
        await asyncio.sleep(0)
        yield number


@pytest.mark.parametrize("function", [numbers, later])
def test_a_generator_is_refused_with_a_hint(function: Any, cache: Cache) -> None:
    with pytest.raises(ConfigurationError) as caught:
        cache.memoize(function)

    assert "materialize=True" in caught.value.hint


def test_a_generator_that_is_materialized_is_an_iterator_still(
    cache: Cache, events: list[Event]
) -> None:
    task = cache.memoize(materialize=True)(numbers)

    results = [task(3), task(3)]

    assert all(isinstance(result, Iterator) for result in results)
    assert [list(result) for result in results] == [[0, 1, 2]] * 2
    assert [type(event) for event in events] == [Miss, Published, Hit]


@pytest.mark.parametrize("function", [lambda: (n for n in [1, 2]), lambda: [1, 2], lambda: 1])
def test_only_a_generator_can_be_materialized(function: Any, cache: Cache) -> None:
    with pytest.raises(ConfigurationError, match="is no generator") as caught:
        cache.memoize(materialize=True)(function)

    assert "yield" in caught.value.hint


class Numbers:
    def __call__(self, count: int) -> Iterator[int]:
        yield from range(count)


@pytest.mark.parametrize("function", [functools.partial(numbers, 3), Numbers()])
def test_whatever_generates_is_a_generator(function: Any, cache: Cache) -> None:
    Declaration(function, materialize=True)

    with pytest.raises(ConfigurationError, match="is a generator"):
        Declaration(function)


def wrapped(function: Any) -> Any:
    @functools.wraps(function)
    def call(count: int) -> Any:
        return function(count)

    return call


def test_a_generator_that_its_caller_exhausts_is_a_function_like_any_other() -> None:
    Declaration(numbers, exhausted=True)
    Declaration(functools.partial(numbers, 3), exhausted=True)
    Declaration(len, exhausted=True)


@pytest.mark.parametrize("function", [later, Numbers(), wrapped(numbers)])
def test_what_a_caller_does_not_see_as_a_generator_is_not_exhausted(function: Any) -> None:
    with pytest.raises(ConfigurationError, match="is a generator"):
        Declaration(function, exhausted=True)


def test_an_async_generator_can_be_materialized(cache: Cache, events: list[Event]) -> None:
    task = cache.memoize(materialize=True)(later)

    async def taken() -> list[int]:
        return [item async for item in task(3)]

    results = [asyncio.run(taken()), asyncio.run(taken())]

    assert results == [[0, 1, 2]] * 2
    assert [type(event) for event in events] == [Miss, Published, Hit]


def test_what_a_generator_raises_on_its_way_is_not_kept(cache: Cache, events: list[Event]) -> None:
    def failing() -> Iterator[int]:
        yield 1
        raise ValueError("half way")

    task = cache.memoize(materialize=True)(failing)

    for _ in range(2):
        with pytest.raises(ValueError, match="half way"):
            task()

    assert [type(event) for event in events] == [Miss, Miss]
