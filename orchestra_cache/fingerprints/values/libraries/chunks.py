"""How long runs of items become digests: in chunks of a fixed size, on all cores.

Chunks are independent, so that what has to be gathered, blanked or decoded first is so by the core
that hashes it, while it is in that core's cache, and no more than a chunk for each core exists at a
time. What fits one chunk is hashed as it is.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from orchestra_cache.fingerprints.digest import combine, digest_parts

__all__ = [
    "Read",
    "Run",
    "blocks",
    "digest_all",
    "digest_plans",
    "in_block",
    "in_chunk",
    "items",
]

# Bytes of a chunk: few enough for all cores to have some, so many that Python's share is small.
CHUNK = 1 << 21

# Bytes that a core gathers at once: what they were gathered from and they fit its cache.
BLOCK = 1 << 20

# More do not help, as one thread at a time runs Python, and each holds a chunk or two.
_MOST_THREADS = 16

# The bytes of items number start to stop, in one part or more.
Read = Callable[[int, int], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class Run:
    """A number of items, cut every `step`.

    `work(start, stop)` returns the digest of those items, or several digests in a row, if several
    things are best read together; there are `width` of them.
    """

    count: int
    step: int
    work: Callable[[int, int], bytes]
    width: int = 1


def items(count: int, size: int, read: Read) -> Run:
    """A run of items of `size` bytes each."""
    return Run(count, in_chunk(size), lambda *rows: digest_parts(read(*rows)))


def in_chunk(size: int) -> int:
    """How many items of `size` bytes make a chunk."""
    return CHUNK // max(1, size) or 1


def in_block(size: int) -> int:
    """How many items of `size` bytes a core gathers at once."""
    return BLOCK // max(1, size) or 1


def blocks(start: int, stop: int, size: int) -> Iterator[tuple[int, int]]:
    """Cut items of `size` bytes into blocks."""
    step = in_block(size)
    return ((at, min(at + step, stop)) for at in range(start, stop, step))


def digest_all(runs: Sequence[Run]) -> list[bytes]:
    """Digest runs side by side; one digest for each thing they are made of."""
    jobs = [(run, start) for run in runs for start in range(0, max(1, run.count), run.step)]
    threads = min(_MOST_THREADS, int(sum(run.count / run.step for run in runs)))
    done = _shared(jobs, min(threads, _cores())) if threads > 1 else [_digest(*job) for job in jobs]
    digests = iter(done)
    return [digest for run in runs for digest in _joined(run, digests)]


def digest_plans(plans: Sequence[Sequence[bytes | Run]]) -> list[list[bytes]]:
    """Put digests in the places of runs, all runs of all plans being digested side by side."""
    runs = [part for plan in plans for part in plan if isinstance(part, Run)]
    digests = iter(digest_all(runs))
    return [
        [b"".join(islice(digests, part.width)) if isinstance(part, Run) else part for part in plan]
        for plan in plans
    ]


def _digest(run: Run, start: int) -> bytes:
    return run.work(start, min(start + run.step, run.count))


def _joined(run: Run, digests: Iterator[bytes]) -> Iterator[bytes]:
    chunks = [next(digests) for _ in range(0, max(1, run.count), run.step)]
    for at in range(0, 32 * run.width, 32):
        parts = [chunk[at : at + 32] for chunk in chunks]
        yield parts[0] if len(parts) == 1 else combine("chunks", b"".join(parts)).raw


def _shared(jobs: Sequence[tuple[Run, int]], threads: int) -> list[bytes]:
    """Do the jobs in this thread and as many others as can be had."""
    done: list[bytes] = [b""] * len(jobs)
    failed: list[BaseException] = []
    turns = iter(range(len(jobs)))

    def work() -> None:
        try:
            for at in turns:
                done[at] = _digest(*jobs[at])
        except BaseException as error:
            failed.append(error)
            # Nobody starts on what is left.
            list(turns)

    others = list(_started(work, threads - 1))
    work()
    for other in others:
        other.join()
    if failed:
        raise failed[0]
    return done


def _started(work: Callable[[], None], count: int) -> Iterator[threading.Thread]:
    """Start threads for one job: a pool of them would not survive a fork."""
    for _ in range(count):
        thread = threading.Thread(target=work, name="orchestra-cache-digest", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # There are no more to be had: the process ends, or its limit is reached.
            return
        yield thread


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
