"""What people ask to be computed again is, and nothing else, with a real scheduler."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.airflow_engine.cluster import Cluster

# The first test waits for the cluster as well.
pytestmark = pytest.mark.timeout(400)


def computed(cluster: Cluster, *words: object) -> dict[str, int]:
    """How often each task of a chain ran whose first argument holds these words."""
    tasks = {"gathered": [*words], "counted": [[*words]], "told": [[*words, len(words)]]}
    return {task: cluster.marks.of(task).count(given) for task, given in tasks.items()}


def test_a_cleared_task_computes_again_with_what_is_cleared_below_it(cluster: Cluster):
    run = cluster.run("clears")
    first = computed(cluster, "clears")
    cluster.clear(run, "counted", downstream=True)
    cleared = computed(cluster, "clears")
    cluster.run("clears")

    assert first == {"gathered": 1, "counted": 1, "told": 1}
    assert cleared == {"gathered": 1, "counted": 2, "told": 2}
    assert computed(cluster, "clears") == cleared


def test_a_clear_may_be_declared_to_reuse_what_there_is(cluster: Cluster):
    run = cluster.run("clears_for_reuse")

    cluster.clear(run, "reused")

    assert cluster.marks.of("reused") == [["clears_for_reuse"]]
    assert "hit" in cluster.log("clears_for_reuse", "reused")


def test_a_retry_after_a_clear_reuses_what_the_cleared_try_computed(cluster: Cluster):
    run = cluster.run("clears_and_fails")
    Path(f"{cluster.marks.path}.fails-next").touch()

    cluster.clear(run, "failing_when_told")

    assert cluster.marks.of("failing_when_told") == [["clears_and_fails"]] * 2
    log = cluster.log("clears_and_fails", "failing_when_told")
    assert log.count("lost after it was kept") > 0


@pytest.mark.parametrize(
    ("asked", "runs"),
    [
        pytest.param("refresh", {"gathered": 1, "counted": 1, "told": 1}, id="all"),
        pytest.param(["counted"], {"gathered": 0, "counted": 1, "told": 0}, id="one task"),
    ],
)
def test_a_run_may_be_told_what_to_compute_again(cluster: Cluster, asked: object, runs: object):
    cluster.run("asked")
    before = computed(cluster, "asked")

    cluster.run("asked", orchestra_cache=asked)

    after = computed(cluster, "asked")
    assert {task: after[task] - before[task] for task in after} == runs
