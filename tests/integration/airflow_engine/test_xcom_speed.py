"""What a hit asks of Airflow's server; and that every row of the benchmark can be measured."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.airflow import AIRFLOW
from tests.integration.airflow_engine.inprocess import asked_again
from tests.integration.airflow_engine.runs import AIRFLOW_2, DAGS
from tests.integration.fresh_process import FreshProcesses
from tests.integration.marks import Marks

ROOT = Path(__file__).parents[3]

pytestmark = pytest.mark.skipif(AIRFLOW_2, reason="Airflow 2 runs no task without its database")


def test_a_hit_over_a_mapped_task_asks_for_all_its_results_at_once(
    home: Path, processes: FreshProcesses, environment: dict[str, str], marks: Marks
):
    settings = {**environment, "AIRFLOW__ORCHESTRA_CACHE__XCOM_CACHE": "lake"}
    tasks = [("element", 0), ("element", 1), ("joined", -1)]

    asked = processes.call(
        asked_again, str(DAGS), "handed", "gathered", tasks, environment=settings
    )

    assert [one for one in asked if one.startswith("GET ")] == ["GET element/return_value/slice"]
    assert len(marks.of("joined")) == 1


def test_each_row_of_airflow_is_a_line_and_the_benchmark_ends_cleanly():
    # What it imports, and sets in its environment, stays with it.
    finished = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "airflow", "--scale", "0.001", "--seconds", "0"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
    )

    assert finished.returncode == 0, finished.stderr
    assert "Traceback" not in finished.stderr
    _, _, *rows = [line for line in finished.stdout.splitlines() if line.startswith("|")]
    assert [row.split(" | ")[0] for row in rows] == [f"| {row.name}" for row in AIRFLOW]
    assert all("without a cache" in row for row in rows)
