"""Task runs whose results are read in other processes, by their states."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.marks import MARKS, Marks
from tests.integration.prefect_engine.runs import FLOWS, FlowRun, Flows
from tests.integration.services import end, start

SERVE = "import deferred; deferred.serve_all()"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the cache, the marks, and Prefect's storage of the process that serves."""
    return tmp_path_factory.mktemp("deferred")


@pytest.fixture(scope="module")
def served(storing_api: str, place: Path) -> Iterator[None]:
    """A process that runs what others put off."""
    variables = {
        "ORCHESTRA_CACHE_CACHES__LAKE__URL": str(place / "lake"),
        "PREFECT_API_URL": storing_api,
        "PREFECT_LOCAL_STORAGE_PATH": str(place / "storage"),
        "PYTHONPATH": f"{os.environ['PYTHONPATH']}:{FLOWS}",
        MARKS: str(place / "marks"),
    }
    service = start(
        [sys.executable, "-c", SERVE],
        output=place / "serve.log",
        environment={**os.environ, **variables},
    )
    try:
        yield
    finally:
        end(service)


READ = {
    "doubled": (2, 4),
    "doubled_async": (3, 6),
    "handed": (4, [0, 1, 2, 3]),
    "flying": (5, 10),
}
NOT_KEPT = {
    "uncached": (6, 12),
    "asking": (7, (14, True)),
    "summed": (8, 16),
    "returning_a_state": (9, 18),
}


@pytest.fixture(scope="module")
def runs(
    new_flows: Callable[[], Flows], storing_api: str, served: None, place: Path
) -> dict[str, FlowRun]:
    """What reads each task put off, in a process that knows of no cache called `lake`."""
    settings = {
        "PREFECT_API_URL": storing_api,
        "PREFECT_LOCAL_STORAGE_PATH": place / "storage",
    }
    flows = replace(
        new_flows(),
        api=storing_api,
        environment={MARKS: str(place / "marks")},
        settings=settings,
    )
    numbers = {name: number for name, (number, _) in {**READ, **NOT_KEPT}.items()}
    calls = [("deferred.put_off", name, numbers[name]) for name in numbers]
    return dict(zip(numbers, flows.run_each(*calls), strict=True))


@pytest.mark.parametrize("name", READ)
def test_who_put_a_task_off_reads_its_result_also_of_a_hit(
    runs: dict[str, FlowRun], place: Path, name: str
):
    number, value = READ[name]

    # Nobody who waits is told of the end of a run that ends as `Cached`.
    assert runs[name].value == [("Completed", value)] * 2
    assert Marks(place / "marks").of(name) == [[number]]


@pytest.mark.parametrize("name", NOT_KEPT)
def test_and_that_of_one_that_is_not_kept(runs: dict[str, FlowRun], name: str):
    _, value = NOT_KEPT[name]

    assert runs[name].values == [value] * 2


def test_of_other_task_runs_prefect_says_that_results_are_not_persisted(
    flows: Flows, storing_api: str
):
    storing = replace(
        flows, api=storing_api, settings={**flows.settings, "PREFECT_API_URL": storing_api}
    )
    names = ("doubled", "doubled_async", "uncached")

    runs = storing.run_each(*(("deferred.made_by_the_engine", name, 2) for name in names))

    cached = ["Completed", "Cached"]
    assert [run.states for run in runs] == [cached, cached, ["Completed", "Completed"]]
    for run in runs:
        assert ["result persistence is disabled" in said for said in run.values] == [True, True]
