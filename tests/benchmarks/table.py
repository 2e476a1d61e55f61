"""The table of all rows: our time, the others' in ratios, and what is asked of us."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from tests.benchmarks.measure import Timing, extra_memory, timed
from tests.benchmarks.peers import NAMES, blake3_of, peers_of
from tests.benchmarks.rows import RAW, Bound, Row

__all__ = ["lines"]

_COLUMNS = ("row", "ours", "median", RAW, *NAMES, "others", "memory", "asked for")


def lines(rows: Iterable[Row], *, scale: float = 1.0, seconds: float = 4.0) -> Iterator[str]:
    """Measure row by row.

    Args:
        scale: Size of the values; less than 1 is a trial, whose figures mean nothing.
        seconds: What a contender may take for a row.
    """
    yield f"| {' | '.join(_COLUMNS)} |"
    yield f"|{'---|' * len(_COLUMNS)}"
    for row in rows:
        yield f"| {' | '.join(_cells(row, scale, seconds))} |"


def _cells(row: Row, scale: float, seconds: float) -> list[str]:
    value = row.make(scale)
    contenders = _contenders(row, value)
    ours = contenders["ours"]
    prepare = None if row.prepare is None else partial(row.prepare, value)
    memory = extra_memory(ours, prepare) if row.bound.memory is not None else None
    times = timed(contenders, rounds=row.rounds, seconds=seconds, prepare=prepare)
    known = ["ours", RAW, *NAMES]
    others = [f"{name} {_ratio(times, name)}" for name in times if name not in known]
    return [
        row.name,
        _duration(times["ours"].least),
        _duration(times["ours"].median),
        *(_ratio(times, name) for name in (RAW, *NAMES)),
        ", ".join(others) or "",
        "" if memory is None else f"{memory / 2**20:.0f} MiB",
        "; ".join(_verdicts(row.bound, times, memory)),
    ]


def _contenders(row: Row, value: object) -> dict[str, Callable[[], object]]:
    contenders: dict[str, Callable[[], object]] = {"ours": lambda: row.call(value)}
    if row.buffers is not None:
        buffers = list(row.buffers(value))
        contenders[RAW] = lambda: blake3_of(buffers)
    contenders.update(row.others(value))
    return {**contenders, **(peers_of(value) if row.peers else {})}


def _ratio(times: dict[str, Timing], name: str) -> str:
    if name not in times:
        return "–"
    ratio = times[name].over(times["ours"])
    return f"{ratio:.0f}×" if ratio >= 20 else f"{ratio:.1f}×" if ratio >= 2 else f"{ratio:.2f}×"


def _verdicts(bound: Bound, times: dict[str, Timing], memory: int | None) -> Iterator[str]:
    if bound.seconds is not None:
        reached = times["ours"].least <= bound.seconds
        yield f"≤ {_duration(bound.seconds)} {_mark(reached)}"
    for name, ratio in bound.ratios.items():
        if name in times:
            yield f"{name} ≥ {ratio:g}× {_mark(times[name].over(times['ours']) >= ratio)}"
    for name, seconds in bound.added.items():
        more = times["ours"].least - times[name].least
        yield f"{name} + {_duration(more)} ≤ {_duration(seconds)} {_mark(more <= seconds)}"
    for (base, peer), share in bound.shares.items():
        ours, theirs = (times[name].beyond(times[base]) for name in ("ours", peer))
        reached = ours <= share * theirs
        yield f"adds {_duration(ours)} ≤ {share:g} of {_duration(theirs)} {_mark(reached)}"
    if bound.memory is not None and memory is not None:
        yield f"< {bound.memory >> 20} MiB {_mark(memory < bound.memory)}"


def _mark(reached: bool) -> str:
    return "✓" if reached else "✗"


def _duration(seconds: float) -> str:
    if seconds < 0:
        return f"-{_duration(-seconds)}"
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"
