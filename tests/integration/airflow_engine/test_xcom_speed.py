"""What a hit asks of Airflow's server; and that every row of the benchmark can be measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.airflow import AIRFLOW
from tests.benchmarks.trial import tried
from tests.integration.airflow_engine.inprocess import asked_again
from tests.integration.airflow_engine.runs import AIRFLOW_2, DAGS
from tests.integration.fresh_process import FreshProcesses
from tests.integration.marks import Marks

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
    rows = tried("airflow", AIRFLOW)

    assert all("without a cache" in row for row in rows)
