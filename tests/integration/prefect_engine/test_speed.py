"""Every row of Prefect tasks can be measured; how fast it is, no test says."""

from __future__ import annotations

from tests.benchmarks.tasks import TASKS
from tests.benchmarks.trial import tried


def test_each_row_of_tasks_is_a_line_and_the_benchmark_ends_cleanly():
    rows = tried("tasks", TASKS)

    assert all("NO_CACHE" in row and "INPUTS + TASK_SOURCE" in row for row in rows)
