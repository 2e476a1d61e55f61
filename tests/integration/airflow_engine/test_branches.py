"""A hit of a task that decides skips the same tasks as its run did."""

from __future__ import annotations

import pytest

from tests.integration.airflow_engine.runs import Dags
from tests.integration.marks import Marks

ODD = {"after_goes_on", "after_wanted", "even", "right"}
EVEN = {"left", "odd"}


@pytest.mark.parametrize("day, skipped", [("2026-01-01", ODD), ("2026-01-02", EVEN)])
def test_branches_and_short_circuits_skip_on_a_hit_what_they_skipped_on_the_run(
    dags: Dags, marks: Marks, day: str, skipped: set[str]
):
    first = dags.run("branches", day)
    ran = marks.all()
    second = dags.run("branches", day)

    assert {task for task, state in first.states.items() if state == "skipped"} == skipped
    assert first.states == second.states
    assert sorted(name for name, *_ in ran) == ["chosen", "decides", "goes_on", "wanted"]
    assert marks.all() == ran
