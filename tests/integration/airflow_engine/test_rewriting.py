"""Airflow shows of a cached operator's fields what it shows of any operator's."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

from tests.integration.airflow_engine.runs import AIRFLOW_2, Dags
from tests.integration.marks import Marks


def rendered(dags: Dags) -> dict[str, Any]:
    """The fields of each task of the newest run."""
    with closing(sqlite3.connect(dags.home / "airflow.db")) as database:
        rows = database.execute(
            "SELECT task_id, rendered_fields FROM rendered_task_instance_fields "
            "WHERE run_id = (SELECT run_id FROM dag_run WHERE dag_id = 'rewriting' "
            "ORDER BY id DESC LIMIT 1) AND dag_id = 'rewriting'"
        ).fetchall()
    return {task: json.loads(fields) for task, fields in rows}


def test_what_an_operator_makes_of_its_fields_is_shown_if_it_would_be_without_a_cache(
    dags: Dags, marks: Marks
):
    dags.run("rewriting")
    first = rendered(dags)
    dags.run("rewriting")
    second = rendered(dags)

    for cached, plain in (("cached", "plain"), ("cached_showing", "plain_showing")):
        assert {**first[cached], **first[plain]} == first[cached]
        assert first[cached]["cache_key"]["outcome"] == "miss"
    assert first["plain"] == {"query": "orders", "notes": "as 2026-01-01"}
    assert first["plain_showing"]["query"] == ("orders" if AIRFLOW_2 else "select from orders")
    # What has not run has changed nothing.
    assert second["cached_showing"]["query"] == "orders"
    assert second["cached_showing"]["cache_key"]["outcome"] == "hit"
    # Two showing, and of the others the uncached ones twice.
    assert len(marks.of("expanding")) == 8


def test_a_callback_sees_what_an_operator_has_made_of_its_fields(dags: Dags, marks: Marks):
    dags.run("rewriting")

    assert sorted(marks.of("told")) == [
        [name, "select from orders"] for name in ("cached", "off", "plain")
    ]


def test_a_value_that_was_loaded_is_shown_as_what_stands_for_it(dags: Dags, marks: Marks):
    dags.run("rewriting")

    shown = rendered(dags)["large"]["op_args"]

    assert marks.of("counted") == [["list"]]
    assert len(json.dumps(shown)) < 1_000
    assert "Ref(list, " in json.dumps(shown)
