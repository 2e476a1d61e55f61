"""A run that nobody scheduled has no day: who asks for it fares as without a cache."""

from __future__ import annotations

import pytest

from tests.integration.airflow_engine.cluster import Cluster, ClusterRun
from tests.integration.airflow_engine.runs import AIRFLOW_2

pytestmark = [
    # The first test waits for the cluster as well.
    pytest.mark.timeout(400),
    pytest.mark.skipif(AIRFLOW_2, reason="each run of Airflow 2 has a day"),
]

WITHOUT_A_DAY = {
    "asked": "failed",
    "asked_in_vain": "success",
    "looked_up": "failed",
    "told": "failed",
}
FUNCTIONS = {"asked", "asked_in_vain", "looked_up", "told_the_day"}


def failed(cluster: Cluster, run: ClusterRun) -> dict[str, str]:
    cluster.wait(lambda: cluster.database.state(run.dag, run.id) == "failed")
    return dict(cluster.states(run))


def test_a_task_that_asks_for_a_day_that_its_run_has_not_fares_as_without_a_cache(cluster: Cluster):
    uncached, cached = cluster.triggered("dates_without_cache"), cluster.triggered("dates")
    states = [failed(cluster, run) for run in (uncached, cached)]
    first = cluster.marks.of("asked_in_vain")
    cluster.run("dates", "2026-02-01T00:00:00Z")
    states.append(failed(cluster, cluster.triggered("dates")))

    assert states == [WITHOUT_A_DAY] * 3
    assert first == [[None], [None]]
    for function in FUNCTIONS:
        assert cluster.marks.of(function).count(["2026-02-01"]) == 1
    # The second run without a day found what the first one had.
    assert cluster.marks.of("asked_in_vain").count([None]) == 2
