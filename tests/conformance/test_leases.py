"""Every service for leases keeps to the contract of the port."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestra_cache.errors import StoreError
from orchestra_cache.leases import Leases, ObjectLeases, open_leases
from orchestra_cache.leases.local import LocalLeases
from orchestra_cache.leases.redis import RedisLeases
from orchestra_cache.stores import LocalStore, MemoryStore, Stored, open_store
from orchestra_cache.testing import LeaseTests
from orchestra_cache.testing.leases import NAME, held
from tests.integration.core.redis_server import RedisServer
from tests.integration.services import free_port

ROOT = Path(__file__).parents[2]

EXPIRY = 30.0


class Stopwatch:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def expire(self) -> None:
        self.now += EXPIRY


@pytest.fixture
def stopwatch() -> Stopwatch:
    return Stopwatch()


class Expiring(LeaseTests):
    @pytest.fixture
    def expire(self, stopwatch: Stopwatch) -> Callable[[], None]:
        return stopwatch.expire


class TestLocalLeases(LeaseTests):
    rounds = 100

    @pytest.fixture
    def again(self, tmp_path: Path) -> Callable[[], Leases]:
        return lambda: LocalLeases(tmp_path / "not" / "yet" / "there")

    @pytest.fixture
    def broken(self, tmp_path: Path) -> Leases:
        (tmp_path / "file").write_text("no folder")
        return LocalLeases(tmp_path / "file")


class TestObjectLeasesInMemory(Expiring):
    @pytest.fixture
    def again(self, stopwatch: Stopwatch) -> Callable[[], Leases]:
        store = MemoryStore()
        return lambda: ObjectLeases(store, clock=stopwatch)


class TestObjectLeasesInAFolder(Expiring):
    @pytest.fixture
    def again(self, tmp_path: Path, stopwatch: Stopwatch) -> Callable[[], Leases]:
        return lambda: ObjectLeases(LocalStore(tmp_path), clock=stopwatch)

    @pytest.fixture
    def broken(self, tmp_path: Path) -> Leases:
        (tmp_path / "file").write_text("no folder")
        return ObjectLeases(LocalStore(tmp_path / "file"))


class TestObjectLeasesOnS3(Expiring):
    @pytest.fixture
    def again(self, s3: tuple[str, dict[str, Any]], stopwatch: Stopwatch) -> Callable[[], Leases]:
        url, options = s3
        return lambda: ObjectLeases(open_store(url, options=options), clock=stopwatch)

    @pytest.fixture
    def broken(self, s3: tuple[str, dict[str, Any]]) -> Leases:
        _, options = s3
        return ObjectLeases(open_store("s3://tests/x", options={**options, "secret": "wrong"}))


class TestRedisLeases(LeaseTests):
    @pytest.fixture
    def again(self, redis_server: RedisServer) -> Iterator[Callable[[], Leases]]:
        import redis

        yield lambda: RedisLeases(redis_server.url, scope="tests", expiry=0.5)
        redis.Redis.from_url(redis_server.url).flushall()

    @pytest.fixture
    def expire(self) -> Callable[[], None]:
        # The server's time passes by itself.
        return lambda: time.sleep(0.05)

    @pytest.fixture
    def broken(self) -> Leases:
        pytest.importorskip("redis")
        return RedisLeases(f"redis://127.0.0.1:{free_port()}/0")


def test_caches_on_one_server_do_not_share_leases(redis_server: RedisServer) -> None:
    here, there = (
        open_leases(LocalStore(folder), redis_server.url) for folder in ("/here", "/there")
    )

    held(here)

    assert held(there)
    assert not here.lease(NAME).acquire()


def test_a_lease_that_is_renewed_is_never_taken_over(stopwatch: Stopwatch) -> None:
    store = MemoryStore()
    holder = held(ObjectLeases(store, clock=stopwatch))
    waiter = ObjectLeases(store, clock=stopwatch).lease(NAME)

    for _ in range(10):
        stopwatch.now += EXPIRY - 1
        assert waiter.other() is not None
        assert holder.renew()
        assert waiter.other() is not None

    stopwatch.now += EXPIRY - 1
    assert waiter.other() is not None
    stopwatch.now += 1
    assert waiter.other() is None


def test_who_saw_a_dead_holder_and_then_a_live_one_takes_nothing_over(
    stopwatch: Stopwatch,
) -> None:
    store = MemoryStore()
    first, late, early = (ObjectLeases(store, clock=stopwatch).lease(NAME) for _ in range(3))
    first.acquire()
    for waiter in (late, early):
        waiter.other()
    stopwatch.expire()
    assert (late.other(), early.other()) == (None, None)
    early.acquire()

    assert not late.acquire()
    assert late.other() is not None
    assert early.renew()


@pytest.mark.parametrize("hours", [-1, 1])
def test_clocks_an_hour_apart_matter_to_nobody(hours: int, stopwatch: Stopwatch) -> None:
    store = MemoryStore()
    other = Stopwatch()
    other.now += 3600 * hours
    holder = held(ObjectLeases(store, clock=other))
    waiter = ObjectLeases(store, clock=stopwatch).lease(NAME)

    assert waiter.other() is not None
    assert holder.renew()
    stopwatch.now += EXPIRY - 1
    assert waiter.other() is not None
    stopwatch.expire()
    assert waiter.other() is None


@pytest.mark.parametrize("content", [b"", b"\xff\x00", b"[]", b'{"expiry": 1e300}', b"x" * 5000])
def test_a_lease_that_cannot_be_read_is_somebody_s_and_expires(
    content: bytes, stopwatch: Stopwatch
) -> None:
    store = MemoryStore()
    store.put(NAME, [content])
    waiter = ObjectLeases(store, clock=stopwatch).lease(NAME)

    assert not waiter.acquire()
    assert str(waiter.other()) == "somebody"
    stopwatch.now += 10 * EXPIRY
    assert waiter.other() is None
    assert waiter.acquire()


class Unsure(MemoryStore):
    """Does what it is told, and in some of its writes says that it failed, or was refused."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[str] = []
        self.deaf = False

    def get(self, name: str) -> Stored | None:
        if self.deaf:
            raise StoreError("no answer", "wait")
        return super().get(name)

    def exchange(self, name: str, data: Any, *, version: str | None) -> str | None:
        answer = self.answers.pop(0) if self.answers else "done"
        if answer == "not done":
            raise StoreError("no answer", "wait")
        wrote = super().exchange(name, data, version=version)
        if answer == "error":
            raise StoreError("no answer", "wait")
        return None if answer == "refused" else wrote


@pytest.fixture
def unsure() -> Unsure:
    return Unsure()


@pytest.mark.parametrize("answer", ["error", "refused"])
def test_a_write_that_was_done_and_reported_otherwise_is_recognised(
    answer: str, unsure: Unsure
) -> None:
    unsure.answers = [answer, answer, "done", answer]
    lease = ObjectLeases(unsure).lease(NAME)

    assert lease.acquire()
    assert [lease.renew() for _ in range(4)] == [True] * 4
    assert not ObjectLeases(unsure).lease(NAME).acquire()
    lease.release()
    assert ObjectLeases(unsure).lease(NAME).acquire()


def test_a_write_that_was_not_done_is_an_error_and_the_lease_is_free(unsure: Unsure) -> None:
    unsure.answers = ["not done"]

    with pytest.raises(StoreError):
        ObjectLeases(unsure).lease(NAME).acquire()

    assert ObjectLeases(unsure).lease(NAME).acquire()


@pytest.mark.parametrize("answer", ["error", "not done"])
def test_a_renewal_nobody_answered_is_made_up_for_by_the_next(answer: str, unsure: Unsure) -> None:
    lease = held(ObjectLeases(unsure))
    unsure.answers, unsure.deaf = [answer], True
    with pytest.raises(StoreError):
        lease.renew()
    unsure.deaf = False

    assert lease.renew()
    assert not ObjectLeases(unsure).lease(NAME).acquire()


def test_a_lease_is_released_whose_last_renewal_nobody_answered(unsure: Unsure) -> None:
    lease = held(ObjectLeases(unsure))
    unsure.answers, unsure.deaf = ["error"], True
    with pytest.raises(StoreError):
        lease.renew()
    unsure.deaf = False

    lease.release()

    assert unsure.get(NAME) is None


HOLDER = """
import os, sys
from orchestra_cache.leases.local import LocalLeases
lease = LocalLeases(sys.argv[1]).lease(sys.argv[2])
assert lease.acquire()
{then}
os.write(1, b"held\\n")
sys.stdin.read()
"""
FORK = """
if not os.fork():
    os.write(1, b"forked\\n")
    sys.stdin.read()
    os._exit(0)
"""


def started(root: Path, then: str = "") -> subprocess.Popen[str]:
    program = HOLDER.format(then=then)
    return subprocess.Popen(
        [sys.executable, "-c", program, str(root), NAME],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def test_the_kernel_gives_a_killed_holder_s_lease_to_the_next_at_once(tmp_path: Path) -> None:
    leases = LocalLeases(tmp_path)
    with started(tmp_path) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        before = leases.lease(NAME).other()
        holder.kill()
        holder.wait()

    assert before is not None
    assert before.pid == holder.pid
    assert leases.lease(NAME).other() is None
    assert leases.lease(NAME).acquire()


def test_a_child_that_outlives_a_killed_holder_does_not_keep_its_lease(tmp_path: Path) -> None:
    leases = LocalLeases(tmp_path)
    with started(tmp_path, FORK) as holder:
        assert holder.stdin is not None and holder.stdout is not None
        lines = {holder.stdout.readline() for _ in range(2)}
        holder.kill()
        os.waitpid(holder.pid, 0)
        # The child reads from the same pipe, and ends with it.
        after = leases.lease(NAME).acquire()

    assert lines == {"held\n", "forked\n"}
    assert after


def test_a_program_that_a_holder_starts_does_not_keep_its_lease(tmp_path: Path) -> None:
    leases = LocalLeases(tmp_path)
    lease = held(leases)
    with subprocess.Popen(
        [sys.executable, "-c", "print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        close_fds=False,
    ) as program:
        assert program.stdin is not None and program.stdout is not None
        program.stdout.readline()
        lease.release()
        after = leases.lease(NAME).acquire()
        program.stdin.write(b"\n")

    assert after


def test_who_opened_a_lease_before_it_was_released_does_not_hold_the_removed_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leases = LocalLeases(tmp_path)
    first, second, third = held(leases), leases.lease(NAME), leases.lease(NAME)
    flock = fcntl.flock

    def after_others(descriptor: int, operation: int) -> None:
        monkeypatch.setattr(fcntl, "flock", flock)
        first.release()
        assert third.acquire()
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", after_others)

    assert not second.acquire()
    assert third.renew()


FULL = """
import resource, signal, sys
from orchestra_cache.leases.local import LocalLeases
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
leases = LocalLeases(sys.argv[1])
first, second = (leases.lease("main/leases-v1/a/1") for _ in range(2))
print(first.acquire(), second.acquire(), second.other(), first.release(), second.acquire())
"""


def test_a_lease_of_a_full_disk_is_somebody_s(
    tmp_path: Path, run_python: Callable[..., str]
) -> None:
    assert run_python(FULL, str(tmp_path)) == "True False somebody None True"


def test_local_leases_are_private_and_leave_no_files(tmp_path: Path) -> None:
    lease = held(LocalLeases(tmp_path / "cache"))
    path = tmp_path / "cache" / NAME
    modes = [one.stat().st_mode & 0o777 for one in (path, *path.parents[:4])]

    lease.release()

    assert modes == [0o600, 0o700, 0o700, 0o700, 0o700]
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []


def test_a_local_holder_that_stands_still_keeps_its_lease(tmp_path: Path) -> None:
    with started(tmp_path) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        os.kill(holder.pid, signal.SIGSTOP)
        other = LocalLeases(tmp_path).lease(NAME).other()
        holder.kill()

    assert other is not None
