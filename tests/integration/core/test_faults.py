"""Whatever fails at whichever operation: no result is lost or wrong, and the next run heals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from orchestra_cache import Cache
from orchestra_cache.events import Hit
from orchestra_cache.testing.faults import (
    Effect,
    FaultyStore,
    Plan,
    fail,
    fill,
    late,
    throttle,
    truncate,
    twice,
    unconfirmed,
)
from tests.conftest import ROOT
from tests.integration.core.servers.proxy import Fault, Proxy, Request

EFFECTS: dict[str, Callable[[], Effect]] = {
    "fails": fail,
    "is throttled": throttle,
    "is done but not confirmed": unconfirmed,
    "is done twice": twice,
    "loses all": lambda: truncate(0),
    "loses the end": lambda: truncate(70),
    "is seen late": lambda: late(2),
    "finds the disk full": lambda: fill(0),
}
SIZES = {"small": 10, "large": 100_000}
# A machine that is busy with other tests is no store that is down.
PATIENT = timedelta(minutes=1)


class Source:
    """What a task computes from: bytes that no compression shrinks, others each time."""

    def __init__(self, size: int) -> None:
        self.size, self.made = size, [b""]

    def __call__(self) -> bytes:
        self.made.append(os.urandom(self.size))
        return self.made[-1]

    def __fingerprint__(self) -> object:
        return self.size


class Place:
    """One place, reached as it is and by way of a plan."""

    def __init__(self, make: Callable[[], Cache], size: int) -> None:
        self.make, self.plan, self.source = make, Plan(), Source(size)

    def task(self, mode: Any = "use", *, faulty: bool = True) -> Any:
        cache, source = self.make(), self.source
        if faulty:
            store = FaultyStore(cache.store, self.plan)
            cache._entries = replace(cache._entries, store=store)

        def task() -> bytes:
            return source()

        return cache.memoize(mode=mode)(task)

    def seen(self) -> list[bytes | None]:
        """What readers find, with and without the plan."""
        found = [self.task(faulty=faulty).lookup() for faulty in (True, False)]
        return [bytes(one.value) if isinstance(one, Hit) else None for one in found]


@pytest.fixture(params=["local", "s3"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Place]:
    """A place of its own each time."""
    url, options = (
        (str(tmp_path), {}) if request.param == "local" else request.getfixturevalue("s3")
    )

    def place(size: str) -> Place:
        own = f"{url}/{uuid4().hex}"
        return Place(lambda: Cache(own, storage_options=options, budget=PATIENT), SIZES[size])

    return place


def steps(place: Place, work: Callable[[Place], object]) -> int:
    """How many operations something takes where all goes well."""
    place.plan.clear()
    work(place)
    return len(place.plan.operations)


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("size", SIZES)
def test_a_publish_survives_a_fault_at_every_operation(
    size: str, effect: str, places: Callable[[str], Place]
) -> None:
    whole = places(size)
    count = steps(whole, lambda place: place.task()())

    for step in range(1, count + 1):
        place = places(size)
        place.plan.add(EFFECTS[effect](), at=step)
        result = place.task()()
        seen = place.seen()
        place.plan.clear()
        place.task()()
        healed = place.seen()

        assert result == place.source.made[1]
        assert set(seen) <= {None, result}
        assert healed[0] == healed[1] == place.source.made[-1]

    # A miss in a folder also says what changed, and for that lists it.
    assert count == {"small": 2, "large": 3}[size] + whole.make().store.local


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("size", SIZES)
def test_a_hit_survives_a_fault_at_every_operation(
    size: str, effect: str, places: Callable[[str], Place]
) -> None:
    def published() -> Place:
        place = places(size)
        place.task(faulty=False)()
        return place

    count = steps(published(), lambda place: place.task()())

    for step in range(1, count + 1):
        place = published()
        place.plan.add(EFFECTS[effect](), at=step)
        result = place.task()()
        seen = place.seen()
        place.plan.clear()
        healed = [place.task()(), place.task()()]

        assert result in place.source.made[1:]
        assert set(seen) <= {None, *place.source.made[1:]}
        assert healed[0] == healed[1] in place.source.made[1:]

    assert count == {"small": 1, "large": 2}[size]


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("size", SIZES)
def test_a_refresh_survives_a_fault_at_every_operation(
    size: str, effect: str, places: Callable[[str], Place]
) -> None:
    def published() -> Place:
        place = places(size)
        place.task(faulty=False)()
        return place

    count = steps(published(), lambda place: place.task("refresh")())

    for step in range(1, count + 1):
        place = published()
        place.plan.add(EFFECTS[effect](), at=step)
        result = place.task("refresh")()
        seen = place.seen()
        place.plan.clear()
        last = place.task("refresh")()

        assert result == place.source.made[2]
        assert set(seen) <= {None, *place.source.made[1:3]}
        assert place.seen() == [last, last]


PROGRAM = """
import sys
from datetime import timedelta
from orchestra_cache import Cache
from tests.integration.core.test_faults import produced
patient = timedelta(minutes=1)
cache = Cache(sys.argv[1], storage_options=eval(sys.argv[2]), budget=patient)
cache.memoize(produced)(int(sys.argv[3]))
"""


def produced(size: int) -> bytes:
    """The same bytes each time, which no compression shrinks."""
    import random

    return random.Random(size).randbytes(size)


def killed(
    url: str, options: dict[str, Any], size: int, wire: Proxy, *, at: int, after: bool
) -> int:
    """Run a publish, killed at one of its writes: before or after the server has done it."""
    process: subprocess.Popen[bytes] | None = None
    writes = 0

    def fits(request: Request) -> bool:
        nonlocal writes
        if request.method not in ("PUT", "POST"):
            return False
        writes += 1
        if writes == at and process is not None:
            os.kill(process.pid, signal.SIGKILL)
        return writes >= at > 0

    wire.faults[:] = [Fault(fits, status=0, after=after)]
    words = [sys.executable, "-c", PROGRAM, url, repr(options), str(size)]
    process = subprocess.Popen(words, cwd=ROOT)
    process.wait(60)
    wire.settle()
    wire.faults.clear()
    assert process.returncode == (-signal.SIGKILL if at else 0)
    return writes


# The largest is written in parts: begun, three parts, completed, and then the entry.
@pytest.mark.parametrize(
    ("size", "writes", "after"),
    [(10, 1, False), (10, 1, True), (100_000, 2, False), (100_000, 2, True), (17 << 20, 6, True)],
)
def test_a_process_killed_at_any_write_to_s3_leaves_all_or_nothing(
    size: int, writes: int, after: bool, seaweed: Any, proxy: Callable[[int], Proxy]
) -> None:
    wire = proxy(seaweed.port)
    options = seaweed.options(wire.port)
    places = [f"s3://{seaweed.bucket}/{uuid4().hex}" for _ in range(writes + 1)]

    made = killed(places[0], options, size, wire, at=0, after=after)

    for step in range(1, writes + 1):
        killed(places[step], options, size, wire, at=step, after=after)
        task = Cache(places[step], storage_options=seaweed.storage_options, budget=PATIENT).memoize(
            produced
        )
        found = task.lookup(size)
        assert not found or bytes(found.value) == produced(size)  # type: ignore[union-attr]
        assert bool(found) == (after and step == writes)
        assert task(size) == produced(size)
        assert task.lookup(size)
    assert made == writes
