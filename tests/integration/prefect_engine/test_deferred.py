"""Task runs whose results are read in other processes, by their states."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.integration.marks import MARKS, Marks
from tests.integration.prefect_engine.runs import FLOWS, Flows
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


@pytest.fixture
def deferred(flows: Flows, storing_api: str, served: None, place: Path) -> Flows:
    """Flows that put tasks off, in processes that know of no cache called `lake`."""
    settings = {
        "PREFECT_API_URL": storing_api,
        "PREFECT_LOCAL_STORAGE_PATH": place / "storage",
    }
    return replace(
        flows, api=storing_api, environment={MARKS: str(place / "marks")}, settings=settings
    )


@pytest.fixture
def ran(place: Path) -> Marks:
    return Marks(place / "marks")


@pytest.mark.parametrize(
    "name, number, value",
    [
        ("doubled", 2, 4),
        ("doubled_async", 3, 6),
        ("handed", 4, [0, 1, 2, 3]),
        ("flying", 5, 10),
    ],
)
def test_who_put_a_task_off_reads_its_result_also_of_a_hit(
    deferred: Flows, ran: Marks, name: str, number: int, value: Any
):
    run = deferred.run("deferred.put_off", name, number)

    # Nobody who waits is told of the end of a run that ends as `Cached`.
    assert run.value == [("Completed", value)] * 2
    assert ran.of(name) == [[number]]


@pytest.mark.parametrize(
    "name, number, value",
    [
        ("uncached", 6, 12),
        ("asking", 7, (14, True)),
        ("summed", 8, 16),
        ("returning_a_state", 9, 18),
    ],
)
def test_and_that_of_one_that_is_not_kept(
    deferred: Flows, ran: Marks, name: str, number: int, value: Any
):
    run = deferred.run("deferred.put_off", name, number)

    assert run.values == [value] * 2


@pytest.mark.parametrize("name", ["doubled", "doubled_async", "uncached"])
def test_of_other_task_runs_prefect_says_that_results_are_not_persisted(
    flows: Flows, storing_api: str, name: str
):
    storing = replace(
        flows, api=storing_api, settings={**flows.settings, "PREFECT_API_URL": storing_api}
    )

    run = storing.run("deferred.made_by_the_engine", name, 2)

    assert run.states == ["Completed", "Completed" if name == "uncached" else "Cached"]
    assert ["result persistence is disabled" in said for said in run.values] == [True, True]
