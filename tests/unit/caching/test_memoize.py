"""A memoized function is the function, and runs only if it has to."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestra_cache import Cache
from orchestra_cache.datasets import File
from orchestra_cache.errors import ConfigurationError, DatasetError, FingerprintError
from orchestra_cache.events import Event, Hit, Miss, Published, Uncached
from tests.unit.caching import work


def test_the_second_call_does_not_run(cache: Cache, ran: list[object]) -> None:
    double = cache.memoize(work.double)

    first, second = double(1), double(1)

    assert first == second == [1, 1]
    assert ran == [1]


def test_keyword_order_and_defaults_make_no_difference(cache: Cache, ran: list[object]) -> None:
    echo = cache.memoize(work.echo)

    echo(1)
    echo(value=1)
    echo(logger=None, value=1)

    assert ran == ["echo"]


@pytest.mark.parametrize("kind", ["none", "false", "zero", "empty", "nothing", "tuple"])
def test_every_result_is_a_result(cache: Cache, ran: list[object], kind: str) -> None:
    constant = cache.memoize(work.constant)

    first, second = constant(kind), constant(kind)

    assert first == second
    assert type(first) is type(second)
    assert ran == [kind]


def test_a_hit_can_be_changed_without_changing_the_next(cache: Cache) -> None:
    double = cache.memoize(work.double)
    double(1)

    double(1).append("changed")

    assert double(1) == [1, 1]


def test_an_exception_is_not_cached(cache: Cache, ran: list[object]) -> None:
    failing = cache.memoize(work.failing)

    for _ in range(2):
        with pytest.raises(ValueError, match="1"):
            failing(1)

    assert ran == [1, 1]


def test_an_ignored_parameter_makes_no_difference(cache: Cache, ran: list[object]) -> None:
    echo = cache.memoize(ignore={"logger"})(work.echo)

    echo(1, logger=object())
    echo(1, logger=work.locked(0))

    assert ran == [0, "echo"] or ran == ["echo", 0]


def test_the_name_of_one_ignored_parameter_may_be_given_as_text(cache: Cache) -> None:
    assert cache.memoize(ignore="logger")(work.echo)(1, logger=object()) == 1


def test_an_unknown_ignored_name_is_refused_where_it_is_written(cache: Cache) -> None:
    with pytest.raises(ConfigurationError, match=r"ignore names `log`.*\n.*value, logger"):
        cache.memoize(ignore={"log"})(work.echo)


def test_an_unknown_name_in_a_dataset_is_refused_where_it_is_written(cache: Cache) -> None:
    with pytest.raises(ConfigurationError, match="`day`, which `read` has no parameter of"):
        cache.memoize(reads=[File("{day}.csv")])(work.read)


def test_what_is_no_dataset_is_refused(cache: Cache) -> None:
    with pytest.raises(ConfigurationError, match="not a dataset"):
        cache.memoize(reads=["a.csv"])(work.read)  # type: ignore[list-item]


@pytest.mark.parametrize("ttl", [timedelta(0), timedelta(days=-1), 60])
def test_a_duration_that_is_none_is_refused(cache: Cache, ttl: Any) -> None:
    with pytest.raises(ConfigurationError, match="ttl="):
        cache.memoize(ttl=ttl)


def test_a_generator_is_refused(cache: Cache) -> None:
    with pytest.raises(ConfigurationError, match="return a list"):
        cache.memoize(work.generate)


def test_an_argument_without_identity_is_an_error_that_names_it(cache: Cache) -> None:
    with pytest.raises(FingerprintError, match=r"parameter value → \['db'\]: _thread.lock"):
        cache.memoize(work.echo)({"db": work.locked(0)})


def test_a_missing_dataset_is_an_error_that_names_it(cache: Cache, tmp_path: Path) -> None:
    read = cache.memoize(reads=[File("{path}")])(work.read)

    with pytest.raises(DatasetError, match=r"nowhere\.csv does not exist"):
        read(str(tmp_path / "nowhere.csv"))


def test_a_changed_file_is_read_again(cache: Cache, ran: list[object], tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    read = cache.memoize(reads=[File("{path}")])(work.read)
    path.write_text("one")
    read(str(path))
    path.write_text("two")

    assert read(str(path)) == "two"
    assert len(ran) == 2


def test_a_file_changed_by_the_task_is_used_and_not_kept(
    cache: Cache, events: list[Event], tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("one")
    overwrite = cache.memoize(reads=[File("{path}")])(work.overwrite)

    assert overwrite(str(path)) == "read before"
    assert [type(event) for event in events] == [Miss, Uncached]
    assert not overwrite.lookup(str(path))


def test_a_result_that_cannot_be_kept_is_returned(cache: Cache, events: list[Event]) -> None:
    result = cache.memoize(work.unpicklable)(1)

    assert isinstance(result, work.Unpicklable)
    assert [type(event) for event in events] == [Miss, Uncached]


def test_a_coroutine_function_stays_one(cache: Cache, ran: list[object]) -> None:
    waited = cache.memoize(work.waited)

    async def both() -> list[list[int]]:
        return [await waited(1), await waited(1)]

    assert asyncio.run(both()) == [[1], [1]]
    assert ran == [1]


def test_a_method_counts_with_its_object(cache: Cache, ran: list[object]) -> None:
    class Cached(work.Shop):
        price = cache.memoize(work.Shop.price)

    prices = [Cached(2).price(10), Cached(3).price(10), Cached(2).price(10)]

    assert prices == [20, 30, 20]
    assert ran == [10, 10]


def test_a_memoized_function_keeps_its_name_and_signature(cache: Cache) -> None:
    double = cache.memoize(work.double)

    assert double.__name__ == "double"
    assert double.__wrapped__ is work.double


def test_looking_up_runs_nothing(cache: Cache, ran: list[object]) -> None:
    double = cache.memoize(work.double)

    before = double.lookup(1)
    double(1)
    after = double.lookup(1)

    assert isinstance(before, Miss)
    assert isinstance(after, Hit)
    assert after.value == [1, 1]
    assert ran == [1]


def test_a_call_is_told_to_observers(cache: Cache, events: list[Event]) -> None:
    double = cache.memoize(work.double)

    double(1)
    double(1)

    assert [type(event) for event in events] == [Miss, Published, Hit]
    assert {event.task for event in events} == {"double"}
    assert len({event.key for event in events}) == 1


def test_a_class_of_the_users_own_counts_with_its_code(
    cache: Cache, ran: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    total_of = cache.memoize(work.total_of)
    total_of([work.Order([1, 2])])
    monkeypatch.setattr(work.Order, "total", lambda self: -1)

    assert total_of([work.Order([1, 2])]) == -1
    assert ran == ["total_of", "total_of"]
