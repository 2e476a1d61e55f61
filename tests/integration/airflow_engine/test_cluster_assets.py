"""What Airflow runs because of an asset, when the task that makes it is a hit."""

from __future__ import annotations

import pytest

from tests.integration.airflow_engine.cluster import Cluster

# The first test waits for the cluster as well.
pytestmark = pytest.mark.timeout(400)


def followed(cluster: Cluster, times: int) -> bool:
    return cluster.database.states_of_runs("stock_followers").count("success") == times


def test_a_hit_triggers_what_waits_for_its_asset_and_that_hits_too(cluster: Cluster):
    cluster.wait(lambda: cluster.database.knows("stock_followers"))
    for times in (1, 2):
        cluster.run("stocks")
        cluster.wait(lambda times=times: followed(cluster, times))
    cluster.run("stocks", orchestra_cache="refresh")
    cluster.wait(lambda: followed(cluster, 3))

    assert cluster.marks.of("stocked") == [[], []]
    assert cluster.marks.of("told_stock") == [[3], [3], [3]]
    assert cluster.marks.of("counted_stock") == [[], []]
    assert "hit" in cluster.log("stocks", "stocked")
    assert "hit" in cluster.log("stock_followers", "counted_stock")
