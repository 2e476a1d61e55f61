"""With a real scheduler, whose executor runs each task in a process of its own."""

from __future__ import annotations

import pytest

from tests.integration.airflow_engine.cluster import Cluster


@pytest.mark.timeout(400)
def test_the_second_run_succeeds_and_executes_no_cached_task(cluster: Cluster):
    cluster.run("cached_readers", "2026-01-01T00:00:00+00:00")
    cluster.run("cached_readers", "2026-01-01T01:00:00+00:00")

    assert cluster.marks.of("make") == [["2026-01-01"]]
    assert cluster.marks.of("count") == [["DataFrame"]]
    assert cluster.marks.of("report") == [[25_000], [25_000]]
    assert "make: miss: no entry" in cluster.log("cached_readers", "make")
    assert "make: hit " in cluster.log("cached_readers", "make")
