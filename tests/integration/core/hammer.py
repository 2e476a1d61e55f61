"""What the processes do that use one cache while others collect it."""

from __future__ import annotations

import random
import time
from datetime import timedelta

from orchestra_cache import Cache
from orchestra_cache.events import Event, Published, subscribe

__all__ = ["PINNED", "collecting", "content", "using"]

_KEYS, _CONTENTS, _AT_ONCE = 180, 18, 3
PINNED = (1001, 1002, 1003)


def content(number: int) -> bytes:
    """One of few large values, so that many results share their blobs."""
    return random.Random(number % _CONTENTS).randbytes(70_000)


def result(number: int) -> bytes:
    return content(number)


def _now_used(chance: random.Random) -> int:
    """A key whose value is in use now; others rest for longer than the time of grace."""
    phase = int(time.time() * 2) % (_CONTENTS // _AT_ONCE)
    value = phase * _AT_ONCE + chance.randrange(_AT_ONCE)
    return value + _CONTENTS * chance.randrange(_KEYS // _CONTENTS)


def using(root: str, seconds: float, seed: int) -> dict[str, int]:
    """Call and look up until time is over; what was wrong is counted."""
    chance = random.Random(seed)
    counts = {"calls": 0, "wrong": 0, "lost": 0, "published": 0}
    seen: list[Event] = []
    subscribe(seen.append)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        cache = Cache(root)
        task = cache.memoize(result)
        for _ in range(50):
            number = _now_used(chance)
            counts["calls"] += 1
            counts["wrong"] += task(number) != content(number)
            pinned = task.lookup(chance.choice(PINNED))
            counts["lost"] += not pinned
        cache.flush()
    counts["published"] = sum(isinstance(event, Published) for event in seen)
    return counts


def collecting(root: str, seconds: float, seed: int) -> dict[str, int]:
    """Collect with limits that leave little, until time is over."""
    chance = random.Random(seed)
    counts = {"runs": 0, "entries": 0, "blobs": 0}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        report = Cache(root).collect(
            max_entries=chance.randrange(20),
            order=chance.choice(["lru", "fifo"]),
            grace=timedelta(seconds=1),
            full=chance.random() < 0.2,
        )
        counts["runs"] += 1
        counts["entries"] += report.deleted.count
        counts["blobs"] += report.deleted_blobs.count
    return counts
