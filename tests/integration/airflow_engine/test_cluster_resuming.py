"""What only real workers show: tasks that come back from a trigger, and those that await XCom."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.integration.airflow_engine.cluster import Cluster
from tests.integration.airflow_engine.runs import AIRFLOW_2

# The first test waits for the cluster as well.
pytestmark = pytest.mark.timeout(400)

_EVENT = re.compile(r"Received executor event with state success.*dag_id='undeployed'")


def test_a_task_that_lost_its_cache_while_it_was_deferred_resumes(cluster: Cluster):
    run = cluster.triggered("undeployed")
    cluster.wait(lambda: len(cluster.marks.of("going")) == 2)
    # To the scheduler a task that comes back before it has seen it go was killed by somebody.
    cluster.wait(lambda: len(_EVENT.findall((cluster.home / "scheduler.out").read_text())) == 2)
    for name in ("undeployed", "gone"):
        Path(f"{cluster.marks.path}.{name}").touch()
    cluster.succeeded(run)
    first = sorted(cluster.marks.of("gone"))

    cluster.run("undeployed")

    assert first == [["bare", 3, False], ["kept", 3, True]]
    # The other one was kept by what it had been looked up by.
    assert sorted(cluster.marks.of("going")) == [["bare"], ["bare"], ["kept"]]


@pytest.mark.skipif(AIRFLOW_2, reason="Airflow 2 awaits no coroutines")
def test_what_a_coroutine_pushed_is_pushed_on_a_hit(cluster: Cluster):
    cluster.run("coroutines")
    cluster.run("coroutines")

    assert cluster.marks.of("counting") == [[3]]
    assert cluster.marks.of("pushed") == [[3, {"orders": 3}]] * 2
