"""How long things take beside one another: in turns, so that a busy machine is busy for all."""

from __future__ import annotations

import ctypes
import gc
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Timing", "extra_memory", "timed"]

_STATUS = Path("/proc/self/status")
_RESET = Path("/proc/self/clear_refs")

# Seconds that a sample takes at least, and from which on no call is made to warm up.
_LONG, _VERY_LONG = 0.005, 0.5


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of one call, round by round."""

    rounds: list[float]

    @property
    def least(self) -> float:
        return min(self.rounds)

    @property
    def median(self) -> float:
        return _median(self.rounds)

    def over(self, other: Timing) -> float:
        """How many times as long this takes: the median of what each round says.

        In one round both find the machine as busy; the least of each may be from other times.
        """
        return _median([one / two for one, two in zip(self.rounds, other.rounds, strict=False)])

    def beyond(self, other: Timing) -> float:
        """Seconds that this takes more, likewise."""
        return _median([one - two for one, two in zip(self.rounds, other.rounds, strict=False)])


def timed(
    contenders: Mapping[str, Callable[[], object]],
    *,
    rounds: int,
    seconds: float,
    prepare: Callable[[], object] | None = None,
) -> dict[str, Timing]:
    """Time each contender once in every round.

    Args:
        contenders: What to call, by name.
        rounds: Times that the first one is called.
        seconds: What each may take in all; a slow one takes part in fewer rounds.
        prepare: Called before each call, untimed; without it, all calls are alike.
    """
    repeats, samples = {}, {}
    for name, call in contenders.items():
        repeats[name], samples[name] = (1, []) if prepare else _warmed(call)
    for _ in range(rounds):
        for name, call in contenders.items():
            if not samples[name] or sum(samples[name]) * repeats[name] < seconds:
                if prepare:
                    prepare()
                samples[name].append(_sample(call, repeats[name]))
    return {name: Timing(taken) for name, taken in samples.items()}


def _warmed(call: Callable[[], object]) -> tuple[int, list[float]]:
    """How many calls in a row take some milliseconds, and the first samples."""
    once = _sample(call, 1)
    if once > _VERY_LONG:
        return 1, [once]
    # The first call may have loaded something.
    samples = [_sample(call, 1) for _ in range(3)]
    return max(1, int(_LONG / min(samples))), samples


def _sample(call: Callable[[], object], repeats: int) -> float:
    turns = range(repeats)
    collecting = gc.isenabled()
    gc.disable()
    try:
        started = time.perf_counter()
        for _ in turns:
            call()
        return (time.perf_counter() - started) / repeats
    finally:
        if collecting:
            gc.enable()


def _median(numbers: list[float]) -> float:
    return sorted(numbers)[len(numbers) // 2]


def extra_memory(
    call: Callable[[], object], prepare: Callable[[], object] | None = None
) -> int | None:
    """Bytes by which the process grew at most while `call` ran; None where nobody counts them.

    What all allocators took from the system is counted, so first they give back what is free.
    """
    ready = prepare or (lambda: None)
    ready()
    call()
    ready()
    _give_back()
    try:
        _RESET.write_text("5")
        before = _kilobytes("VmRSS")
        call()
        return max(0, _kilobytes("VmHWM") - before) * 1024
    except (OSError, LookupError):
        return None


def _kilobytes(name: str) -> int:
    lines = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines())
    return int(lines[name].split()[0])


def _give_back() -> None:
    gc.collect()
    if "pyarrow" in sys.modules:
        sys.modules["pyarrow"].default_memory_pool().release_unused()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
