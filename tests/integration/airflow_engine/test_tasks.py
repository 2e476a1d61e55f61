"""Cached tasks run once, and what comes after them cannot tell."""

from __future__ import annotations

import json
from pathlib import Path

from tests.integration.airflow_engine.runs import Dags
from tests.integration.marks import Marks

TOTAL = {"day": "2026-01-01", "total": [20, "EUR"]}


def test_an_operator_is_a_hit_in_the_next_process_and_its_reader_gets_an_equal_value(
    dags: Dags, marks: Marks
):
    first = dags.run("operators")
    second = dags.run("operators")

    assert first.states == second.states == {"show": "success", "total": "success"}
    assert marks.of("total") == [["2026-01-01", 2, "EUR"]]
    assert marks.of("show") == [[TOTAL], [TOTAL]]


def test_what_was_published_is_written_down_before_the_process_ends(dags: Dags, lake: Path):
    dags.run("operators")

    assert len(list(lake.glob("main/journal-v1/*/*"))) == 1


def test_a_decorated_task_is_a_hit_in_the_next_process(dags: Dags, marks: Marks):
    first = dags.run("cached_readers")
    second = dags.run("cached_readers")

    assert set(first.states.values()) == set(second.states.values()) == {"success"}
    assert marks.of("make") == [["2026-01-01"]]
    assert marks.of("count") == [["DataFrame"]]
    assert marks.of("report") == [[25_000], [25_000]]


def test_another_day_is_another_result(dags: Dags, marks: Marks):
    dags.run("operators", "2026-01-01")

    dags.run("operators", "2026-01-02")

    assert marks.of("total") == [["2026-01-01", 2, "EUR"], ["2026-01-02", 2, "EUR"]]


def test_the_command_of_airflow_gets_hits_without_our_xcom_backend(dags: Dags, marks: Marks):
    dags.run_plainly("operators")
    second = dags.run_plainly("operators")

    assert second.states == {"show": "success", "total": "success"}
    assert json.loads(second.rows["total"]) == TOTAL
    assert marks.of("total") == [["2026-01-01", 2, "EUR"]]
    assert marks.of("show") == [[TOTAL], [TOTAL]]
