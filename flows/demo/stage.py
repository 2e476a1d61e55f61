"""How processes of the two engines are started, watched and, if need be, ended."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.outcome import Outcome, read_outcome
from demo.scenes import Scene
from demo.workspace import Workspace

__all__ = ["Act", "EngineError", "Stage"]

LONGEST_SECONDS = 300.0
PATIENCE_SECONDS = 3.0
PAUSE_SECONDS = 0.1
PREPARATIONS = {
    "Prefect": ("prefect", "server", "database", "upgrade", "--yes"),
    "Airflow": ("airflow", "db", "migrate"),
}


class EngineError(Exception):
    """A process failed; `log` is where it says why."""

    def __init__(self, what: str, log: Path) -> None:
        super().__init__(what)
        self.log = log


@dataclass(frozen=True)
class Act:
    """A scene, and what is known of its run so far.

    Attributes:
        seconds: How long its process has been running.
        starting: How much of that was before the cache was first asked.
    """

    scene: Scene
    outcome: Outcome
    seconds: float
    starting: float


@dataclass(frozen=True)
class Stage:
    """Runs scenes in a workspace, with one Python for each engine."""

    workspace: Workspace
    pythons: Mapping[str, str]

    def prepare(self, look: Callable[[], object]) -> None:
        """Make both engines' databases at once; `look` is called meanwhile.

        Raises:
            EngineError: One of them cannot be made.
        """
        first, second = (
            self._process(engine, f"0-{engine.lower()}", ["-m", *module])
            for engine, module in PREPARATIONS.items()
        )
        with first as one, second as other:
            one.wait(look)
            other.wait(look)

    def play(self, scene: Scene, look: Callable[[Act], object]) -> Act:
        """Run one scene; `look` is called with what is known meanwhile.

        Raises:
            EngineError: Its process failed.
        """
        if scene.change is not None:
            scene.change(self.workspace)
        began = time.time()
        name = f"{scene.number}-{scene.engine.lower()}"
        with self._process(scene.engine, name, self._pipeline(scene), scene.number) as run:
            run.wait(lambda: look(self._seen(scene, began)))
        return self._seen(scene, began)

    def picture(self, scene: Scene) -> Path:
        return self.workspace.folder / "plots" / f"{scene.number}.png"

    def _pipeline(self, scene: Scene) -> list[str]:
        places = ["--plot", str(self.picture(scene)), "--events", str(self._events(scene))]
        return ["-m", "demo.watched", scene.engine, "--data", "data", *places]

    def _seen(self, scene: Scene, began: float) -> Act:
        markers = self.workspace.folder / "runs" / f"{scene.number}.markers"
        outcome, now = read_outcome(markers=markers, events=self._events(scene)), time.time()
        return Act(scene, outcome, now - began, (outcome.first or now) - began)

    def _events(self, scene: Scene) -> Path:
        return self.workspace.folder / "runs" / f"{scene.number}.events"

    @contextmanager
    def _process(
        self, engine: str, name: str, arguments: Sequence[str], number: str = "0"
    ) -> Iterator[_Process]:
        folder = self.workspace.folder
        log = folder / "logs" / f"{name}.log"
        markers = {"FLIGHTS_MARKERS": str(folder / "runs" / f"{number}.markers")}
        with log.open("wb") as file:
            popen = subprocess.Popen(
                [self.pythons[engine], *arguments],
                cwd=folder,
                env=self.workspace.environment(engine) | markers,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                yield _Process(popen, engine, log)
            finally:
                _end(popen)


@dataclass(frozen=True)
class _Process:
    popen: subprocess.Popen[bytes]
    engine: str
    log: Path

    def wait(self, look: Callable[[], object]) -> None:
        deadline = time.monotonic() + LONGEST_SECONDS
        while self.popen.poll() is None:
            if time.monotonic() > deadline:
                raise EngineError(f"{self.engine} took over {LONGEST_SECONDS:.0f} s", self.log)
            look()
            time.sleep(PAUSE_SECONDS)
        if self.popen.returncode != 0:
            raise EngineError(f"{self.engine} ended with {self.popen.returncode}", self.log)


def _end(popen: subprocess.Popen[bytes]) -> None:
    """End a process that is still there, with the server it may have started."""
    if popen.poll() is None:
        os.killpg(popen.pid, signal.SIGTERM)
        try:
            popen.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(popen.pid, signal.SIGKILL)
            popen.wait()
