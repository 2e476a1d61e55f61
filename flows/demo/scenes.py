"""What happens in each scene, and what must follow from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from demo.workspace import Workspace

__all__ = ["SCENES", "STEPS", "Scene"]

STEPS = (
    "load_flights",
    "load_weather",
    "clean",
    "join",
    "features",
    "train",
    "evaluate",
    "plot",
)
WIND = "    angle = radians_of_compass(direction)\n"
METRES = "    speed = 0.44704 * speed\n"
# The hour of the first departure from Newark in the table: 39 °F, and then 93 °F.
ROW = "EWR,2013,1,1,5,39.02,"
WARMER = "EWR,2013,1,1,5,93.02,"


@dataclass(frozen=True)
class Scene:
    """One run of the pipeline.

    Attributes:
        engine: Prefect or Airflow.
        runs: The steps that must run, each with what the cache must give as the reason: names of
            components, or nothing where no result was there. All others must be hits.
        change: What is done to the workspace before.
    """

    number: str
    title: str
    engine: str
    runs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    change: Callable[[Workspace], None] | None = None


def edit_helper(workspace: Workspace) -> None:
    """Give the wind in metres per second: `features` calls this two modules away."""
    workspace.replace("flows/flights/geometry.py", before=WIND, after=METRES + WIND)


def rewrite_data(workspace: Workspace) -> None:
    for file in ("data/flights.csv", "data/weather.csv"):
        workspace.rewrite(file)


def change_row(workspace: Workspace) -> None:
    workspace.replace("data/weather.csv", before=ROW, after=WARMER)


_OF_MODEL = {
    "train": ("parameter:features",),
    "evaluate": ("parameter:features", "parameter:model"),
    "plot": ("parameter:features", "parameter:model"),
}
_OF_HELPER = {"features": ("code:flights.geometry.wind_components",), **_OF_MODEL}
_OF_ROW = {
    "load_weather": ("data:data/weather.csv",),
    "join": ("parameter:weather",),
    "features": ("parameter:joined",),
    **_OF_MODEL,
}

SCENES = (
    Scene("1", "nothing is cached yet", "Prefect", dict.fromkeys(STEPS, ())),
    Scene("2", "the same again, in a new process", "Prefect"),
    Scene("3", "the same steps, on what Prefect stored", "Airflow"),
    Scene(
        "4", "a helper was edited, two modules below `features`", "Airflow", _OF_HELPER, edit_helper
    ),
    Scene("5a", "the data was written anew, with the same content", "Prefect", {}, rewrite_data),
    Scene("5b", "one row of weather.csv was changed", "Prefect", _OF_ROW, change_row),
)
