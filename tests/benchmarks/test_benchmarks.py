"""Every row can be measured; how fast it is, no test says."""

from __future__ import annotations

import pytest

from tests.benchmarks.__main__ import PARTS
from tests.benchmarks.remote import REMOTE
from tests.benchmarks.rows import Row
from tests.benchmarks.table import lines

# Those of tasks need an engine: tests/integration measures them.
ELSEWHERE = ("remote", "tasks", "airflow")
ROWS = [row for name, rows in PARTS.items() for row in rows if name not in ELSEWHERE]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_can_be_measured(row: Row) -> None:
    measured(row)


@pytest.mark.parametrize("row", REMOTE, ids=lambda row: row.name)
def test_a_row_on_a_server_can_be_measured(row: Row, servers: None) -> None:
    measured(row)


def measured(row: Row) -> None:
    head, rule, line = lines([row], scale=0.001, seconds=0.0)

    assert line.startswith(f"| {row.name} | ")
    assert head.count("|") == rule.count("|") == line.count("|")
