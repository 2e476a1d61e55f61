"""What Airflow does around a callable happens on a hit as well."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from tests.integration.airflow_engine.runs import AIRFLOW_2, Dags
from tests.integration.marks import Marks


@pytest.mark.skipif(AIRFLOW_2, reason="Airflow 2 awaits no coroutines")
def test_a_coroutine_is_a_hit_in_the_next_process(dags: Dags, marks: Marks):
    first = dags.run("coroutine")
    second = dags.run("coroutine")

    assert first.states == second.states == {"fetched": "success"}
    assert first.rows == second.rows == {"fetched": b'{"day": "2026-01-01"}'}
    assert marks.of("fetched") == [["2026-01-01"]]


@pytest.mark.skipif(AIRFLOW_2, reason="`dags test` of Airflow 2 registers no datasets")
def test_a_hit_tells_who_waits_for_its_asset(dags: Dags, marks: Marks):
    dags.run("with_an_outlet")
    dags.run("with_an_outlet")

    with closing(sqlite3.connect(dags.home / "airflow.db")) as connection:
        query = "SELECT count(*) FROM asset_event WHERE source_task_id = 'written'"
        events = connection.execute(query).fetchone()
    assert events == (2,)
    assert marks.of("written") == [["2026-01-01"]]


def test_a_task_that_succeeds_in_its_second_attempt_is_kept(dags: Dags, marks: Marks):
    marks.path.touch()

    first = dags.run("retried")
    second = dags.run("retried")

    assert first.states == second.states == {"failing_once": "success"}
    assert marks.of("failing_once") == [[], []]
