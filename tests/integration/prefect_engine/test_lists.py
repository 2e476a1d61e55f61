"""The results of a mapped task have the key that a plain list of them has."""

from __future__ import annotations

import pytest

from tests.integration.marks import Marks
from tests.integration.prefect_engine.runs import Flows


@pytest.mark.parametrize("task", ["plainly", "handed_on"])
def test_a_list_is_a_hit_after_a_map_to_the_same(flows: Flows, marks: Marks, task: str):
    first = flows.run("lists.of_a_map", task, [1, 2])
    second = flows.run("lists.of_a_list", task, [1, 2])
    another = flows.run("lists.of_a_list", task, [2, 1])

    assert first.value == [("Completed", [1, 2])]
    assert second.value == [("Cached", [1, 2])]
    assert another.value == [("Completed", [2, 1])]
    assert len(marks.of("joined")) == 2
