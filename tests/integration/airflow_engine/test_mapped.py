"""Elements of a mapped task are results of their own, whatever their index."""

from __future__ import annotations

from collections import Counter

from tests.integration.airflow_engine.runs import Dags
from tests.integration.marks import Marks


def test_a_hundred_elements_of_twenty_kinds_are_twenty_executions(dags: Dags, marks: Marks):
    first = dags.run("many_more")
    second = dags.run("many_more")

    assert first.states == second.states
    assert len(second.states) == 101
    assert set(second.states.values()) == {"success"}
    assert Counter(marks.of("squared")[n][0] for n in range(20)) == {n: 1 for n in range(20)}
    assert len(marks.of("squared")) == 20
    assert marks.of("summed") == [[5 * sum(n**2 for n in range(20))]] * 2
