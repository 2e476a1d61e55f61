"""With a real scheduler, whose executor runs each task in a process of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.integration.airflow_engine.cluster import running_cluster
from tests.integration.airflow_engine.runs import DAGS
from tests.integration.marks import Marks


@pytest.fixture
def cluster_home(home: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "cluster"
    (folder / "dags").mkdir(parents=True)
    for name in ("engine.py", "frames.py", "marking.py"):
        shutil.copy(DAGS / name, folder / "dags")
    shutil.copy(home / "migrated.db", folder / "airflow.db")
    return folder


@pytest.mark.timeout(400)
def test_the_second_run_succeeds_and_executes_no_cached_task(
    cluster_home: Path, environment: dict[str, str], marks: Marks
):
    with running_cluster(cluster_home, environment) as cluster:
        cluster.run("cached_readers", "2026-01-01T00:00:00+00:00")
        cluster.run("cached_readers", "2026-01-01T01:00:00+00:00")

    assert marks.of("make") == [["2026-01-01"]]
    assert marks.of("count") == [["DataFrame"]]
    assert marks.of("report") == [[25_000], [25_000]]
    assert "make: miss: no entry" in cluster.log("cached_readers", "make")
    assert "make: hit " in cluster.log("cached_readers", "make")
