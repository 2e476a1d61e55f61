"""A deferred task is kept by what it depended on when it began, with a real triggerer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.integration.airflow_engine.cluster import Cluster

# The first test waits for the cluster as well.
pytestmark = pytest.mark.timeout(400)

_EVENT = re.compile(r"Received executor event with state success.*dag_id='loads'")


def test_what_changed_while_a_task_was_deferred_is_not_taken_for_what_it_read(cluster: Cluster):
    orders = Path(f"{cluster.marks.path}.orders")
    orders.write_text("old")
    run = cluster.triggered("loads")
    cluster.wait(lambda: cluster.marks.of("loading"))
    # To the scheduler a task that comes back before it has seen it go was killed by somebody.
    cluster.wait(lambda: _EVENT.search((cluster.home / "scheduler.out").read_text()))
    orders.write_text("new")
    Path(f"{cluster.marks.path}.loaded").touch()
    cluster.succeeded(run)
    first = cluster.marks.of("loaded")

    cluster.triggered("loads")
    cluster.wait(lambda: len(cluster.marks.of("loading")) > 1)

    assert first == [["old"]]
    # What came of the old ones is no hit for the new ones.
    assert cluster.marks.of("loading") == [["old"], ["new"]]
    assert "changed while it was deferred" in cluster.log("loads", "loads")
