"""Elements of a mapped task are results of their own, whatever their index."""

from __future__ import annotations

from collections import Counter

from tests.integration.airflow_engine.runs import Dags
from tests.integration.marks import Marks


def test_a_hundred_elements_of_twenty_kinds_are_twenty_executions(dags: Dags, marks: Marks):
    run = dags.run("many_more")

    assert len(run.states) == 101
    assert set(run.states.values()) == {"success"}
    assert Counter(number for (number,) in marks.of("squared")) == dict.fromkeys(range(20), 1)
    assert marks.of("summed") == [[5 * sum(n**2 for n in range(20))]]
