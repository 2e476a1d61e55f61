"""What a row of the table is: a value, who handles it, and what is asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["RAW", "Bound", "Row"]

RAW = "BLAKE3"

Contenders = Mapping[str, Callable[[], object]]


@dataclass(frozen=True, slots=True)
class Bound:
    """What is asked for.

    Args:
        seconds: The longest that a call may take.
        ratios: By contender, its time over ours, at least: 3 is three times as fast as it,
            0.5 is no more than twice its time.
        added: By contender, the seconds that ours may take more than it.
        memory: Bytes by which the process may grow.
        shares: By two contenders: what ours adds to the time of the first is at most so much of
            what the second adds to it.
    """

    seconds: float | None = None
    ratios: Mapping[str, float] = field(default_factory=dict)
    added: Mapping[str, float] = field(default_factory=dict)
    memory: int | None = None
    shares: Mapping[tuple[str, str], float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Args:
        name: What is measured, for people.
        make: Makes the value; its argument is 1.0, or less for a trial.
        call: What we do with it.
        buffers: The same content as it lies in memory or would lie in one piece.
        others: Contenders besides the hashers of values, who are there unless `peers` is False.
        prepare: Called before each call, untimed; without it, all calls are alike.
    """

    name: str
    make: Callable[[float], Any]
    call: Callable[[Any], object]
    bound: Bound = Bound()
    buffers: Callable[[Any], Iterable[Any]] | None = None
    others: Callable[[Any], Contenders] = lambda value: {}
    peers: bool = True
    prepare: Callable[[Any], object] | None = None
    rounds: int = 9
