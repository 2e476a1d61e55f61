"""Of processes that miss the same key one computes, and a holder that is gone holds up nobody."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.core import flights
from tests.integration.core.redis_server import RedisServer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")

Terms = dict[str, Any]

# What a crowded machine may keep a process from renewing its lease.
EXPIRY_SECONDS = 2.0


@pytest.fixture
def local(tmp_path: Path) -> Terms:
    return {"url": str(tmp_path / "cache")}


@pytest.fixture
def on_s3(s3: tuple[str, dict[str, Any]]) -> Terms:
    url, options = s3
    return {"url": url, "options": options, "expiry": EXPIRY_SECONDS, "preloaded": "s3fs"}


@pytest.fixture
def in_redis(tmp_path: Path, redis_server: RedisServer) -> Terms:
    url = str(tmp_path / uuid4().hex)
    service = {"redis": redis_server.url, "preloaded": "redis"}
    return {"url": url, "expiry": EXPIRY_SECONDS, **service}


@pytest.fixture
def terms(request: pytest.FixtureRequest) -> Terms:
    return request.getfixturevalue(request.param)


ALL = pytest.mark.parametrize("terms", ["local", "on_s3", "in_redis"], indirect=True)
EXPIRING = pytest.mark.parametrize("terms", ["on_s3", "in_redis"], indirect=True)


class Caller:
    """A process that makes one call and tells what happens."""

    def __init__(self, terms: Terms) -> None:
        self.process = subprocess.Popen(
            [sys.executable, flights.__file__, "call", json.dumps(terms)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.said: list[str] = []

    def until(self, word: str) -> None:
        """Read what it says up to a word."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line.strip())
            if self.said[-1] == word:
                return
        raise AssertionError(f"it never said {word!r}, but {self.said}")

    def result(self, word: str = "") -> Any:
        """Let its computation end, if it has one."""
        said, _ = self.process.communicate(f"{word}\n")
        self.said += said.split("\n")[:-1]
        return json.loads(self.said.pop())

    def signal(self, number: int) -> None:
        os.kill(self.process.pid, number)

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def start() -> Iterator[Callable[..., Caller]]:
    with ExitStack() as stack:

        def started(terms: Terms, **more: Any) -> Caller:
            caller = Caller({**terms, **more})
            stack.callback(caller.close)
            return caller

        yield started


@pytest.fixture
def holder(terms: Terms, start: Callable[..., Caller]) -> Caller:
    """It computes."""
    holder = start(terms)
    holder.until("computing")
    return holder


@pytest.fixture
def waiter(terms: Terms, start: Callable[..., Caller], holder: Caller) -> Caller:
    """It waits for the holder."""
    waiter = start(terms)
    waiter.until("Waiting")
    return waiter


@ALL
def test_who_waits_hits_what_the_holder_publishes(holder: Caller, waiter: Caller) -> None:
    result = holder.result("once")

    assert result == waiter.result() == "done once"
    assert holder.said == ["Miss", "computing", "Published"]
    assert waiter.said == ["Waiting", "Waited", "Hit"]


@ALL
def test_another_takes_over_from_a_killed_holder(holder: Caller, waiter: Caller) -> None:
    holder.signal(signal.SIGKILL)

    waiter.until("computing")

    assert waiter.result("after all") == "done after all"
    assert waiter.said == ["Waiting", "Waited", "Miss", "computing", "Published"]


@EXPIRING
def test_a_holder_that_stood_still_is_fenced_and_its_late_result_harmless(
    terms: Terms, start: Callable[..., Caller], holder: Caller, waiter: Caller
) -> None:
    holder.signal(signal.SIGSTOP)
    waiter.until("computing")
    theirs = waiter.result("in time")

    holder.signal(signal.SIGCONT)
    holder.until("Failed")
    own = holder.result("late")

    assert (own, theirs) == ("done late", "done in time")
    assert holder.said == ["Miss", "computing", "Failed"]
    assert start(terms).result() == "done in time"


@EXPIRING
def test_a_holder_that_stood_still_leaves_its_successor_s_lease_alone(
    terms: Terms, start: Callable[..., Caller], holder: Caller, waiter: Caller
) -> None:
    holder.signal(signal.SIGSTOP)
    waiter.until("computing")

    holder.signal(signal.SIGCONT)
    holder.until("Failed")
    own = holder.result("late")
    # It published first, and so the successor's result is the late one.
    theirs = waiter.result("in time")

    assert (own, theirs) == ("done late", "done in time")
    assert start(terms).result() == "done late"
    assert waiter.said[-1:] == ["computing"]


def test_who_waits_for_a_local_holder_that_stands_still_computes_when_it_has_waited_enough(
    local: Terms, start: Callable[..., Caller]
) -> None:
    holder = start(local)
    holder.until("computing")
    holder.signal(signal.SIGSTOP)

    theirs = start(local, wait=0.2).result("in time")
    holder.signal(signal.SIGCONT)
    own = holder.result("late")

    assert (own, theirs) == ("done late", "done in time")
    assert holder.said == ["Miss", "computing"]
    assert start(local).result() == "done in time"


@ALL
def test_processes_that_would_wait_for_each_other_do_not(
    terms: Terms, start: Callable[..., Caller]
) -> None:
    callers = [start(terms, ring=number) for number in range(2)]
    for caller in callers:
        caller.until("computing")
    for caller in callers:
        assert caller.process.stdin is not None
        caller.process.stdin.write("\n")
        caller.process.stdin.flush()

    results = [caller.result() for caller in callers]

    assert [result[:2] for result in results] == [[0, 1], [1, 0]]


def crowd(terms: Terms, **more: Any) -> list[tuple[list[int], list[str]]]:
    """What each of many processes got that made the same call at once, and its events."""
    words = [sys.executable, flights.__file__, "crowd", json.dumps({**terms, **more})]
    found = subprocess.run(words, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    answer = json.loads(found.stdout)
    assert answer["codes"] == [0] * more["processes"], found.stderr
    return [(value, events) for value, events in answer["told"]]


@ALL
def test_of_64_processes_that_miss_one_computes(terms: Terms) -> None:
    # On so crowded a machine a holder is not to be taken for dead too soon.
    told = crowd({**terms, "expiry": 30.0}, processes=64, seconds=2)

    (value,) = {tuple(value) for value, _ in told}
    assert len(value) == 1
    assert len(told) == 64
    assert sum("Published" in events for _, events in told) == 1
    assert sum("Miss" in events for _, events in told) == 1
    assert sum(events[-1] == "Hit" for _, events in told) == 63
    assert all("Failed" not in events for _, events in told)


FORKED = """
import os, sys, threading
from orchestra_cache import Cache, Policy
from orchestra_cache.events import Hit, Waiting, subscribe

class State:
    begun, may_end = threading.Event(), threading.Event()
    def __fingerprint__(self):
        return "state"

state = State()
cache = Cache(sys.argv[1], policy=Policy(single_flight=True))

@cache.memoize
def task():
    state.begun.set()
    state.may_end.wait()
    return os.getpid()

computing = threading.Thread(target=task)
computing.start()
state.begun.wait()
reader, writer = os.pipe()
child = os.fork()
if not child:
    told = []
    subscribe(told.append)
    subscribe(lambda event: isinstance(event, Waiting) and os.write(writer, b"."))
    os._exit(0 if task() == os.getppid() and isinstance(told[-1], Hit) else 1)
os.read(reader, 1)
state.may_end.set()
computing.join()
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_process_forked_while_a_thread_computes_waits_for_its_parent(
    tmp_path: Path, run_python: Callable[..., str]
) -> None:
    assert run_python(FORKED, str(tmp_path), timeout=60) == "0"


FORKS = """
import os, sys
from orchestra_cache import Cache, Policy

cache = Cache(sys.argv[1], policy=Policy(single_flight=True))

@cache.memoize(ignore={"depth"})
def task(depth):
    if not depth:
        return "inner"
    child = os.fork()
    if not child:
        os._exit(0 if task(0) == "inner" else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

print(task(1), len(list(cache.store.iter("main/leases-v1/"))))
"""


def test_a_process_forked_by_a_computation_does_not_wait_for_it(
    tmp_path: Path, run_python: Callable[..., str]
) -> None:
    assert run_python(FORKS, str(tmp_path), timeout=60) == "0 0"
