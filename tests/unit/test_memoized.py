"""A memoized function is called as the one it wraps."""

from __future__ import annotations

import asyncio
import functools
import inspect
import pickle
from typing import Any

import pytest

from orchestra_cache import Cache
from orchestra_cache.errors import ConfigurationError, FingerprintError
from orchestra_cache.events import Event, Hit, Miss, Published


class Counter:
    """Counts the calls of a function that asks it to."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, value: Any) -> Any:
        self.calls += 1
        return value

    def __fingerprint__(self) -> object:
        return "counter"


@pytest.fixture
def count() -> Counter:
    return Counter()


def test_equal_calls_are_computed_once(cache: Cache, count: Counter) -> None:
    @cache.memoize
    def double(n: int, *, times: int = 2) -> int:
        return count(n * times)

    results = [double(3), double(n=3), double(3, times=2), double(4), double(3, times=3)]

    assert results == [6, 6, 6, 8, 9]
    assert count.calls == 3


def test_a_decorator_takes_terms(cache: Cache, count: Counter) -> None:
    @cache.memoize(ignore={"logger"})
    def double(n: int, *, logger: Any) -> int:
        return count(2 * n)

    results = [double(3, logger=iter([])), double(3, logger=print)]

    assert results == [6, 6]
    assert count.calls == 1


def test_an_unknown_name_is_refused_at_decoration(cache: Cache) -> None:
    with pytest.raises(ConfigurationError) as caught:

        @cache.memoize(ignore={"loger"})
        def double(n: int, *, logger: Any) -> int:
            return 2 * n

    assert "`loger`" in caught.value.message
    assert caught.value.hint == "its parameters are: n, logger"


def test_a_generator_is_refused_at_decoration(cache: Cache) -> None:
    with pytest.raises(ConfigurationError, match="generator"):

        @cache.memoize
        def rows() -> Any:
            yield 1


def test_it_looks_like_the_function(cache: Cache) -> None:
    def double(n: int, *, times: int = 2) -> int:
        """Say it twice."""
        return n * times

    memoized = cache.memoize(double)

    assert memoized.__name__ == "double"
    assert memoized.__doc__ == "Say it twice."
    assert memoized.__wrapped__ is double
    assert inspect.signature(memoized) == inspect.signature(double)


def test_a_call_that_does_not_fit_is_a_type_error(cache: Cache, events: list[Event]) -> None:
    memoized = cache.memoize(lambda n: n)

    with pytest.raises(TypeError, match="missing 1 required positional argument: 'n'"):
        memoized()

    assert events == []


def test_an_argument_without_identity_is_an_error(cache: Cache, count: Counter) -> None:
    memoized = cache.memoize(lambda rows: count(rows))

    with pytest.raises(FingerprintError, match=r"parameter rows: list_iterator"):
        memoized(iter([1]))

    assert count.calls == 0


def test_a_function_that_calls_itself_through_the_cache(cache: Cache, count: Counter) -> None:
    @cache.memoize
    def factorial(n: int) -> int:
        return count(1 if n == 0 else n * factorial(n - 1))

    results = [factorial(5), factorial(5), factorial(6)]

    assert results == [120, 120, 720]
    assert count.calls == 7


def test_lookup_runs_nothing(cache: Cache, count: Counter) -> None:
    double = cache.memoize(lambda n: count(2 * n))

    before = double.lookup(3)
    double(3)
    after = double.lookup(3)

    assert not before
    assert isinstance(after, Hit)
    assert after.value == 6
    assert count.calls == 1


def test_explain_runs_nothing_and_names_what_changed(cache: Cache, count: Counter) -> None:
    @cache.memoize
    def double(n: int) -> int:
        return count(2 * n)

    nothing = double.explain(3)
    double(3)
    hit, miss = double.explain(3), double.explain(4)

    assert str(nothing) == "miss: no entry; the task has no other entries"
    assert hit.hit
    assert str(miss) == "miss: the only entry differs in\n  parameter:n  3 → 4"
    assert count.calls == 1


def test_a_miss_on_a_local_store_says_what_changed(cache: Cache, events: list[Event]) -> None:
    double = cache.memoize(lambda n: 2 * n)

    double(3)
    double(4)

    assert isinstance(events[2], Miss)
    assert [str(change) for change in events[2].changes] == ["parameter:n 3 → 4"]


class Shop:
    cache: Cache
    count: Counter

    def __init__(self, rate: int) -> None:
        self.rate = rate


def shop(cache: Cache, count: Counter) -> type:
    class Local(Shop):
        @cache.memoize
        def total(self, n: int) -> int:
            return count(self.rate * n)

        @staticmethod
        @cache.memoize
        def still(n: int) -> int:
            return count(n)

        @classmethod
        @cache.memoize
        def made(cls, n: int) -> int:
            return count(n)

    return Local


def test_a_method_counts_with_its_object(cache: Cache, count: Counter) -> None:
    kind = shop(cache, count)

    results = [kind(2).total(3), kind(2).total(3), kind(5).total(3), kind.total(kind(2), n=3)]

    assert results == [6, 6, 15, 6]
    assert count.calls == 2


def test_static_and_class_methods_are_memoized(cache: Cache, count: Counter) -> None:
    kind = shop(cache, count)

    results = [kind.still(1), kind(2).still(1), kind.made(1), kind(2).made(1)]

    assert results == [1, 1, 1, 1]
    assert count.calls == 2


def test_two_functions_of_one_name_do_not_meet(cache: Cache) -> None:
    def made(by: int) -> Any:
        def task(n: int) -> int:
            return n * by

        return cache.memoize(task)

    one, two = made(1), made(2)

    assert [one(5), two(5), one(5), two(5)] == [5, 10, 5, 10]
    assert one.recipe(5).task == two.recipe(5).task
    assert one.recipe(5).key != two.recipe(5).key


def test_two_lambdas_on_a_line_do_not_meet(cache: Cache) -> None:
    one, two = cache.memoize(lambda n: n + 1), cache.memoize(lambda n: n + 2)

    assert [one(5), two(5), one(5), two(5)] == [6, 7, 6, 7]


def test_equal_functions_of_one_name_share_their_results(cache: Cache, count: Counter) -> None:
    def made() -> Any:
        def task(n: int) -> int:
            return count(n)

        return cache.memoize(task)

    results = [made()(5), made()(5)]

    assert results == [5, 5]
    assert count.calls == 1


def test_a_partial_and_a_callable_object_are_memoized(cache: Cache) -> None:
    add = cache.memoize(functools.partial(lambda a, b: a + b, 1))

    assert [add(2), add(2), add(3)] == [3, 3, 4]


def test_a_coroutine_function_stays_one(cache: Cache, count: Counter, events: list[Event]) -> None:
    @cache.memoize
    async def double(n: int) -> int:
        await asyncio.sleep(0)
        return count(2 * n)

    async def run() -> list[int]:
        return [await double(3), await double(3), *await asyncio.gather(double(3), double(4))]

    assert asyncio.run(run()) == [6, 6, 6, 8]
    assert count.calls == 2
    assert [type(event) for event in events[:3]] == [Miss, Published, Hit]


def test_an_exception_of_a_coroutine_is_not_kept(cache: Cache, count: Counter) -> None:
    @cache.memoize
    async def fail() -> int:
        raise ValueError(count("mine"))

    for _ in range(2):
        with pytest.raises(ValueError, match="mine"):
            asyncio.run(fail())

    assert count.calls == 2


@pytest.mark.skipif(
    not hasattr(inspect, "markcoroutinefunction"), reason="this Python takes only functions for one"
)
def test_a_memoized_coroutine_function_says_that_it_is_one(cache: Cache) -> None:
    async def double(n: int) -> int:
        return 2 * n

    assert inspect.iscoroutinefunction(cache.memoize(double))
    assert not inspect.iscoroutinefunction(cache.memoize(lambda n: n))


def test_a_cache_goes_to_other_processes_without_its_connections(cache: Cache) -> None:
    cache.memoize(lambda: 1)()

    copied = pickle.loads(pickle.dumps(cache))

    assert repr(copied) == repr(cache)
    assert copied.store is not cache.store


_shelf = Cache("unused")


@_shelf.memoize
def doubled(n: int) -> int:
    return 2 * n


def test_a_memoized_function_goes_to_other_processes_by_its_name() -> None:
    assert pickle.loads(pickle.dumps(doubled)) is doubled
