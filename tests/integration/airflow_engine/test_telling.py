"""A person sees in Airflow what the cache did: log, XCom, button, rendered templates, metrics."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.airflow_engine.runs import AIRFLOW_2, DAGS, Dags, lake_in
from tests.integration.airflow_engine.seen import links, run_counted, serialized
from tests.integration.fresh_process import FreshProcesses
from tests.integration.marks import MARKS

HITS = {"doubled", "group[0]", "group[1]", "secretive"}
MISSES = {"keyworded", "scaled"}

_METRICS = {
    "AIRFLOW__METRICS__STATSD_ON": "True",
    "AIRFLOW__METRICS__STATSD_HOST": "127.0.0.1",
    "AIRFLOW__METRICS__STATSD_INFLUXDB_ENABLED": "True",
}


@dataclass(frozen=True)
class Seen:
    """What there is to see of the second of two runs, on the day after the first.

    Attributes:
        first: The id of the first run.
        summaries: The XCom of each task instance that says what the cache did.
        rendered: The templated fields of each task instance.
        links: Where each button leads.
        link_rows: The task instances for which Airflow stored where it leads.
        metrics: Lines that were sent to the server for metrics.
    """

    first: str
    lines: list[tuple[int, str]]
    summaries: Mapping[str, Any]
    rendered: Mapping[str, Any]
    links: Mapping[str, str | None]
    link_rows: set[str]
    metrics: list[str]


@pytest.fixture(scope="module")
def seen(home: Path, processes: FreshProcesses, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    folder = tmp_path_factory.mktemp("told")
    _, given = lake_in(folder)
    Dags(home, processes, given).run("told")
    lines, metrics = processes.call(
        run_counted,
        DAGS,
        *("dags", "test", "told", "2026-01-02"),
        environment={**given, **_METRICS},
    )
    shown = processes.call(links, DAGS, "told", environment=given)
    with closing(sqlite3.connect(home / "airflow.db")) as database:
        (last,), (first,) = database.execute(_RUNS).fetchall()
        rows = [(_name(*row[:2]), *row[2:]) for row in database.execute(_XCOMS, (last,))]
        fields = [(_name(*row[:2]), row[2]) for row in database.execute(_FIELDS, (last,))]
    return Seen(
        first,
        lines,
        {name: json.loads(value) for name, key, value in rows if key == "orchestra_cache"},
        {name: json.loads(value) for name, value in fields},
        shown,
        {name for name, key, _ in rows if key.startswith("_link_")},
        metrics,
    )


_RUNS = "SELECT run_id FROM dag_run WHERE dag_id = 'told' ORDER BY id DESC LIMIT 2"
_XCOMS = "SELECT task_id, map_index, key, value FROM xcom WHERE dag_id = 'told' AND run_id = ?"
_FIELDS = (
    "SELECT task_id, map_index, rendered_fields FROM rendered_task_instance_fields "
    "WHERE dag_id = 'told' AND run_id = ?"
)


def _name(task: str, index: int) -> str:
    return task if index < 0 else f"{task}[{index}]"


def test_the_log_of_a_hit_says_who_made_it_and_that_of_a_miss_what_changed(seen: Seen):
    said = {(level, text.split(", saved")[0]) for level, text in seen.lines}

    (hit,) = [text for level, text in said if text.startswith("doubled: hit ")]
    assert hit.endswith(f" by Airflow told/{seen.first}/doubled")
    changed = "keyworded: miss: parameter:number '2026-01-01' → '2026-01-02'"
    assert (logging.INFO, changed) in said
    assert [text for level, text in said if level == logging.WARNING and "`ti`" in text] != []


def test_an_xcom_says_of_each_task_what_the_cache_did(seen: Seen):
    outcomes = {name: summary["outcome"] for name, summary in seen.summaries.items()}

    assert {name for name, outcome in outcomes.items() if outcome == "hit"} == HITS
    assert {name for name, outcome in outcomes.items() if outcome == "miss"} == MISSES
    assert {name for name, outcome in outcomes.items() if outcome == "uncached"} == {"instance"}
    assert set(outcomes) == {*HITS, *MISSES, "instance"}


def test_a_summary_names_producer_key_and_what_changed(seen: Seen):
    hit, miss = seen.summaries["group[1]"], seen.summaries["keyworded"]

    assert hit["producer"] == f"Airflow told/{seen.first}/group[1]"
    assert hit["key"].startswith("scaled/")
    assert hit["saved_seconds"] > 0
    assert hit["created"].endswith("+00:00")
    assert miss["changes"] == [
        {
            "component": "parameter:number",
            "before": "'2026-01-01'",
            "after": "'2026-01-02'",
            "what": "changed",
        }
    ]
    assert miss["published"]["size"] > 0
    assert "`ti`" in seen.summaries["instance"]["not_kept"]["reason"]


def test_the_button_of_a_hit_leads_to_the_task_that_made_it(seen: Seen):
    assert {name for name, url in seen.links.items() if url} == {*HITS, *_SILENT_HITS}
    url = seen.links["group[1]"]
    assert url is not None
    run = seen.first.replace(":", "%3A").replace("+", "%2B")
    end = (
        f"/dags/told/grid?dag_run_id={run}&task_id=group&tab=details&map_index=1"
        if AIRFLOW_2
        else f"/dags/told/runs/{run}/tasks/group/mapped/1"
    )
    assert url.endswith(end)


# Airflow 3 has a row of its own for the button, so that it is there without the summary.
_SILENT_HITS = set() if AIRFLOW_2 else {"silent"}


def test_no_row_is_stored_for_a_button_that_leads_nowhere(seen: Seen):
    assert seen.link_rows == (set() if AIRFLOW_2 else {*HITS, *_SILENT_HITS})


def test_the_components_of_the_key_are_beside_the_rendered_templates(seen: Seen):
    fields = seen.rendered["group[1]"]["cache_key"]

    assert fields["outcome"] == "hit"
    assert fields["key"] == seen.summaries["group[1]"]["key"]
    assert fields["parameter:number"].startswith("2 (")
    assert "code:telling.scaled" in fields
    assert seen.rendered["doubled"]["cache_key"]["outcome"] == "hit"
    assert seen.rendered["instance"]["cache_key"] is None


def test_what_a_secret_is_cannot_be_guessed_from_its_component(seen: Seen):
    assert seen.rendered["secretive"]["cache_key"]["parameter:private_note"] == "…"


def test_the_templates_themselves_are_shown_as_they_were_rendered(seen: Seen):
    assert seen.rendered["keyworded"]["op_args"] == ["2026-01-02"]
    assert seen.rendered["keyworded"]["op_kwargs"] == {}
    assert seen.rendered["instance"]["op_kwargs"] == {}
    assert seen.rendered["doubled"]["op_args"] == [[1, 2]]
    assert seen.rendered["scaled"]["op_args"] == ["20260102"]


def test_hits_misses_and_saved_seconds_are_counted_by_dag_and_task(seen: Seen):
    counted = [line for line in seen.metrics if "orchestra_cache" in line]

    assert "airflow.orchestra_cache.hit,dag_id=told,task_id=doubled:1|c" in counted
    assert counted.count("airflow.orchestra_cache.hit,dag_id=told,task_id=group:1|c") == 2
    assert "airflow.orchestra_cache.miss,dag_id=told,task_id=scaled:1|c" in counted
    saved = "airflow.orchestra_cache.saved_seconds,dag_id=told,task_id=doubled:"
    assert sum(line.startswith(saved) for line in counted) == 1
    hits = [line for line in counted if "orchestra_cache.hit" in line]
    misses = [line for line in counted if "orchestra_cache.miss" in line]
    assert (len(hits), len(misses)) == (len(HITS) + 1, len(MISSES))


def test_nothing_of_it_changes_a_dag_from_one_parse_to_the_next(processes: FreshProcesses):
    given = {"ORCHESTRA_CACHE_CACHES__LAKE__URL": "/nowhere", MARKS: "/nowhere"}

    one, other = [processes.call(serialized, DAGS, "told", environment=given) for _ in range(2)]

    assert one == other
    assert '"op_kwargs", "cache_key"]' in one
