"""Of transactions with one key one goes on first, in all processes; none waits for ever."""

from __future__ import annotations

import asyncio
import copy
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import Context, copy_context
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import cloudpickle
import pytest
from prefect.cache_policies import INPUTS, TASK_SOURCE
from prefect.locking.protocol import LockManager
from prefect.transactions import IsolationLevel, transaction

from orchestra_cache import Cache
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.events import Event, Failed, Waiting, subscribe
from orchestra_cache.leases import ObjectLeases
from orchestra_cache.leases.local import LocalLeases
from orchestra_cache.prefect.locks import LeaseLockManager
from orchestra_cache.stores import open_store
from orchestra_cache.testing.faults import FaultyStore, Plan, delay
from tests.integration.marks import Marks
from tests.integration.prefect_engine.runs import FlowRun, Flows

KEYS = [
    "a",
    "a.1",
    "a.2",
    "a/b",
    "a/../b",
    "b",
    "A",
    "ä",
    "",
    ".",
    "..",
    "x" * 5000,
    "a\0",
    "\ud800",
]


@pytest.fixture
def locks(lake: Path) -> LeaseLockManager:
    return LeaseLockManager(lake)


@pytest.fixture
def key() -> str:
    # What a thread did not release it still has, also when the next test begins.
    return uuid4().hex


@pytest.fixture
def failures() -> Iterator[list[Event]]:
    seen: list[Event] = []
    stop = subscribe(lambda event: seen.append(event) if isinstance(event, Failed) else None)
    yield seen
    stop()


ALL = pytest.mark.parametrize(
    "places", ["flows", pytest.param("on_s3", marks=pytest.mark.newest)], indirect=True
)


def apart(pool: ThreadPoolExecutor, function: Callable[..., Any], *words: Any) -> Future[Any]:
    """Call it in a context of its own: nobody waits for a lock that is held in the same one."""
    return pool.submit(Context().run, function, *words)


def in_time(fact: Callable[[], bool]) -> bool:
    end = time.monotonic() + 20
    while not fact() and time.monotonic() < end:
        time.sleep(0.01)
    return fact()


def states(*runs: FlowRun) -> list[str]:
    return sorted(state for run in runs for state in run.states)


@ALL
@pytest.mark.parametrize("task", ["made", "fingerprinted"])
def test_of_task_runs_at_once_one_computes_and_the_others_hit(
    places: Flows, marks: Marks, task: str
):
    run = places.run("locked.submitted", task, 3)

    assert states(run) == ["Cached", "Cached", "Cached", "Completed"]
    assert run.values == ["made"] * 4
    assert marks.of("ran") == [[]]


def test_coroutines_that_wait_leave_the_event_loop_to_the_one_that_computes(
    flows: Flows, marks: Marks
):
    run = flows.run("locked.gathered", 3)

    assert states(run) == ["Cached", "Cached", "Cached", "Completed"]
    assert marks.of("ran") == [[]]


@ALL
def test_of_two_processes_one_computes_and_the_other_hits(
    places: Flows, marks: Marks, pool: ThreadPoolExecutor
):
    runs = list(pool.map(lambda _: places.run("locked.called", "made", 1), range(2)))

    assert states(*runs) == ["Cached", "Completed"]
    assert marks.of("ran") == [[]]
    assert sum("which computes the same" in run.text for run in runs) == 1


@ALL
def test_another_takes_over_from_a_killed_process(
    places: Flows, marks: Marks, pool: ThreadPoolExecutor
):
    dead = pool.submit(places.run, "locked.called", "killed", 1)
    run = places.run("locked.says_that_it_is_through", "simple", 1)

    assert run.value == [("Completed", "simple")]
    assert isinstance(dead.exception(), EOFError)
    assert marks.of("ran") == [[]]


@ALL
def test_a_hit_that_cannot_be_read_holds_up_nobody(
    places: Flows, marks: Marks, pool: ThreadPoolExecutor
):
    failing = pool.submit(places.run, "locked.cannot_read_its_hit", 1)
    run = places.run("locked.says_that_it_is_through", "shelved", 1)

    assert run.value == [("Cached", "shelved")]
    assert failing.result().value == [("Failed", 1)]
    assert marks.of("ran") == [[]]


def test_a_task_waits_for_half_of_its_timeout_and_computes(
    flows: Flows, marks: Marks, pool: ThreadPoolExecutor
):
    holder = pool.submit(flows.run, "locked.called", "held", 1)
    run = flows.run("locked.says_that_it_is_through", "hurried", 1)

    assert run.value == [("Completed", "hurried")]
    assert holder.result().value == [("Completed", "held")]
    assert marks.of("rolled back") == []


def test_a_task_in_one_with_the_same_key_does_not_wait_for_it(flows: Flows):
    run = flows.run("locked.called_inside", "calls_the_same", 1)

    assert run.value == [("Completed", "simple")]


@pytest.mark.parametrize("caller", ["calls_twice", "submits_twice"])
def test_what_waits_for_a_transaction_around_it_holds_up_none_in_there(flows: Flows, caller: str):
    run = flows.run("locked.called_inside", caller, 1)

    assert run.value == [("Completed", "simple")] * 2


def test_a_nested_task_that_is_done_holds_up_nobody_elsewhere(
    flows: Flows, marks: Marks, pool: ThreadPoolExecutor
):
    outer = pool.submit(flows.run, "locked.called", "goes_on_after_a_nested_one", 1)
    run = flows.run("locked.says_that_it_is_through", "simple", 2)

    assert run.value == [("Completed", "simple")]
    assert outer.result().value == [("Completed", "outer")]
    assert outer.result().warnings == []


def test_a_hit_in_a_transaction_that_is_rolled_back_holds_up_nobody(flows: Flows):
    flows.run("locked.called", "simple", 1)

    run = flows.run("locked.after_a_rollback", 1)

    assert run.value == [("Cached", "simple")]


def test_two_that_would_wait_for_each_other_do_not(flows: Flows, pool: ThreadPoolExecutor):
    first = pool.submit(flows.run, "locked.called", "meets", 1, 2)
    second = flows.run("locked.called", "meets", 2, 1)

    assert states(first.result(), second) == ["Completed", "Completed"]


@pytest.mark.parametrize("name", ["lake", "pond"])
def test_locks_that_do_not_work_are_one_warning(flows: Flows, lake: Path, marks: Marks, name: str):
    lake.write_text("not a folder")
    unlocked = replace(
        flows, environment={**flows.environment, "PLACE": json.dumps({"name": name})}
    )

    first = unlocked.run("locked.called", "simple", 1)
    second = unlocked.run("locked.called", "simple", 1)

    assert first.value == [("Completed", "simple")]
    assert second.value == [("Cached", "simple")]
    for run in (first, second):
        assert ["could not take a l" in warning for warning in run.warnings] == [True]
    assert marks.of("ran") == [[]]


def test_it_is_a_lock_manager_of_prefect(locks: LeaseLockManager):
    assert isinstance(locks, LockManager)


def test_a_place_that_cannot_be_meant_is_told_at_once():
    with pytest.raises(ConfigurationError):
        LeaseLockManager("nosuch://lake")


def test_a_lock_is_one_holder_s_until_it_is_released(locks: LeaseLockManager, key: str):
    assert locks.acquire_lock(key, "one")
    assert not locks.acquire_lock(key, "two", acquire_timeout=0)
    assert locks.is_locked(key)
    assert locks.is_lock_holder(key, "one")
    assert not locks.is_lock_holder(key, "two")

    locks.release_lock(key, "two")
    assert locks.is_locked(key)
    locks.release_lock(key, "one")
    locks.release_lock(key, "one")

    assert not locks.is_locked(key)
    assert not locks.is_lock_holder(key, "one")
    assert locks.acquire_lock(key, "two", acquire_timeout=0)


def test_a_holder_may_lock_again(locks: LeaseLockManager, key: str):
    locks.acquire_lock(key, "one")

    assert locks.acquire_lock(key, "one")
    locks.release_lock(key, "one")

    assert not locks.is_locked(key)


def test_no_two_keys_share_a_lock(locks: LeaseLockManager, failures: list[Event]):
    taken = [locks.acquire_lock(key, "one", acquire_timeout=0) for key in KEYS]
    locks.release_lock(KEYS[0], "one")

    assert taken == [True] * len(KEYS)
    assert [locks.is_locked(key) for key in KEYS] == [False] + [True] * (len(KEYS) - 1)
    for key in KEYS:
        locks.release_lock(key, "one")
    assert failures == []


def test_a_lock_is_held_for_as_long_as_was_said(locks: LeaseLockManager, key: str):
    locks.acquire_lock(key, "one", hold_timeout=0.01)

    assert in_time(lambda: not locks.is_locked(key))
    assert in_time(lambda: not locks.is_lock_holder(key, "one"))


def test_a_thread_that_is_gone_holds_nothing(locks: LeaseLockManager, key: str):
    thread = threading.Thread(target=locks.acquire_lock, args=(key, "one"))
    thread.start()
    thread.join()

    assert in_time(lambda: not locks.is_locked(key))


def test_who_waits_goes_on_when_the_lock_is_free(
    locks: LeaseLockManager, pool: ThreadPoolExecutor, key: str
):
    apart(pool, locks.acquire_lock, key, "one").result()
    assert not locks.wait_for_lock(key, timeout=0.01)
    waiting = apart(pool, locks.wait_for_lock, key)

    locks.release_lock(key, "one")

    assert waiting.result(20)
    assert not locks.is_locked(key)


async def of_coroutines(locks: LeaseLockManager, key: str) -> list[bool]:
    assert await locks.aacquire_lock(key, "one")
    told = [
        await locks.aacquire_lock(key, "one"),
        await locks.aacquire_lock(key, "two", acquire_timeout=0),
        await locks.await_for_lock(key, timeout=0.01),
    ]
    # A context of its own: this one has the lock, and would not wait for itself.
    waiting = asyncio.get_running_loop().run_in_executor(
        None, Context().run, locks.wait_for_lock, key
    )
    locks.release_lock(key, "one")
    return [*told, await waiting, await locks.await_for_lock(key)]


def test_coroutines_lock_and_wait(locks: LeaseLockManager, key: str):
    assert asyncio.run(of_coroutines(locks, key)) == [True, False, False, True, True]


async def cancelled(locks: LeaseLockManager, key: str) -> None:
    waits = threading.Event()
    stop = subscribe(lambda event: waits.set() if isinstance(event, Waiting) else None)
    waiting = asyncio.create_task(locks.aacquire_lock(key, "two"))
    assert await asyncio.to_thread(waits.wait, 20)
    stop()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


def test_a_coroutine_that_is_cancelled_leaves_nothing_behind(
    locks: LeaseLockManager, lake: Path, key: str
):
    others = LeaseLockManager(Cache(lake, leases=LocalLeases(lake)))
    Context().run(others.acquire_lock, key, "one")

    asyncio.run(cancelled(locks, key))
    others.release_lock(key, "one")

    assert locks.acquire_lock(key, "three", acquire_timeout=0)
    assert not locks.is_lock_holder(key, "two")


@pytest.mark.parametrize("operation", ["exchange", "delete"])
def test_a_slow_place_keeps_no_event_loop_waiting(lake: Path, key: str, operation: str):
    reached, go_on = threading.Event(), threading.Event()
    plan = Plan()
    plan.add(delay(reached, go_on), operation=operation, at=1)
    leases = ObjectLeases(FaultyStore(open_store(str(lake)), plan))
    locks = LeaseLockManager(Cache(lake, leases=leases))

    async def locked() -> None:
        taking = asyncio.create_task(locks.aacquire_lock(key, "one"))
        if operation == "delete":
            await taking
            locks.release_lock(key, "one")
        assert await asyncio.to_thread(reached.wait, 20)
        go_on.set()
        await taking

    asyncio.run(locked())
    locks.release_lock(key, "one")

    assert in_time(lambda: not locks.is_locked(key))


def test_who_is_written_by_the_transaction_around_it_may_do_so_after_its_run(
    locks: LeaseLockManager, pool: ThreadPoolExecutor, key: str
):
    with transaction() as around:
        thread = threading.Thread(
            target=copy_context().run, args=(locks.acquire_lock, key, "nested")
        )
        thread.start()
        thread.join()
        assert in_time(lambda: not locks.is_locked(key))
        assert apart(pool, locks.acquire_lock, key, "another", 0).result()

        assert locks.is_lock_holder(key, "nested")

    del around
    assert in_time(lambda: not locks.is_lock_holder(key, "nested"))


def test_copies_and_equal_managers_are_one(locks: LeaseLockManager, lake: Path, key: str):
    locks.acquire_lock(key, "one")
    others = [
        copy.deepcopy(locks),
        cloudpickle.loads(cloudpickle.dumps(locks)),
        LeaseLockManager(str(lake)),
        LeaseLockManager(Cache(lake)),
    ]

    for other in others:
        assert other == locks
        assert other.is_lock_holder(key, "one")
    others[0].release_lock(key, "one")
    assert not locks.is_locked(key)


def test_managers_of_other_places_are_others(
    locks: LeaseLockManager, lake: Path, tmp_path: Path, key: str
):
    others = [
        LeaseLockManager(tmp_path / "pond"),
        LeaseLockManager(Cache(lake, namespace="other")),
        LeaseLockManager("unknown"),
        LeaseLockManager(),
    ]
    locks.acquire_lock(key, "one")

    assert [other == locks for other in others] == [False] * 4
    assert [other.is_locked(key) for other in others] == [False] * 4
    assert LeaseLockManager("unknown") != LeaseLockManager("as unknown")


def test_policies_with_equal_managers_can_be_added(lake: Path):
    terms = {"isolation_level": IsolationLevel.SERIALIZABLE}
    one = INPUTS.configure(**terms, lock_manager=LeaseLockManager(lake))
    other = TASK_SOURCE.configure(**terms, lock_manager=LeaseLockManager(str(lake)))

    assert (one + other).lock_manager == LeaseLockManager(lake)
    with pytest.raises(ValueError, match="different lock"):
        one + TASK_SOURCE.configure(lock_manager=LeaseLockManager(lake / "other"))


def test_a_fork_holds_nothing_and_gives_nothing_back(locks: LeaseLockManager, key: str):
    locks.acquire_lock(key, "one")

    child = os.fork()
    if not child:
        held = locks.is_lock_holder(key, "one")
        locks.release_lock(key, "one")
        os._exit(10 + held)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 10
    assert locks.is_locked(key)


def test_a_lock_is_renewed_for_as_long_as_it_is_held(
    tmp_path: Path, pool: ThreadPoolExecutor, key: str
):
    store = open_store((tmp_path / "objects").as_uri())
    places = [Cache(tmp_path / "lake", leases=ObjectLeases(store, expiry=0.6)) for _ in range(2)]
    locks, others = (LeaseLockManager(place) for place in places)
    assert apart(pool, locks.acquire_lock, key, "one").result()

    assert not others.acquire_lock(key, "two", acquire_timeout=2)
    locks.release_lock(key, "one")

    assert others.acquire_lock(key, "two", acquire_timeout=0)


def test_locks_that_do_not_work_let_everybody_on(lake: Path, failures: list[Event], key: str):
    lake.write_text("not a folder")
    locks = LeaseLockManager(lake)

    assert locks.acquire_lock(key, "one")
    assert locks.acquire_lock("other", "two")
    assert not locks.is_locked(key)
    assert locks.wait_for_lock(key, timeout=0)
    locks.release_lock(key, "one")

    assert len(failures) == 1
