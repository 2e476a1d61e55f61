"""Results in this process's memory: used, bounded, private to who receives them, and checked."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pytest

from orchestra_cache import Cache
from orchestra_cache.events import Event, Hit, Miss, Published
from orchestra_cache.fingerprints.digest import digest_bytes
from orchestra_cache.fingerprints.recipe import CacheKey, Component, Recipe
from orchestra_cache.memory import Held, MemoryTier
from orchestra_cache.testing.races import at_once
from tests.conftest import Clock as Calendar

TEN_MINUTES = timedelta(minutes=10)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def key(number: int) -> CacheKey:
    return CacheKey("task", digest_bytes(b"%d" % number))


def held(size: int) -> Held:
    parts = {0: bytes(size)}
    return Held("task/1", Calendar()(), None, "", timedelta(0), ["bytes"], parts, trusted=False)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache", memory=64 << 20, clock=Calendar())


def kinds(events: list[Event]) -> list[type]:
    return [type(event) for event in events]


def forget(cache: Cache) -> None:
    """Whatever is found from now on was in memory."""
    shutil.rmtree(cache.place)


def test_never_more_is_held_than_the_limit() -> None:
    tier = MemoryTier(100_000, recheck=TEN_MINUTES)

    for number in range(20):
        tier.put(key(number), held(18_000))

    found = [number for number in range(20) if tier.get(key(number))]
    assert found == [16, 17, 18, 19]


def test_what_was_used_least_recently_goes_first() -> None:
    tier = MemoryTier(100_000, recheck=TEN_MINUTES)
    for number in range(4):
        tier.put(key(number), held(18_000))

    tier.get(key(0))
    tier.put(key(4), held(18_000))
    tier.put(key(5), held(18_000))

    found = [number for number in range(6) if tier.get(key(number))]
    assert found == [0, 3, 4, 5]


def test_one_large_result_does_not_push_out_all_others() -> None:
    tier = MemoryTier(100_000, recheck=TEN_MINUTES)
    tier.put(key(0), held(1000))

    tier.put(key(1), held(60_000))

    assert tier.get(key(0))
    assert tier.get(key(1)) is None


def test_a_result_put_twice_counts_once() -> None:
    tier = MemoryTier(100_000, recheck=TEN_MINUTES)

    for _ in range(20):
        tier.put(key(0), held(20_000))
    tier.put(key(1), held(20_000))

    assert tier.get(key(0))
    assert tier.get(key(1))


def test_what_was_dropped_makes_room() -> None:
    tier = MemoryTier(100_000, recheck=TEN_MINUTES)
    for number in range(4):
        tier.put(key(number), held(22_000))

    tier.drop(key(3))
    tier.put(key(4), held(22_000))

    assert [number for number in range(5) if tier.get(key(number))] == [0, 1, 2, 4]


def test_after_some_time_the_store_is_asked_again() -> None:
    clock = Clock()
    tier = MemoryTier(100_000, recheck=TEN_MINUTES, clock=clock)
    tier.put(key(0), held(10))

    clock.now += 599
    before = tier.get(key(0))
    clock.now += 2

    assert before is not None
    assert tier.get(key(0)) is None


def test_another_process_begins_with_nothing() -> None:
    tier = MemoryTier(100_000, recheck=TEN_MINUTES)
    tier.put(key(0), held(10))

    copy = pickle.loads(pickle.dumps(tier))

    assert copy.get(key(0)) is None
    copy.put(key(0), held(10))
    assert copy.get(key(0))


def test_a_hit_in_memory_asks_no_store(cache: Cache, events: list[Event]) -> None:
    task = cache.memoize(lambda n: {"n": [n]})

    results = [task(1)]
    forget(cache)
    results += [task(1), task(1)]

    assert results == [{"n": [1]}] * 3
    assert kinds(events) == [Miss, Published, Hit, Hit]
    assert isinstance(events[2], Hit)
    assert events[2].key == str(task.recipe(1).key)


def test_what_was_read_from_the_store_is_in_memory_as_well(cache: Cache, tmp_path: Path) -> None:
    def task(n: int) -> list[int]:
        return [n]

    Cache(cache.place, clock=Calendar()).memoize(task)(1)
    reader = cache.memoize(task)

    found = [reader.lookup(1)]
    forget(cache)
    found += [reader.lookup(1)]

    assert all(isinstance(one, Hit) for one in found)


def test_without_memory_nothing_is_held(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    task = cache.memoize(lambda n: n)
    task(1)

    forget(cache)

    assert isinstance(task.lookup(1), Miss)


VALUES: dict[str, Any] = {
    "dict": lambda: {"a": [1, {"b": 2}]},
    "array": lambda: np.arange(100),
    "large array": lambda: np.arange(100_000),
    "frame": lambda: pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}),
    "object": lambda: {1, 2, 3},
    "mixed": lambda: (np.arange(20_000), {"a": b"bytes"}),
}


def spoil(value: Any) -> None:
    """Change whatever can be changed."""
    if isinstance(value, dict):
        value["spoilt"] = True
    elif isinstance(value, set):
        value.clear()
    elif isinstance(value, np.ndarray):
        value[:] = -1
    elif isinstance(value, pd.DataFrame):
        value.loc[:, "a"] = -1
    elif isinstance(value, tuple):
        for part in value:
            spoil(part)


@pytest.mark.parametrize("name", VALUES)
def test_nobody_sees_what_another_receiver_did_to_the_value(name: str, cache: Cache) -> None:
    task = cache.memoize(lambda name: VALUES[name]())
    expected = pickle.dumps(VALUES[name]())

    spoil(task(name))
    forget(cache)
    for _ in range(2):
        value = task(name)
        assert pickle.dumps(value) == expected
        spoil(value)


@pytest.mark.parametrize("value", [None, False, 0, "", "text", 1.5, b"", b"bytes", 10**30])
def test_what_cannot_be_changed_is_not_decoded_again(value: Any, cache: Cache) -> None:
    task = cache.memoize(lambda value: value)
    task(value)
    forget(cache)

    first, second = task(value), task(value)

    assert first is second
    assert first == value


def test_a_time_to_live_counts_in_memory_too(tmp_path: Path, events: list[Event]) -> None:
    clock = Calendar()
    cache = Cache(tmp_path / "cache", memory=1 << 20, clock=clock)
    task = cache.memoize(ttl=timedelta(minutes=1))(lambda: [1])

    task()
    clock.advance(seconds=59)
    task()
    clock.advance(seconds=2)
    task()

    assert kinds(events) == [Miss, Published, Hit, Miss, Published]


def test_another_tasks_shorter_time_to_live_counts_too(tmp_path: Path) -> None:
    clock = Calendar()
    cache = Cache(tmp_path / "cache", memory=1 << 20, clock=clock)

    def task() -> list[int]:
        return [1]

    cache.memoize(task)()
    clock.advance(hours=2)

    assert isinstance(cache.memoize(task).lookup(), Hit)
    assert isinstance(cache.memoize(ttl=timedelta(hours=1))(task).lookup(), Miss)


def test_a_refresh_is_not_answered_from_memory(cache: Cache) -> None:
    made: list[int] = []

    def task(made: list[int]) -> int:
        made.append(1)
        return len(made)

    use, refresh = (cache.memoize(mode=mode, ignore={"made"})(task) for mode in ("use", "refresh"))

    results = [use(made), refresh(made), use(made)]

    assert results == [1, 2, 2]
    forget(cache)
    assert use(made) == 2


def test_a_large_result_is_left_to_the_store(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", memory=1 << 20)
    task = cache.memoize(lambda n: np.zeros(n, "u1"))
    task(1 << 19)

    forget(cache)

    assert isinstance(task.lookup(1 << 19), Miss)


def test_a_copied_cache_has_a_memory_of_its_own(cache: Cache) -> None:
    task = cache.memoize(lambda: [1])
    task()

    copy = pickle.loads(pickle.dumps(cache))
    forget(cache)

    assert isinstance(copy.lookup(task.recipe()), Miss)
    assert isinstance(cache.lookup(task.recipe()), Hit)


def test_tasks_with_equal_components_do_not_share_a_result(cache: Cache) -> None:
    parts = (Component("parameter:n", digest_bytes(b"1")),)
    orders, customers = Recipe("orders", parts), Recipe("customers", parts)

    cache.publish(orders, ["an order"], seconds=1)

    assert isinstance(cache.lookup(orders), Hit)
    assert isinstance(cache.lookup(customers), Miss)


def test_what_is_held_beside_the_bytes_is_small() -> None:
    tier = MemoryTier(100_000_000, recheck=TEN_MINUTES)
    parts = {0: msgspec.json.encode("é" * 1_000_000)}
    held = Held("task/1", Calendar()(), None, "", timedelta(0), ["json"], parts, trusted=False)
    tier.put(key(0), held)

    assert held.value() is not held.value()


def test_a_value_that_cannot_be_read_from_memory_is_asked_of_the_store(
    cache: Cache, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)

    def task() -> Path:
        Path("out").write_text("report")
        return Path("out")

    strict = replace(cache.policy, on_error="raise")
    task_ = Cache(cache.place, memory=1 << 20, policy=strict, clock=Calendar()).memoize(task)
    task_()
    Path("out").unlink()
    Path("out").mkdir()
    before = isinstance(task_.lookup(), Hit)
    Path("out").rmdir()

    assert not before
    assert task_() == Path("out")
    assert Path("out").read_text() == "report"


def test_a_forked_process_begins_with_a_lock_that_nobody_holds(
    run_python: Callable[..., str],
) -> None:
    program = """
import os, threading
from datetime import timedelta
from orchestra_cache.memory import MemoryTier
tier = MemoryTier(1 << 20, recheck=timedelta(minutes=1))
tier._lock.acquire()
child = os.fork()
if not child:
    tier.clear()
    os._exit(0)
print(os.waitpid(child, 0)[1])
"""

    assert run_python(program, timeout=60) == "0"


def test_threads_that_fill_and_use_a_full_memory_disturb_nobody() -> None:
    tier = MemoryTier(60_000, recheck=TEN_MINUTES)

    def use(racer: int) -> None:
        for number in range(2000):
            tier.put(key(number % 40), held(10_000))
            tier.get(key((number + racer) % 40))

    at_once(use, 4)

    kept = [number for number in range(40) if tier.get(key(number))]
    assert 0 < len(kept) <= 5
