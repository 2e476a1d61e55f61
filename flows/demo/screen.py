"""What the audience sees of a scene."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from demo.outcome import Step
from demo.scenes import Scene
from demo.stage import Act

__all__ = ["View", "waiting"]

INDENT = 3


@dataclass(frozen=True)
class View:
    """A scene as a headline, a line for each step, and a sum.

    Attributes:
        makers: By key, the scene that stored the result.
        faults: By step; None while the scene is going on.
    """

    act: Act
    makers: Mapping[str, Scene]
    faults: Mapping[str, Sequence[str]] | None = None

    def __rich__(self) -> RenderableType:
        steps = Table.grid(padding=(0, 2, 0, 0))
        for width, justify in ((12, "left"), (7, "left"), (6, "right"), (6, "right")):
            steps.add_column(width=width, justify=justify, no_wrap=True)  # type: ignore[arg-type]
        steps.add_column(ratio=1)
        steps.add_row(*(Text(name, "dim") for name in ("step", "result", "took", "saved", "why")))
        for step in self.act.outcome.steps:
            steps.add_row(step.name, *self._cells(step))
        steps.add_row(*self._sum())
        return Padding(Group(self._headline(), Padding(steps, (0, 0, 0, INDENT))), (0, 0, 1, 0))

    def _headline(self) -> RenderableType:
        scene, over = self.act.scene, self.faults is not None
        failed = over and any((self.faults or {}).values())
        mark = Text("✗", "bold red") if failed else Text("✓", "bold green")
        line = Table.grid(padding=(0, 1, 0, 0), expand=True)
        line.add_column(width=INDENT - 1)
        line.add_column(ratio=1)
        line.add_column(justify="right")
        title = Text(f"{scene.engine}: {scene.title}", "bold")
        elapsed = Text.assemble((f"{self.act.seconds:.0f} s", "dim"), " ", mark if over else "")
        line.add_row(Text(scene.number, "bold cyan"), title, elapsed)
        return line

    def _cells(self, step: Step) -> list[Text]:
        wrong = (self.faults or {}).get(step.name, ())
        result, style = _result(step, over=self.faults is not None)
        time = Text(_duration(step.seconds))
        took, saved = (time, Text()) if step.executions else (Text(), time)
        saved.stylize("green")
        why = Text("\n").join([Text(fault, "bold red") for fault in wrong] + [self._why(step)])
        return [Text(result, "bold red" if wrong else style), took, saved, why]

    def _why(self, step: Step) -> Text:
        if step.said == "hit":
            maker = self.makers.get(step.key)
            return Text(f"made in scene {maker.number}, by {maker.engine}" if maker else "")
        return Text(", ".join(step.changes) or step.reason)

    def _sum(self) -> list[Text]:
        act = self.act
        took, engine = act.seconds - act.starting, act.scene.engine
        if act.outcome.first is None:
            return [Text(), Text(), Text(), Text(), Text(f"{engine} is starting", "cyan")]
        cells = ["together", f"{act.outcome.ran} ran", _duration(took)]
        cells += [_duration(act.outcome.saved), f"and {act.starting:.0f} s for {engine} to start"]
        return [Text(cell, "bold" if cell != cells[-1] else "dim") for cell in cells]


def waiting(what: str, *, seconds: float) -> RenderableType:
    """One line for what takes a while."""
    return Spinner("dots", Text.assemble(f"{what}  ", (f"{seconds:.0f} s", "dim")), style="cyan")


def _result(step: Step, *, over: bool) -> tuple[str, str]:
    if step.executions:
        running = step.seconds is None and not over
        return ("running", "cyan") if running else ("ran", "yellow")
    return ("cached", "green") if step.said == "hit" else ("", "")


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 0.0995:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 99.95 else f"{seconds:.0f} s"
