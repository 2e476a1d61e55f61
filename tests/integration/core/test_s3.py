"""The whole life of a result on a real S3 server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from orchestra_cache import Cache, Ref
from orchestra_cache.datasets import File
from orchestra_cache.declaration import Declaration
from orchestra_cache.events import Event, Failed, Hit, Miss, Published, Uncached
from orchestra_cache.stores.layout import entry_name
from orchestra_cache.testing.stores import at_once
from tests.conftest import Clock

S3 = tuple[str, dict[str, Any]]

# A machine that is busy with other tests is no store that is down.
PATIENT = timedelta(minutes=1)


class Numbers:
    def __init__(self, size: int) -> None:
        self.size, self.last = size, 0

    def __call__(self) -> Any:
        self.last += 1
        return np.full(self.size, self.last)

    def __fingerprint__(self) -> object:
        return self.size


@pytest.fixture(params=[5, 100_000], ids=["small", "large"])
def make(request: pytest.FixtureRequest) -> Numbers:
    return Numbers(request.param)


@pytest.fixture
def lake(s3: S3, clock: Clock) -> Cache:
    url, options = s3
    return Cache(url, storage_options=options, clock=clock, budget=PATIENT)


def kinds(events: list[Event]) -> list[type]:
    return [type(event) for event in events]


def test_a_miss_is_published_and_then_a_hit(
    lake: Cache, make: Numbers, events: list[Event]
) -> None:
    task = lake.memoize(lambda: make())

    results = [task()[0], task()[0]]

    assert results == [1, 1]
    assert kinds(events) == [Miss, Published, Hit]


def test_another_client_hits_what_the_first_one_published(
    lake: Cache, s3: S3, clock: Clock, make: Numbers
) -> None:
    url, options = s3

    def task() -> Any:
        return make()

    lake.memoize(task)()
    other = Cache(url, storage_options=options, clock=clock, budget=PATIENT).memoize(task)

    assert other()[0] == 1
    assert isinstance(other.lookup(), Hit)


def test_a_refresh_replaces(lake: Cache, make: Numbers) -> None:
    def task() -> Any:
        return make()

    use, refresh = (lake.memoize(mode=mode)(task) for mode in ("use", "refresh"))

    assert [use()[0], refresh()[0], use()[0], refresh()[0], use()[0]] == [1, 2, 2, 3, 3]


def test_an_expired_entry_is_replaced(lake: Cache, clock: Clock, make: Numbers) -> None:
    task = lake.memoize(ttl=timedelta(hours=1))(lambda: make())

    results = [task()[0]]
    clock.advance(hours=1)
    results += [task()[0], task()[0]]

    assert results == [1, 2, 2]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut short": lambda data: data[:-1],
    "garbage": lambda data: b"\xff" * 50,
    "empty": lambda data: b"",
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_entry_is_a_miss_that_heals(
    name: str, lake: Cache, make: Numbers, events: list[Event]
) -> None:
    task = lake.memoize(lambda: make())
    task()
    place = entry_name("main", task.recipe().key)
    stored = lake.store.get(place)
    assert stored is not None
    lake.store.exchange(place, DAMAGE[name](bytes(stored.data)), version=stored.version)
    del events[:]

    results = [task()[0], task()[0]]

    assert results == [2, 2]
    assert kinds(events) == [Failed, Miss, Published, Hit]


def test_of_many_who_publish_at_once_one_does(lake: Cache, events: list[Event]) -> None:
    task = lake.memoize(lambda n: np.full(50_000, n))

    results = at_once(lambda _: task(3)[0])

    assert results == [3] * len(results)
    assert kinds(events).count(Published) == 1
    assert Failed not in kinds(events)


def test_an_object_that_only_pickle_can_keep_is_not_published(
    lake: Cache, events: list[Event]
) -> None:
    task = lake.memoize(lambda: {1, 2})

    assert task() == {1, 2}
    assert kinds(events) == [Miss, Uncached]


def test_a_ref_is_loaded_from_its_store(lake: Cache) -> None:
    declaration = Declaration(lambda: np.arange(100_000))

    ref = lake.run(declaration, {}, lambda: np.arange(100_000), refs=True)

    assert isinstance(ref, Ref)
    assert (ref.load(lake.store) == np.arange(100_000)).all()


def test_explain_names_what_changed(lake: Cache) -> None:
    task = lake.memoize(lambda n: n)
    task(1)

    explained = task.explain(2)

    assert explained.entries == 1
    assert [str(change) for change in explained.changes] == ["parameter:n 1 → 2"]


def test_data_and_results_may_lie_on_one_server(lake: Cache, s3: S3, events: list[Event]) -> None:
    url, options = s3
    orders = File(f"{url}/{{day}}.csv", options)
    lake.store.put("monday.csv", [b"1"])
    task = lake.memoize(reads=[orders])(lambda day: day)

    task("monday")
    task("monday")
    lake.store.delete("monday.csv")
    lake.store.put("monday.csv", [b"2"])
    task("monday")

    assert kinds(events) == [Miss, Published, Hit, Miss, Published]


def test_a_forked_process_opens_connections_of_its_own(
    lake: Cache, s3: S3, run_python: Callable[..., str]
) -> None:
    url, options = s3
    program = f"""
import os
from datetime import timedelta
from orchestra_cache import Cache
cache = Cache({url!r}, storage_options={options!r}, budget=timedelta(minutes=1))
double = cache.memoize(lambda n: [2 * n])
double(1)
child = os.fork()
if not child:
    os._exit(0 if double.lookup(1) and double(2) == [4] and double.lookup(2) else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), bool(double.lookup(2)))
"""

    assert run_python(program, timeout=60) == "0 True"


def test_blobs_that_a_rule_of_the_bucket_removed_are_made_again(
    lake: Cache, events: list[Event]
) -> None:
    task = lake.memoize(lambda: np.arange(100_000))
    task()
    blobs = [one.name for one in lake.store.iter("main/blobs-v1/")]
    for blob in blobs:
        lake.store.delete(blob)
    del events[:]

    results = [task(), task()]

    assert len(blobs) == 1
    assert all((result == np.arange(100_000)).all() for result in results)
    assert kinds(events) == [Failed, Miss, Published, Hit]
    assert [one.name for one in lake.store.iter("main/blobs-v1/")] == blobs
