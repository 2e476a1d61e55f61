"""Every row of Prefect tasks can be measured; how fast it is, no test says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.benchmarks.tasks import TASKS

ROOT = Path(__file__).parents[3]


def test_each_row_of_tasks_is_a_line_and_the_benchmark_ends_cleanly():
    # It starts a server, and tells Prefect of it by variables of its process.
    trial = ["tasks", "--scale", "0.001", "--seconds", "0.0"]
    finished = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", *trial],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=90,
    )

    assert finished.returncode == 0, finished.stderr
    assert "Traceback" not in finished.stderr
    head, rule, *rows = [line for line in finished.stdout.splitlines() if line.startswith("|")]
    assert [row.split(" | ")[0] for row in rows] == [f"| {row.name}" for row in TASKS]
    assert {line.count("|") for line in (head, rule, *rows)} == {head.count("|")}
    assert all("NO_CACHE" in row and "INPUTS + TASK_SOURCE" in row for row in rows)
