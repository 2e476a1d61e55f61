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
from tests.integration.prefect_engine.runs import FLOWS, FlowRun, Flows
from tests.integration.services import end, start

SERVE = "import deferred; deferred.serve_all()"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the cache, the marks, and Prefect's storage of the process that serves."""
    return tmp_path_factory.mktemp("deferred")


@pytest.fixture(scope="module")
def served(api: str, place: Path) -> Iterator[None]:
    """A process that runs what others put off."""
    variables = {
        "ORCHESTRA_CACHE_CACHES__LAKE__URL": str(place / "lake"),
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
def deferred(flows: Flows, served: None, place: Path) -> Flows:
    """Flows that put tasks off, in processes that know of no cache called `lake`."""
    settings = {"PREFECT_LOCAL_STORAGE_PATH": place / "storage"}
    return replace(flows, environment={MARKS: str(place / "marks")}, settings=settings)


@pytest.fixture
def ran(place: Path) -> Marks:
    return Marks(place / "marks")


@pytest.mark.parametrize(
    "name, number, value",
    [("doubled", 2, 4), ("doubled_async", 3, 6), ("handed", 4, [0, 1, 2, 3])],
)
def test_who_put_a_task_off_reads_its_result_also_of_a_hit(
    deferred: Flows, ran: Marks, name: str, number: int, value: Any
):
    run = deferred.run("deferred.put_off", name, number)

    assert run.value == [("Completed", value), ("Cached", value)]
    assert ran.all().count([name, number]) == 1
