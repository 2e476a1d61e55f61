"""Of calls in one process that miss the same key, one computes and the others wait and hit."""

from __future__ import annotations

import asyncio
import logging
import pickle
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestra_cache import Cache, Policy
from orchestra_cache.attempt import Attempt
from orchestra_cache.declaration import Declaration
from orchestra_cache.entries import Entries
from orchestra_cache.errors import ConfigurationError, StoreError
from orchestra_cache.events import (
    Event,
    Failed,
    Hit,
    Miss,
    Published,
    Waited,
    Waiting,
    subscribe,
)
from orchestra_cache.flight import Flights
from orchestra_cache.leases import Lease, ObjectLeases, open_leases
from orchestra_cache.leases.local import LocalLeases
from orchestra_cache.leases.redis import RedisLeases
from orchestra_cache.stores import LocalStore, MemoryStore
from orchestra_cache.stores.layout import entry_name, lease_name
from orchestra_cache.testing.races import at_once
from tests.conftest import Clock

PATIENCE_SECONDS = 60


class Work:
    """Something to compute that says when it began and ends when a test lets it."""

    def __init__(self) -> None:
        self.runs = 0
        self.begun = threading.Event()
        self.may_end = threading.Event()

    def __call__(self) -> int:
        self.runs += 1
        self.begun.set()
        assert self.may_end.wait(PATIENCE_SECONDS)
        return self.runs

    def __fingerprint__(self) -> object:
        return "work"


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache", policy=Policy(single_flight=True))


def counted(events: list[Event], kind: type[Event]) -> int:
    return sum(type(event) is kind for event in events)


class WhenWaiting:
    """Goes on when so many calls are waiting."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._reached = threading.Event()
        self._leave = subscribe(self._see)

    def _see(self, event: Event) -> None:
        if isinstance(event, Waiting):
            self._count -= 1
            if self._count <= 0:
                self._reached.set()

    def __enter__(self) -> WhenWaiting:
        return self

    def __exit__(self, *_: object) -> None:
        self._leave()

    def reached(self) -> None:
        assert self._reached.wait(PATIENCE_SECONDS)


def test_of_many_threads_that_miss_one_computes(
    cache: Cache, work: Work, events: list[Event]
) -> None:
    task = cache.memoize(lambda: [work()])

    with WhenWaiting(7) as waiting, ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(task) for _ in range(8)]
        waiting.reached()
        work.may_end.set()
        results = [call.result(PATIENCE_SECONDS) for call in calls]

    assert results == [[1]] * 8
    assert work.runs == 1
    assert [counted(events, kind) for kind in (Miss, Published, Waiting, Waited, Hit)] == [
        1,
        1,
        7,
        7,
        7,
    ]
    assert len({id(result) for result in results}) == 8


def test_caches_of_one_place_in_one_process_wait_for_each_other(
    tmp_path: Path, work: Work, events: list[Event]
) -> None:
    def task() -> int:
        return work()

    caches = [Cache(tmp_path, policy=Policy(single_flight=True)) for _ in range(2)]
    tasks = [cache.memoize(task) for cache in caches]

    with WhenWaiting(1) as waiting, ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(task) for task in tasks]
        waiting.reached()
        work.may_end.set()
        results = [call.result(PATIENCE_SECONDS) for call in calls]

    assert results == [1, 1]
    assert work.runs == 1


def test_without_single_flight_nobody_waits(tmp_path: Path, events: list[Event]) -> None:
    both = threading.Barrier(2)
    task = Cache(tmp_path).memoize(lambda: both.wait(PATIENCE_SECONDS) >= 0)

    results = at_once(lambda _: task(), 2)

    assert results == [True, True]
    assert counted(events, Waiting) == 0


def test_other_arguments_are_not_waited_for(cache: Cache, events: list[Event]) -> None:
    both = threading.Barrier(2)

    @cache.memoize
    def double(n: int) -> int:
        both.wait(PATIENCE_SECONDS)
        return 2 * n

    assert at_once(double, 2) == [0, 2]
    assert counted(events, Waiting) == 0


def test_a_wait_says_for_whom_and_how_long(
    cache: Cache, work: Work, events: list[Event], caplog: pytest.LogCaptureFixture
) -> None:
    task = cache.memoize(lambda: work())

    with (
        caplog.at_level(logging.INFO, "orchestra_cache"),
        WhenWaiting(1) as waiting,
        ThreadPoolExecutor(2) as pool,
    ):
        calls = [pool.submit(task) for _ in range(2)]
        waiting.reached()
        work.may_end.set()
        for call in calls:
            call.result(PATIENCE_SECONDS)

    told = next(event for event in events if isinstance(event, Waited))
    lines = "\n".join(record.getMessage() for record in caplog.records)
    assert told.holder == "another call in this process"
    assert told.seconds > 0
    assert told.key == str(task.recipe().key)
    assert "waits for another call in this process, which computes the same" in lines
    assert " s for another call in this process" in lines


@pytest.mark.parametrize("caches", [1, 2], ids=["one cache", "two caches"])
def test_who_has_waited_long_enough_computes_anyway(
    caches: int, tmp_path: Path, work: Work, events: list[Event]
) -> None:
    policy = Policy(single_flight=True, wait=timedelta(milliseconds=50))
    mine = threading.get_ident()

    def task() -> int:
        return 5 if threading.get_ident() == mine else work()

    tasks = [Cache(tmp_path, policy=policy).memoize(task) for _ in range(caches)]
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(tasks[0])
        assert work.begun.wait(PATIENCE_SECONDS)
        try:
            impatient = tasks[-1]()
        finally:
            work.may_end.set()
        late = call.result(PATIENCE_SECONDS)

    assert (impatient, late) == (5, 1)
    assert tasks[0]() == 5
    told = [type(event) for event in events]
    assert told == [Miss, Waiting, Waited, Miss, Published, Hit]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_who_fails_lets_the_next_one_compute(
    cache: Cache, error: type[BaseException], work: Work
) -> None:
    def task() -> int:
        if work() == 1:
            raise error
        return 7

    memoized = cache.memoize(task)
    with WhenWaiting(1) as waiting, ThreadPoolExecutor(2) as pool:
        failing = pool.submit(memoized)
        assert work.begun.wait(PATIENCE_SECONDS)
        after = pool.submit(memoized)
        waiting.reached()
        work.may_end.set()

        with pytest.raises(error):
            failing.result(PATIENCE_SECONDS)
        assert after.result(PATIENCE_SECONDS) == 7

    assert work.runs == 2
    assert leases_of(cache) == []


def test_what_cannot_be_kept_is_computed_by_each(
    cache: Cache, work: Work, events: list[Event]
) -> None:
    def task() -> Any:
        work()
        return (number for number in range(3))

    work.may_end.set()
    memoized = cache.memoize(task)

    results = at_once(lambda _: list(memoized()), 3)

    assert results == [[0, 1, 2]] * 3
    assert work.runs == 3


def leases_of(cache: Cache) -> list[str]:
    return [one.name for one in cache.store.iter("main/leases-v1/")]


def test_a_call_of_itself_does_not_wait(cache: Cache, events: list[Event]) -> None:
    @cache.memoize(ignore={"depth"})
    def task(name: str, depth: int) -> list[str]:
        return [name, *task(name, depth - 1)] if depth else [name]

    assert task("a", 2) == ["a", "a", "a"]
    assert counted(events, Waiting) == 0


def test_a_nested_call_waits_as_any_other(cache: Cache, work: Work, events: list[Event]) -> None:
    inner = cache.memoize(lambda: work())
    outer = cache.memoize(ignore={"call"})(lambda call: call() + 1)

    with WhenWaiting(1) as waiting, ThreadPoolExecutor(2) as pool:
        first = pool.submit(inner)
        assert work.begun.wait(PATIENCE_SECONDS)
        second = pool.submit(outer, inner)
        waiting.reached()
        work.may_end.set()

        assert (first.result(PATIENCE_SECONDS), second.result(PATIENCE_SECONDS)) == (1, 2)

    assert work.runs == 1


class Edges:
    """What the holders of a cache's leases say they wait for."""

    def __init__(self, cache: Cache) -> None:
        self.cache = cache

    def __call__(self) -> list[str]:
        leases = LocalLeases(self.cache.place)
        holders = [leases.lease(name).other() for name in leases_of(self.cache)]
        return [holder.waits_for for holder in holders if holder is not None]

    def __fingerprint__(self) -> object:
        return "edges"


def test_who_has_waited_says_so_no_longer(cache: Cache, work: Work) -> None:
    edges = Edges(cache)
    inner = cache.memoize(lambda: work())
    outer = cache.memoize(ignore={"call"})(lambda call: (call(), edges()))

    with WhenWaiting(1) as waiting, ThreadPoolExecutor(2) as pool:
        pool.submit(inner)
        assert work.begun.wait(PATIENCE_SECONDS)
        call = pool.submit(outer, inner)
        waiting.reached()
        during = edges()
        work.may_end.set()
        after = call.result(PATIENCE_SECONDS)

    assert sorted(during) == ["", lease_name("main", inner.recipe().key)]
    assert after == (1, [""])


def ring(cache: Cache) -> Callable[..., list[int]]:
    """A task that calls the next one of a ring while it holds its own lease."""

    @cache.memoize(ignore={"meet"})
    def task(number: int, size: int, meet: Callable[[], object] | None) -> list[int]:
        if meet is None:
            return [number]
        meet()
        return [number, *task((number + 1) % size, size, None)]

    return task


@pytest.mark.parametrize("in_memory", [False, True], ids=["files", "objects"])
@pytest.mark.parametrize("one_cache", [True, False], ids=["one cache", "many caches"])
@pytest.mark.parametrize("size", [2, 3])
def test_calls_that_would_wait_for_each_other_in_a_circle_do_not(
    size: int, one_cache: bool, in_memory: bool, tmp_path: Path
) -> None:
    policy, objects = Policy(single_flight=True), MemoryStore()
    caches = [
        Cache(tmp_path, policy=policy, leases=ObjectLeases(objects) if in_memory else None)
        for _ in range(1 if one_cache else size)
    ]
    tasks = [ring(cache) for cache in caches]
    barrier = threading.Barrier(size)

    def meet() -> None:
        barrier.wait(PATIENCE_SECONDS)

    results = at_once(lambda n: tasks[n % len(tasks)](n, size, meet), size)

    # What one of them found may go on to others that it had called.
    assert [result[:2] for result in results] == [[n, (n + 1) % size] for n in range(size)]


class Between(LocalLeases):
    """Lets something happen between a lookup and the lease that is asked for after it."""

    def __init__(self, root: Path, happen: Callable[[], object]) -> None:
        super().__init__(root)
        self.happen = happen

    def lease(self, name: str) -> Any:
        self.happen()
        return super().lease(name)


@pytest.mark.parametrize("kind", ["local", "remote"])
def test_what_was_published_between_lookup_and_lease_is_a_hit(
    kind: str, tmp_path: Path, work: Work, events: list[Event]
) -> None:
    place = tmp_path / "cache" if kind == "local" else f"memory://{tmp_path.name}"
    task = Cache(place).memoize(lambda: work())
    late = Cache(
        place, leases=Between(tmp_path, lambda: task()), policy=Policy(single_flight=True)
    ).memoize(task.__wrapped__)
    work.may_end.set()

    assert late() == 1
    assert work.runs == 1
    assert [type(event) for event in events] == [Miss, Published, Hit]


class Recording(MemoryStore):
    """A store that is asked over a network, and remembers what."""

    local = False

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def get(self, name: str) -> Any:
        self._note("get", name)
        return super().get(name)

    def exchange(self, name: str, data: Any, *, version: str | None) -> str | None:
        self._note("exchange", name)
        return super().exchange(name, data, version=version)

    def delete(self, name: str, *, version: str | None = None) -> bool:
        self._note("delete", name)
        return super().delete(name, version=version)

    def _note(self, verb: str, name: str) -> None:
        self.asked.append(f"{verb} {name.split('/')[1]}")


def test_a_miss_costs_a_lease_and_one_more_look_and_a_hit_nothing(clock: Clock) -> None:
    store, declaration = Recording(), Declaration(abs)
    flights = Flights(ObjectLeases(store))

    def call() -> int:
        entries, policy = Entries(store, "main", clock), Policy(single_flight=True)
        attempt = Attempt(entries, declaration, declaration.bind(-1), policy, flights=flights)
        attempt.prepare(lenient=False)
        return attempt.run(lambda: 1)

    results = [call()]
    missed, store.asked = store.asked, []
    results.append(call())

    assert results == [1, 1]
    assert missed == [
        "get entries-v1",
        "exchange leases-v1",
        "get entries-v1",
        "exchange entries-v1",
        "delete leases-v1",
    ]
    assert store.asked == ["get entries-v1"]


class Gone(ObjectLeases):
    """A service that is down until it comes back."""

    def __init__(self) -> None:
        super().__init__(MemoryStore())
        self.asked = 0

    def lease(self, name: str) -> Any:
        return _Unreachable(self)


class _Unreachable:
    beat = None
    waits_for = ""

    def __init__(self, service: Gone | Failing) -> None:
        self._service = service

    def acquire(self) -> bool:
        self._service.asked += 1
        raise StoreError("nobody answers", "wait")

    other = renew = acquire

    def release(self) -> None:
        """There is nothing to give back."""


def test_a_service_that_is_gone_is_reported_once_and_done_without(
    tmp_path: Path, events: list[Event]
) -> None:
    gone = Gone()
    task = Cache(tmp_path, policy=Policy(single_flight=True), leases=gone).memoize(lambda n: 2 * n)

    results = [task(n) for n in (1, 2, 3, 1)]

    assert results == [2, 4, 6, 2]
    assert gone.asked == 1
    (failed,) = [event for event in events if isinstance(event, Failed)]
    assert failed.operation == "take a lease"
    assert counted(events, Published) == 3


class Failing(LocalLeases):
    """Works, until somebody asks for another lease than the first."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.asked = 0

    def lease(self, name: str) -> Any:
        self.asked += 1
        return super().lease(name) if self.asked == 1 else _Unreachable(self)


def test_a_lease_is_given_back_also_after_the_service_failed(
    cache_of: Callable[[Any], Cache], tmp_path: Path, events: list[Event]
) -> None:
    cache = cache_of(Failing(tmp_path))
    inner = cache.memoize(lambda: 1)
    outer = cache.memoize(ignore={"call"})(lambda call: call() + 1)

    assert outer(inner) == 2
    assert counted(events, Failed) == 1
    assert leases_of(cache) == []


def test_threads_wait_for_each_other_also_without_the_service(
    tmp_path: Path, work: Work, events: list[Event]
) -> None:
    cache = Cache(tmp_path, policy=Policy(single_flight=True), leases=Gone())
    task = cache.memoize(lambda: work())

    with WhenWaiting(3) as waiting, ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(task) for _ in range(4)]
        waiting.reached()
        work.may_end.set()
        results = [call.result(PATIENCE_SECONDS) for call in calls]

    assert results == [1] * 4
    assert work.runs == 1


def test_where_the_store_fails_nobody_is_asked_or_waited_for(
    tmp_path: Path, events: list[Event]
) -> None:
    gone = Gone()
    cache = Cache(tmp_path, policy=Policy(single_flight=True), leases=gone)
    task = cache.memoize(lambda: 7)
    (tmp_path / entry_name("main", task.recipe().key)).mkdir(parents=True)

    assert task() == 7
    assert gone.asked == 0
    assert [event.operation for event in events if isinstance(event, Failed)] == ["look up"]


@pytest.mark.parametrize("mode", ["refresh", "readonly", "off"])
def test_who_would_not_share_the_result_waits_for_nobody(
    mode: Any, cache: Cache, events: list[Event]
) -> None:
    both = threading.Barrier(2)
    task = cache.memoize(mode=mode)(lambda: both.wait(PATIENCE_SECONDS) >= 0)

    assert at_once(lambda _: task(), 2) == [True, True]
    assert counted(events, Waiting) == 0


class Looking:
    """Remembers which leases there were when it ran."""

    def __init__(self, cache: Cache) -> None:
        self.cache = cache
        self.seen: list[int] = []

    def __call__(self) -> int:
        self.seen.append(len(leases_of(self.cache)))
        return 1

    def __fingerprint__(self) -> object:
        return "looking"


def test_single_flight_is_said_for_a_task_or_for_a_cache(tmp_path: Path) -> None:
    cache, shared = Cache(tmp_path), Cache(tmp_path, policy=Policy(single_flight=True))
    look = Looking(cache)

    for memoized in (
        cache.memoize(lambda: look()),
        cache.memoize(single_flight=True)(lambda: look()),
        shared.memoize(lambda: look()),
        shared.memoize(single_flight=False)(lambda: look()),
    ):
        memoized()
        cache.store.delete(entry_name("main", memoized.recipe().key))

    assert look.seen == [0, 1, 1, 0]


def test_a_lease_lies_where_the_key_says(cache: Cache) -> None:
    look = Looking(cache)
    task = cache.memoize(lambda: look() and leases_of(look.cache))

    assert task() == [lease_name("main", task.recipe().key)]


def test_run_waits_as_a_memoized_function_does(cache: Cache, work: Work) -> None:
    declaration = Declaration(abs)

    def call() -> Any:
        return cache.run(declaration, declaration.bind(-1), work)

    with WhenWaiting(1) as waiting, ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(call) for _ in range(2)]
        waiting.reached()
        work.may_end.set()

        assert [call.result(PATIENCE_SECONDS) for call in calls] == [1, 1]


@pytest.mark.parametrize("hours", [-1, 1])
def test_clocks_an_hour_apart_keep_nobody_waiting(hours: int, tmp_path: Path, work: Work) -> None:
    def task() -> int:
        return work()

    right, wrong = Clock(), Clock()
    wrong.advance(hours=hours)
    objects, policy = MemoryStore(), Policy(single_flight=True)
    tasks = [
        Cache(tmp_path, clock=clock, policy=policy, leases=ObjectLeases(objects)).memoize(task)
        for clock in (wrong, right)
    ]
    with WhenWaiting(1) as waiting, ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(tasks[0])]
        assert work.begun.wait(PATIENCE_SECONDS)
        calls.append(pool.submit(tasks[1]))
        waiting.reached()
        work.may_end.set()
        results = [call.result(PATIENCE_SECONDS) for call in calls]

    # An entry from the future is not believed by anybody, with leases as without.
    assert results == ([1, 2] if hours > 0 else [1, 1])


class Coroutine:
    """Counts its runs, and ends when enough others wait for it."""

    def __init__(self, waiting: WhenWaiting) -> None:
        self.runs = 0
        self._waiting = waiting

    async def __call__(self) -> list[int]:
        self.runs += 1
        # Not in the pool of the event loop: that is what the others might fill.
        with ThreadPoolExecutor(1) as own:
            await asyncio.get_running_loop().run_in_executor(own, self._waiting.reached)
        return [self.runs]

    def __fingerprint__(self) -> object:
        return "coroutine"


@pytest.mark.parametrize("caches", [1, 2], ids=["one cache", "two caches"])
def test_of_a_hundred_coroutines_one_computes(
    caches: int, tmp_path: Path, events: list[Event]
) -> None:
    policy = Policy(single_flight=True)
    tasks: list[Callable[[], Any]] = []

    async def main() -> list[Any]:
        # Those who wait would fill this pool many times over.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(2))
        return await asyncio.gather(*(tasks[n % caches]() for n in range(100)))

    with WhenWaiting(99) as waiting:
        work = Coroutine(waiting)

        async def task() -> list[int]:
            return await work()

        tasks += [Cache(tmp_path, policy=policy).memoize(task) for _ in range(caches)]
        results = asyncio.run(main())

    assert results == [[1]] * 100
    assert work.runs == 1
    assert counted(events, Hit) == 99


def test_coroutines_that_call_themselves_do_not_wait(cache: Cache, events: list[Event]) -> None:
    @cache.memoize(ignore={"depth"})
    async def task(name: str, depth: int) -> list[Any]:
        if not depth:
            return [name]
        return [name, *await asyncio.gather(task(name, depth - 1), task(name, depth - 1))]

    assert asyncio.run(task("a", 2))[0] == "a"
    assert counted(events, Waiting) == 0


class Endless:
    """Begins, and does not end the first time."""

    def __init__(self) -> None:
        self.runs = 0
        self.begun = asyncio.Event()

    async def __call__(self) -> int:
        self.runs += 1
        self.begun.set()
        if self.runs == 1:
            await asyncio.Event().wait()
        return 7

    def __fingerprint__(self) -> object:
        return "endless"


def test_a_cancelled_holder_lets_the_next_one_compute(cache: Cache) -> None:
    async def main() -> int:
        work = Endless()

        @cache.memoize
        async def task() -> int:
            return await work()

        first = asyncio.create_task(task())
        await work.begun.wait()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        return await asyncio.wait_for(task(), PATIENCE_SECONDS)

    assert asyncio.run(main()) == 7
    assert leases_of(cache) == []


def test_a_coroutine_whose_loop_is_gone_gives_its_lease_back(cache: Cache) -> None:
    work = Endless()

    @cache.memoize
    async def task() -> int:
        return await work()

    loop = asyncio.new_event_loop()
    call = loop.create_task(task())
    loop.run_until_complete(work.begun.wait())
    before = leases_of(cache)
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
    call.get_coro().close()

    assert len(before) == 1
    assert leases_of(cache) == []


class Slow(LocalLeases):
    """Gives its leases when a test lets it."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.asked, self.may_answer = threading.Event(), threading.Event()

    def lease(self, name: str) -> Lease:
        lease = super().lease(name)
        acquire = lease.acquire

        def slowly() -> bool:
            self.asked.set()
            assert self.may_answer.wait(PATIENCE_SECONDS)
            return acquire()

        lease.acquire = slowly  # type: ignore[method-assign]
        return lease


def test_a_lease_that_comes_after_its_coroutine_was_cancelled_is_given_back(
    tmp_path: Path,
) -> None:
    slow = Slow(tmp_path)
    cache = Cache(tmp_path, policy=Policy(single_flight=True), leases=slow)

    @cache.memoize
    async def task() -> int:
        return 7

    async def main() -> None:
        call = asyncio.create_task(task())
        await asyncio.to_thread(slow.asked.wait, PATIENCE_SECONDS)
        call.cancel()
        await asyncio.sleep(0)
        slow.may_answer.set()
        with pytest.raises(asyncio.CancelledError):
            await call

    asyncio.run(main())

    assert leases_of(cache) == []


class Heartbeats(ObjectLeases):
    """Leases that are renewed at once, and lost when a test takes them."""

    def __init__(self, objects: MemoryStore) -> None:
        super().__init__(objects, expiry=0.03)


class Watched:
    """The one lease of a place, by the versions that it had."""

    def __init__(self) -> None:
        self.objects = MemoryStore()
        self.versions: set[str] = set()
        self.lost = threading.Event()

    def look(self) -> None:
        for one in self.objects.iter(""):
            stored = self.objects.get(one.name)
            self.versions |= set() if stored is None else {stored.version}

    def give_to_another(self) -> None:
        (lease,) = self.objects.iter("")
        self.objects.delete(lease.name)
        self.objects.put(lease.name, [b"another"])
        assert self.lost.wait(PATIENCE_SECONDS)

    def __fingerprint__(self) -> object:
        return "watched"


def test_a_long_computation_renews_its_lease(cache_of: Callable[[Any], Cache]) -> None:
    watched = Watched()

    def task() -> int:
        while len(watched.versions) < 4:
            watched.look()
        return 7

    assert cache_of(Heartbeats(watched.objects)).memoize(task)() == 7
    assert list(watched.objects.iter("")) == []


def test_who_lost_a_lease_is_told_so_and_its_result_is_as_good(
    cache_of: Callable[[Any], Cache], events: list[Event]
) -> None:
    watched = Watched()
    leave = subscribe(lambda event: watched.lost.set() if isinstance(event, Failed) else None)

    def task() -> int:
        watched.give_to_another()
        return 7

    memoized = cache_of(Heartbeats(watched.objects)).memoize(task)
    try:
        assert memoized() == 7
    finally:
        leave()

    (failed,) = [event for event in events if isinstance(event, Failed)]
    assert failed.operation == "keep a lease"
    assert "went to somebody else" in str(failed.error)
    assert counted(events, Published) == 1
    assert [one.size for one in watched.objects.iter("")] == [len(b"another")]
    assert isinstance(memoized.lookup(), Hit)


@pytest.fixture
def cache_of(tmp_path: Path) -> Callable[[Any], Cache]:
    return lambda leases: Cache(tmp_path, policy=Policy(single_flight=True), leases=leases)


def test_the_leases_of_a_place_lie_in_it_unless_said_otherwise(tmp_path: Path) -> None:
    pytest.importorskip("redis")
    own = ObjectLeases(MemoryStore())

    assert isinstance(open_leases(LocalStore(tmp_path)), LocalLeases)
    assert isinstance(open_leases(MemoryStore()), ObjectLeases)
    assert isinstance(open_leases(LocalStore(tmp_path), "redis://host"), RedisLeases)
    assert open_leases(LocalStore(tmp_path), own) is own


@pytest.mark.parametrize("url", ["http://user:hidden@host", "redis:/host", "", "lake"])
def test_a_service_that_cannot_be_meant_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is no service for leases") as caught:
        Cache(tmp_path, leases=url)

    assert "hidden" not in str(caught.value)


def test_a_copy_of_a_cache_keeps_its_leases(tmp_path: Path) -> None:
    pytest.importorskip("redis")
    cache = Cache(tmp_path, leases="redis://127.0.0.1:1/0", policy=Policy(single_flight=True))

    copy = pickle.loads(pickle.dumps(cache))

    assert copy._assembly.leases == "redis://127.0.0.1:1/0"
    assert copy.policy.single_flight
