"""Each fault does what it says, at the operation it is for, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from uuid import uuid4

import fsspec
import pytest

from orchestra_cache.errors import StoreError
from orchestra_cache.stores import MemoryStore, Store
from orchestra_cache.stores.remote import RemoteStore
from orchestra_cache.testing import StoreTests
from orchestra_cache.testing.faults import (
    Effect,
    FaultyFileSystem,
    FaultyStore,
    Plan,
    delay,
    fail,
    fill,
    late,
    skew,
    throttle,
    truncate,
    twice,
    unconfirmed,
)


@pytest.fixture
def plan() -> Plan:
    return Plan()


def by_wrapping(plan: Plan) -> Store:
    return FaultyStore(MemoryStore(), plan)


def by_url(plan: Plan) -> Store:
    return RemoteStore(f"faulty://{uuid4().hex}", options={"plan": plan})


@pytest.fixture(params=[by_wrapping, by_url])
def store(request: pytest.FixtureRequest, plan: Plan) -> Store:
    return request.param(plan)


def content(store: Store, name: str) -> bytes | None:
    found = store.get(name)
    return None if found is None else bytes(found.data)


class TestAFaultyStoreWithoutFaults(StoreTests):
    @pytest.fixture
    def store(self) -> Store:
        return FaultyStore(MemoryStore(), Plan())


class TestAFaultyFileSystemWithoutFaults(StoreTests):
    @pytest.fixture
    def store(self) -> Store:
        return by_url(Plan())


def test_a_fault_befalls_only_the_operation_it_is_for(store: Store, plan: Plan) -> None:
    plan.add(fail(), operation="put", name="*b", at=2)

    # Where a write looks first, the wrapper of a file system sees that too.
    assert store.put("x/a", [b"1"])
    assert store.put("x/b", [b"1"])
    with pytest.raises(StoreError, match="put failed, as planned"):
        store.put("y/b", [b"1"])
    assert store.put("z/b", [b"1"])
    assert content(store, "y/b") is None


def test_operations_are_written_down(plan: Plan) -> None:
    store = by_wrapping(plan)

    store.put("a", [b"1"])
    store.get("a")
    list(store.iter(""))

    assert plan.operations == [("put", "a"), ("get", "a"), ("iter", "")]


def test_after_clearing_all_is_well(store: Store, plan: Plan) -> None:
    plan.add(fail())
    with pytest.raises(StoreError):
        store.get("a")

    plan.clear()

    assert content(store, "a") is None


@pytest.mark.parametrize(
    ("effect", "kept"),
    [(fail, None), (throttle, None), (unconfirmed, b"1"), (lambda: fill(0), None)],
    ids=["fail", "throttle", "unconfirmed", "fill"],
)
def test_what_raises_has_or_has_not_written(
    effect: Callable[[], Effect], kept: bytes | None, plan: Plan
) -> None:
    store = by_wrapping(plan)
    plan.add(effect(), operation="put")

    with pytest.raises(StoreError):
        store.put("a", [b"1"])

    plan.clear()
    assert content(store, "a") == kept


def test_a_throttled_store_says_so(store: Store, plan: Plan) -> None:
    plan.add(throttle())

    with pytest.raises(StoreError, match="503 SlowDown"):
        store.get("a")


def test_any_error_can_be_raised(plan: Plan) -> None:
    plan.add(fail(TimeoutError("late")))

    with pytest.raises(TimeoutError, match="late"):
        by_wrapping(plan).get("a")


def test_what_is_cut_when_written_stays_cut(store: Store, plan: Plan) -> None:
    plan.add(truncate(3), operation="put", at=1)

    assert store.put("a", [b"12345"])

    assert content(store, "a") == b"123"


def test_what_is_cut_when_read_is_whole_in_the_store(store: Store, plan: Plan) -> None:
    store.put("a", [b"12345"])
    plan.add(truncate(3), operation="get", at=1)

    assert [content(store, "a"), content(store, "a")] == [b"123", b"12345"]


def test_what_is_done_twice_meets_itself(plan: Plan) -> None:
    store = by_wrapping(plan)
    plan.add(twice(), operation="*", at=1)

    wrote = store.exchange("a", b"1", version=None)

    assert wrote is None
    assert content(store, "a") == b"1"


def test_what_is_delayed_waits_for_the_test(store: Store, plan: Plan) -> None:
    reached, go_on = Event(), Event()
    plan.add(delay(reached, go_on), operation="put")

    with ThreadPoolExecutor(1) as pool:
        putting = pool.submit(store.put, "a", [b"1"])
        reached.wait(10)
        before = putting.done()
        go_on.set()
        wrote = putting.result(10)

    assert (before, wrote) == (False, True)
    assert content(store, "a") == b"1"


def test_what_is_late_is_seen_after_so_many_operations(plan: Plan) -> None:
    store = by_wrapping(plan)
    first = store.exchange("a", b"old", version=None)
    plan.add(late(3), operation="exchange", at=1)

    second = store.exchange("a", b"new", version=first)
    seen = [content(store, "a"), store.size("a"), [one.name for one in store.iter("")]]

    assert second
    assert seen == [b"old", 3, ["a"]]
    assert content(store, "a") == b"new"


def test_what_is_late_and_new_is_missing_for_a_while(store: Store, plan: Plan) -> None:
    plan.add(late(2), operation="put", at=1)

    assert store.put("a", [b"1"])

    assert [content(store, "a"), content(store, "a"), content(store, "a")] == [None, None, b"1"]


def test_a_disk_takes_what_fits(store: Store, plan: Plan) -> None:
    plan.add(fill(10), operation="put")

    assert store.put("a", [bytes(6)])
    with pytest.raises(StoreError, match="No space left"):
        store.put("b", [bytes(6)])

    assert [content(store, "a"), content(store, "b")] == [bytes(6), None]


def test_a_clock_that_is_wrong_shows_in_listings(store: Store, plan: Plan) -> None:
    store.put("x/a", [b"1"])
    (before,) = store.iter("x/")
    plan.add(skew(timedelta(hours=-2)), operation="iter")

    (after,) = store.iter("x/")

    assert before.modified - after.modified == timedelta(hours=2)


def test_any_file_system_can_be_wrapped(plan: Plan) -> None:
    system = FaultyFileSystem(fsspec.filesystem("memory"), plan=plan)
    path = f"/{uuid4().hex}/a"
    system.pipe_file(path, b"12345")
    plan.add(truncate(2), operation="get", at=1)

    assert [system.cat_file(path), system.cat_file(path)] == [b"12", b"12345"]
    with system.open(path) as file:
        assert file.read() == b"12345"
    plan.add(fail(OSError(5, "broken")), operation="get")
    with pytest.raises(OSError, match="broken"), system.open(path) as file:
        file.read()
