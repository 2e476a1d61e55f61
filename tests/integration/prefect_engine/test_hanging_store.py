"""A store that never answers takes a part of a task's time, and not its result."""

from __future__ import annotations

from tests.integration.marks import Marks
from tests.integration.prefect_engine.runs import Flows


def test_a_task_with_a_timeout_ends_in_time_beside_a_store_that_never_answers(
    flows: Flows, marks: Marks
):
    run = flows.run("situations.while_the_store_hangs", 3)

    assert run.value == [("Completed", [3])]
    assert marks.of("ran") == [[]]
    failures = [line for line in run.warnings if "made no progress for 1 s" in line]
    assert len(failures) == len(run.warnings) == 2
