"""What only a real scheduler and a real triggerer do, done with hits."""

from __future__ import annotations

import pytest

from orchestra_cache import Cache
from tests.integration.airflow_engine.cluster import Cluster

# The first test waits for the cluster as well.
pytestmark = pytest.mark.timeout(400)


def test_dags_of_two_files_share_what_their_function_returned(cluster: Cluster):
    cluster.run("priced_by_a_task")
    cluster.run("priced_by_an_operator")

    assert cluster.marks.of("priced") == [["pear"]]
    assert "hit" in cluster.log("priced_by_an_operator", "another_name")


def test_a_hit_skips_the_branches_that_were_not_taken(cluster: Cluster):
    first, second = cluster.run("choices"), cluster.run("choices")

    assert cluster.states(first) == cluster.states(second)
    skipped = {task for task, state in cluster.states(second).items() if state == "skipped"}
    assert skipped == {"left", "after_none"}
    assert cluster.marks.of("chosen") == [[]]
    assert sorted(cluster.marks.of("enough")) == [[0], [2]]
    assert cluster.marks.of("passed").count(["right"]) == 2
    assert cluster.marks.of("passed").count(["some"]) == 2


def test_what_a_trigger_resumed_is_a_hit_that_waits_for_none(cluster: Cluster):
    cluster.run("deferred")
    cluster.run("deferred")

    assert cluster.marks.of("waiting") == [["began"], ["ended"]]
    assert cluster.marks.of("passed").count(["arrived"]) == 2


def test_a_store_that_takes_nothing_fails_no_task(cluster: Cluster):
    cluster.run("with_a_store_that_is_shut")
    cluster.run("with_a_store_that_is_shut")

    assert cluster.marks.of("unkept") == [[], []]
    assert cluster.marks.of("passed").count(["computed"]) == 2


def test_processes_that_are_killed_leave_nothing_that_is_not_whole(cluster: Cluster):
    cluster.run("killed")
    cluster.run("killed")

    assert cluster.marks.of("computing") == [[], []]
    assert cluster.marks.of("keeping") == [[], []]
    assert Cache(cluster.lake).verify().sound
