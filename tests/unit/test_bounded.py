"""A store that is down or slow costs its callers a budget of time, and then nothing for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from orchestra_cache.errors import StoreError
from orchestra_cache.stores import MemoryStore
from orchestra_cache.stores.bounded import BoundedStore, Breaker, quarter_of
from orchestra_cache.testing import StoreTests

NEVER = timedelta(hours=1)
SOON = timedelta(milliseconds=50)


class Remote(MemoryStore):
    """A store whose operations can be kept from ending."""

    progress: Callable[[int], None] | None = None

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.stuck: set[str] = set()
        self.error: Exception | None = None
        self.released = threading.Event()

    def open(self) -> None:
        self._enter("open")

    def get(self, name: str) -> Any:
        self._enter("get")
        return super().get(name)

    def put(self, name: str, pieces: Any) -> bool:
        self._enter("put")
        return super().put(name, pieces)

    def _enter(self, operation: str) -> None:
        self.asked.append(operation)
        if self.error is not None:
            raise self.error
        if operation in self.stuck:
            self.released.wait(60)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def remote() -> Iterator[Remote]:
    remote = Remote()
    yield remote
    remote.released.set()


class TestBoundedStore(StoreTests):
    @pytest.fixture
    def store(self) -> BoundedStore:
        return BoundedStore(Remote(), budget=NEVER)


def test_an_operation_that_never_ends_fails_when_the_budget_is_spent(remote: Remote) -> None:
    remote.stuck = {"get"}
    store = BoundedStore(remote, budget=SOON)

    with pytest.raises(StoreError, match=r"made no progress for 0\.05 s"):
        store.get("a")


def test_an_error_of_the_store_passes_through(remote: Remote) -> None:
    remote.error = StoreError("no such bucket", "make it")

    with pytest.raises(StoreError, match="no such bucket"):
        BoundedStore(remote, budget=NEVER).get("a")


def test_a_transfer_that_flows_is_not_cut_however_long_it_takes() -> None:
    class Slow(Remote):
        def get(self, name: str) -> Any:
            for _ in range(8):
                # It is the line that is slow: each piece takes a quarter of the budget.
                time.sleep(0.25)
                assert self.progress is not None
                self.progress(1)
            return super().get(name)

    remote = Slow()
    remote.put("a", [b"1"])

    stored = BoundedStore(remote, budget=timedelta(seconds=1)).get("a")

    assert stored is not None
    assert bytes(stored.data) == b"1"


def test_after_an_outage_the_store_is_left_alone(remote: Remote) -> None:
    remote.stuck = {"get"}
    store = BoundedStore(remote, budget=SOON)

    for operation in (store.get, store.get, store.size):
        with pytest.raises(StoreError):
            operation("a")
    with pytest.raises(StoreError, match="left alone"):
        store.put("a", [b"1"])

    assert remote.asked == ["open", "get"]


def test_what_cannot_be_written_can_still_be_read(remote: Remote) -> None:
    remote.put("a", [b"1"])
    remote.stuck = {"put"}
    store = BoundedStore(remote, budget=SOON)

    with pytest.raises(StoreError):
        store.put("b", [b"2"])
    with pytest.raises(StoreError, match="left alone"):
        store.put("b", [b"2"])

    stored = store.get("a")
    assert stored is not None
    assert bytes(stored.data) == b"1"


def test_one_error_is_none_and_three_in_a_row_are_an_outage(remote: Remote) -> None:
    store = BoundedStore(remote, budget=NEVER)
    remote.put("a", [b"1"])

    def fail(times: int) -> None:
        remote.error = StoreError("busy", "wait")
        for _ in range(times):
            with pytest.raises(StoreError, match="busy"):
                store.get("a")
        remote.error = None

    fail(2)
    between = store.get("a")
    fail(3)

    assert between is not None
    with pytest.raises(StoreError, match="left alone"):
        store.get("a")


def test_after_a_pause_one_caller_tries_and_then_all_may() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    breaker.failed(outage=True)

    clock.now += 29
    early = breaker.admits()
    clock.now += 2
    first, second = breaker.admits(), breaker.admits()
    breaker.worked()

    assert (early, first, second) == (False, True, False)
    assert breaker.admits()


def test_a_try_that_fails_starts_another_pause() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    breaker.failed(outage=True)
    clock.now += 31

    tried = breaker.admits()
    breaker.failed(outage=False)
    clock.now += 29

    assert tried
    assert not breaker.admits()


def test_stores_of_one_place_share_what_is_known_of_it(remote: Remote) -> None:
    remote.stuck = {"get"}
    reading, writing = Breaker(), Breaker()
    first, second = (
        BoundedStore(remote, budget=SOON, reading=reading, writing=writing) for _ in range(2)
    )
    with pytest.raises(StoreError):
        first.get("a")

    with pytest.raises(StoreError, match="left alone"):
        second.get("a")

    assert remote.asked == ["open", "get"]


def test_importing_what_leads_there_is_no_time_of_the_store(remote: Remote) -> None:
    remote.put("a", [b"1"])
    remote.stuck = {"open"}
    store = BoundedStore(remote, budget=SOON)
    # The budget is over long before the libraries are there.
    threading.Timer(0.5, remote.released.set).start()

    stored = store.get("a")

    assert stored is not None
    assert bytes(stored.data) == b"1"


def test_the_libraries_are_loaded_once(remote: Remote) -> None:
    store = BoundedStore(remote, budget=NEVER)

    store.get("a")
    store.get("a")

    assert remote.asked == ["open", "get", "get"]


def test_a_write_takes_nobody_s_turn_to_read_again(remote: Remote) -> None:
    clock = Clock()
    reading = Breaker(clock)
    store = BoundedStore(remote, budget=NEVER, reading=reading, writing=Breaker(clock))
    reading.failed(outage=True)
    clock.now += 31

    store.put("a", [b"1"])
    read = store.get("a")

    assert read is not None
    assert reading.admits()


def test_what_moves_for_one_operation_does_not_keep_another_waiting(remote: Remote) -> None:
    class Half(Remote):
        """Reads of `flowing` go on, and others hang."""

        def get(self, name: str) -> Any:
            while name == "flowing" and not self.released.wait(0.02):
                assert self.progress is not None
                self.progress(1)
            self.released.wait(60)

    half = Half()
    store = BoundedStore(half, budget=timedelta(milliseconds=300))
    flowing = threading.Thread(target=store.get, args=("flowing",), daemon=True)
    flowing.start()

    with pytest.raises(StoreError, match="made no progress"):
        store.get("hanging")

    assert flowing.is_alive()
    half.released.set()
    flowing.join()


def test_who_is_in_a_hurry_waits_for_less_than_the_budget(remote: Remote) -> None:
    remote.stuck = {"get"}
    store = BoundedStore(remote, budget=NEVER)

    with quarter_of(0.2), pytest.raises(StoreError, match=r"made no progress for 0\.05 s"):
        store.get("a")


def test_who_has_much_time_waits_for_the_budget(remote: Remote) -> None:
    remote.stuck = {"get"}
    store = BoundedStore(remote, budget=SOON)

    with quarter_of(4 * 3600), pytest.raises(StoreError, match=r"made no progress for 0\.05 s"):
        store.get("a")


def test_what_is_too_slow_for_some_is_left_alone_by_nobody(remote: Remote) -> None:
    remote.put("a", [b"1"])
    remote.stuck = {"get"}
    store = BoundedStore(remote, budget=NEVER)
    for _ in range(5):
        with quarter_of(0.04), pytest.raises(StoreError, match="made no progress"):
            store.get("a")
    remote.released.set()

    stored = store.get("a")

    assert stored is not None


def test_an_error_counts_also_for_who_is_in_a_hurry(remote: Remote) -> None:
    remote.error = StoreError("busy", "wait")
    store = BoundedStore(remote, budget=NEVER)
    for _ in range(3):
        with quarter_of(240), pytest.raises(StoreError, match="busy"):
            store.get("a")

    with pytest.raises(StoreError, match="left alone"):
        store.get("a")


def test_a_hurry_is_over_where_it_ends(remote: Remote) -> None:
    remote.stuck = {"get"}
    store = BoundedStore(remote, budget=timedelta(milliseconds=100))
    with quarter_of(0.04):
        pass

    with pytest.raises(StoreError, match=r"for 0\.1 s"):
        store.get("a")
