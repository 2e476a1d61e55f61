"""Play the five scenes, and end with 1 if anything in them was not as it must be."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.table import Table

from demo.scenes import SCENES, Scene
from demo.screen import View, waiting
from demo.stage import Act, EngineError, Stage
from demo.verdict import faults
from demo.workspace import Workspace

CHECKOUT = Path(__file__).resolve().parents[2]
FOLDER = ".demo"
# Wider lines are harder to follow than they are informative.
WIDEST = 96
LAST_LINES = 15
INTRODUCTION = (
    "Eight steps learn from the flights of 2013 which ones arrive late, in Prefect and in Airflow, "
    "on one cache. What [yellow]ran[/] is counted by marks that the steps' own functions leave; "
    "what was [green]cached[/], and why not, the cache says. The demo fails if the two disagree, "
    "if a step runs that need not, or if one does not run that must.\n"
)
SHOWN = (
    "what Prefect computes is a hit in Airflow, and the other way round;\n"
    "an edit, or a new row, runs what depends on it and nothing else"
)


@dataclass
class Demo:
    """The scenes played so far, and what came of them."""

    console: Console
    stage: Stage
    makers: dict[str, Scene] = field(default_factory=dict)
    acts: list[Act] = field(default_factory=list)
    wrong: int = 0

    def prepare(self) -> None:
        began = time.monotonic()
        what = "Copying code and data, making the databases of Prefect and Airflow"
        with self._live() as live:
            live.update(waiting(what, seconds=0), refresh=True)
            self.stage.workspace.refresh(checkout=CHECKOUT)
            self.stage.prepare(lambda: live.update(waiting(what, seconds=time.monotonic() - began)))

    def play(self, scene: Scene) -> None:
        """Run a scene, show it, and judge it."""
        with self._live() as live:
            act = self.stage.play(scene, lambda act: live.update(View(act, self.makers)))
        stored = {step.key: scene for step in act.outcome.steps if step.executions}
        makers = self.makers
        found = {step.name: faults(step, scene=scene, makers=makers) for step in act.outcome.steps}
        self.console.print(View(act, makers, found))
        self.wrong += sum(map(len, found.values())) + self._other_picture(scene)
        self.makers = makers | stored
        self.acts.append(act)

    def _other_picture(self, scene: Scene) -> bool:
        """Whether a run of hits alone gave another result than the run before it."""
        if scene.runs or not self.acts:
            return False
        pictures = [self.stage.picture(one) for one in (self.acts[-1].scene, scene)]
        before, after = (picture.read_bytes() for picture in pictures)
        if before != after:
            self.console.print(f"[bold red]   {pictures[1]} is another picture than before")
        return before != after

    def _live(self) -> Live:
        return Live(console=self.console, transient=True, refresh_per_second=8)


def curtain(demo: Demo, *, seconds: float) -> Table:
    """What the scenes showed, and where everything is."""
    steps = [step for act in demo.acts for step in act.outcome.steps]
    ran = sum(step.executions for step in steps)
    saved = sum(act.outcome.saved for act in demo.acts)
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_row("[bold]shown", SHOWN)
    table.add_row(
        "[bold]counted",
        f"{ran} of {len(steps)} steps ran, by the marks that their functions leave;\n"
        f"the others were hits, which saved {saved:.0f} s in a demo of {seconds:.0f} s",
    )
    picture = demo.stage.picture(demo.acts[0].scene).relative_to(CHECKOUT)
    cache = demo.stage.workspace.size("cache") / 1e6
    table.add_row("[bold]picture", f"{picture}, and those of the other scenes beside it")
    table.add_row("[bold]cache", f"{FOLDER}/cache, {cache:.0f} MB; logs in {FOLDER}/logs")
    return table


def played(demo: Demo) -> bool:
    """Play everything; tell what failed, if an engine does."""
    began = time.monotonic()
    try:
        demo.console.print(INTRODUCTION, width=min(demo.console.width, 80))
        demo.prepare()
        for scene in SCENES:
            demo.play(scene)
    except EngineError as error:
        lines = error.log.read_text(encoding="utf-8", errors="replace").splitlines()
        demo.console.print(f"[bold red]{error}; the end of {error.log.relative_to(CHECKOUT)}:")
        demo.console.print("\n".join(lines[-LAST_LINES:]), markup=False, style="dim")
        return False
    if demo.wrong:
        demo.console.print(f"[bold red]{demo.wrong} expectations failed: they are red above.")
        demo.console.print(f"Each run's log is in {FOLDER}/logs, its events are in {FOLDER}/runs.")
        return False
    demo.console.print(curtain(demo, seconds=time.monotonic() - began))
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description="Play one pipeline in Prefect and in Airflow.")
    parser.add_argument("--prefect", required=True, help="the Python that has Prefect")
    parser.add_argument("--airflow", required=True, help="the Python that has Airflow")
    arguments = parser.parse_args()
    # Absolute but not resolved: a virtual environment's Python is a link, and knows itself by it.
    pythons = {
        "Prefect": str(Path(arguments.prefect).absolute()),
        "Airflow": str(Path(arguments.airflow).absolute()),
    }
    console = Console(highlight=False)
    console.width = min(console.width, WIDEST)
    demo = Demo(console, Stage(Workspace(CHECKOUT / FOLDER), pythons))
    try:
        sys.exit(0 if played(demo) else 1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
