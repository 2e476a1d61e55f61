"""What people find in Airflow's own pages, asked for as those ask: over the REST API."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from tests.integration.airflow_engine.cluster import Cluster, ClusterRun
from tests.integration.airflow_engine.runs import AIRFLOW_2

# The first test waits for the cluster as well.
pytestmark = pytest.mark.timeout(400)

_PAGE = re.compile(r"/dags/([^/]+)/runs/([^/]+)/tasks/([^/]+)")


def instance(run: ClusterRun, task: str) -> str:
    return f"/dags/{run.dag}/dagRuns/{run.id}/taskInstances/{task}"


def summary(cluster: Cluster, instance: str) -> dict[str, Any]:
    asked = cluster.rest.get(f"{instance}/xcomEntries/orchestra_cache?stringify=false")
    return dict(asked["value"])


def links(cluster: Cluster, instance: str) -> dict[str, str | None]:
    found = cluster.rest.get(f"{instance}/links")
    return dict(found if AIRFLOW_2 else found["extra_links"])


def place_of(cluster: Cluster, page: str) -> tuple[ClusterRun, str]:
    """Which task instance a page of this Airflow is about."""
    assert page.startswith(f"http://127.0.0.1:{cluster.port}/dags/")
    parts = urlsplit(page)
    if AIRFLOW_2:
        (run,), (task,) = (parse_qs(parts.query)[name] for name in ("dag_run_id", "task_id"))
        return ClusterRun(parts.path.split("/")[2], run), task
    dag, run, task = map(unquote, _PAGE.fullmatch(parts.path).groups())
    return ClusterRun(dag, run), task


def test_a_hit_says_whose_result_it_found_and_leads_there(cluster: Cluster):
    cluster.run("priced_by_a_task")
    hit = instance(cluster.run("priced_by_an_operator"), "another_name")

    told, page = summary(cluster, hit), links(cluster, hit)["Cached from"]
    run, task = place_of(cluster, page)
    producer = instance(run, task)

    assert told["outcome"] == "hit"
    assert told["producer"] == f"Airflow {run.dag}/{run.id}/{task}"
    assert (run.dag, task) == ("priced_by_a_task", "priced")
    assert cluster.rest.get(producer)["state"] == "success"
    made = summary(cluster, producer)
    assert (made["outcome"], made["key"]) == ("miss", told["key"])
    assert not links(cluster, producer).get("Cached from")
