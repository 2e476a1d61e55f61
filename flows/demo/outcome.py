"""What is known of one run: what the steps left behind, and what cache and engine said."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.scenes import STEPS

__all__ = ["Outcome", "Step", "read_outcome"]

_CARRIED = ("changes", "producer", "reason", "seconds", "state")


@dataclass(frozen=True)
class Step:
    """One step in one run.

    Attributes:
        executions: How often its function was called, by the marks that the function leaves.
        said: What the cache said: `hit`, `miss` or nothing.
        seconds: How long it took, or would have taken; None while it runs.
        troubles: What else the cache reported.
        state: The engine's own word for how it ended.
    """

    name: str
    executions: int = 0
    said: str = ""
    key: str = ""
    reason: str = ""
    changes: tuple[str, ...] = ()
    producer: str = ""
    seconds: float | None = None
    troubles: tuple[str, ...] = ()
    state: str = ""


@dataclass(frozen=True)
class Outcome:
    """A run so far; `first` is when the cache was first asked."""

    steps: tuple[Step, ...] = tuple(Step(name) for name in STEPS)
    first: float | None = None

    @property
    def ran(self) -> int:
        return sum(step.executions for step in self.steps)

    @property
    def saved(self) -> float:
        return sum(step.seconds or 0.0 for step in self.steps if not step.executions)


def read_outcome(*, markers: Path, events: Path) -> Outcome:
    """Read the files of a run, which may still be going on."""
    counted = Counter(_lines(markers))
    notes = [json.loads(line) for line in _lines(events)]
    by_step = {name: [note for note in notes if note["task"] == name] for name in STEPS}
    steps = tuple(_step(name, counted[name], by_step[name]) for name in STEPS)
    asked = (note["at"] for note in notes if note["kind"] in ("hit", "miss"))
    return Outcome(steps, min(asked, default=None))


def _step(name: str, executions: int, notes: Iterable[Mapping[str, Any]]) -> Step:
    notes = list(notes)
    known = {field: note[field] for note in notes for field in _CARRIED if field in note}
    said = [note for note in notes if note["kind"] in ("hit", "miss")]
    if said:
        known |= {"said": said[-1]["kind"], "key": said[-1]["key"]}
    troubles = tuple(note["trouble"] for note in notes if note["kind"] == "trouble")
    changes = tuple(known.pop("changes", ()))
    return Step(name, executions, changes=changes, troubles=troubles, **known)


def _lines(path: Path) -> list[str]:
    """Whole lines: the last one may be half written."""
    if not path.exists():
        return []
    return path.read_text(encoding="utf-8").split("\n")[:-1]
