"""Deployments: flow runs that other processes start, and that may die."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestra_cache import Cache
from tests.integration.marks import MARKS, Marks
from tests.integration.prefect_engine.deployed import FOLDER, Deployment, waited_for
from tests.integration.services import end, start


@pytest.fixture
def deployment(api: str, worker: None, lake: Path, marks: Marks, tmp_path: Path) -> Deployment:
    variables = {"ORCHESTRA_CACHE_CACHES__LAKE__URL": str(lake), MARKS: str(marks.path)}
    return Deployment.created(api, tmp_path.name, variables)


@pytest.fixture
def served(api: str, lake: Path, marks: Marks, tmp_path: Path) -> Iterator[Deployment]:
    variables = {
        "ORCHESTRA_CACHE_CACHES__LAKE__URL": str(lake),
        MARKS: str(marks.path),
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
    }
    service = start(
        [sys.executable, str(FOLDER / "orders.py")],
        output=tmp_path / "serve.log",
        environment={**os.environ, **variables},
    )
    try:
        yield Deployment.served(api)
    finally:
        end(service)


def test_a_run_of_a_served_flow_gets_the_result_of_another(served: Deployment, marks: Marks):
    states = [served.run("total", 3), served.run("total", 3)]

    assert states == ["Completed", "Completed"]
    assert marks.of("state") == [["Completed"], ["Cached"]]
    assert marks.of("total") == [[3]]


@pytest.mark.parametrize("task", ["computed", "published"])
def test_what_a_run_was_killed_over_is_made_by_the_next(
    deployment: Deployment, marks: Marks, cache: Cache, lake: Path, task: str
):
    deployment.start(task)
    ((process,),) = waited_for(lambda: marks.of("stays") or None)
    blobs = list(lake.glob("main/blobs-v1/*/*"))
    os.kill(process, signal.SIGKILL)
    marks.path.with_name("gone on").touch()

    state = deployment.run(task)

    assert len(blobs) == (task == "published")
    assert state == "Completed"
    assert marks.of("state") == [["Completed"]]
    assert marks.of(task) == [[], []]
    found = cache.verify()
    assert found.sound
    assert len(list(lake.glob("main/entries-v1/*/[!.]*"))) == 1
