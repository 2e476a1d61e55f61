"""Large values of tasks without a cache: once in the store, and rows that say where."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestra_cache import Cache
from tests.integration.airflow_engine.runs import DagRun, Dags, lake_in
from tests.integration.airflow_engine.shown import shown
from tests.integration.fresh_process import FreshProcesses
from tests.integration.marks import Marks

MARK = "__orchestra_cache_ref__"
LARGE = 30_000
HANDED = {"AIRFLOW__ORCHESTRA_CACHE__XCOM_CACHE": "lake"}


def row_of(stored: bytes) -> Any:
    """The fields of a row of ours."""
    return json.loads(stored)[MARK]


def blobs(lake: Path) -> list[Path]:
    return list(lake.glob("main/blobs-v1/*/*"))


def owners(lake: Path) -> list[Path]:
    """What keeps values for rows alone."""
    return list(lake.glob("main/entries-v1/Airflow_XCom~*/*"))


@dataclass(frozen=True)
class Handed:
    """A run of one DAG in which values of every kind are handed on."""

    home: Path
    lake: Path
    marks: Marks
    dags: Dags
    run: DagRun


@pytest.fixture(scope="module")
def handed(
    home: Path, processes: FreshProcesses, tmp_path_factory: pytest.TempPathFactory
) -> Handed:
    folder = tmp_path_factory.mktemp("handed")
    marks, environment = lake_in(folder)
    environment |= HANDED
    dags = Dags(home, processes, environment)
    return Handed(home, folder / "lake", marks, dags, dags.run("handed"))


def seen(handed: Handed, name: str) -> list[Any]:
    (values,) = [words[1:] for words in handed.marks.of("show") if words[0] == name]
    return values


def test_every_task_succeeds_and_nothing_is_complained_of(handed: Handed):
    assert set(handed.run.states.values()) == {"success"}
    assert handed.run.warnings == []


def test_the_row_of_a_large_value_is_small_and_says_where_it_is(handed: Handed):
    stored = handed.run.rows["numbers"]

    row = row_of(stored)

    assert len(stored) < 1000
    assert row["type"] == "list"
    assert row["size"] == len(json.dumps(list(range(LARGE)), separators=(",", ":")))
    assert row["uri"].endswith(f"/{row['digest'].partition(':')[2]}")
    assert Path(row["uri"]).stat().st_size == row["size"]
    assert row["pushed_by"].startswith("handed/")
    assert row["pushed_by"].endswith("/numbers")


def test_twice_the_same_value_is_one_blob(handed: Handed):
    rows = [row_of(handed.run.rows[task]) for task in ("numbers", "again")]

    assert rows[0]["uri"] == rows[1]["uri"]
    assert rows[0]["owner"] != rows[1]["owner"]


def test_a_task_without_a_cache_is_given_values(handed: Handed):
    assert seen(handed, "numbers") == [["list", LARGE]]
    assert seen(handed, "again") == [["list", LARGE]]
    assert seen(handed, "table") == [["DataFrame", LARGE, 2 * (LARGE - 1)]]


def test_a_small_value_stays_in_its_row(handed: Handed):
    assert MARK.encode() not in handed.run.rows["text"]
    assert seen(handed, "text") == ["x" * 20_000]


def test_keys_that_json_makes_texts_are_texts_however_large_the_value_is(handed: Handed):
    assert MARK.encode() not in handed.run.rows["dated"]
    assert seen(handed, "dated") == [{"str": ["list", LARGE]}]


def test_a_value_that_looks_like_a_row_is_what_it_is(handed: Handed):
    assert seen(handed, "marked") == [{"str": {"str": "file:///nowhere"}}]


def test_each_of_several_outputs_is_pulled_by_itself(handed: Handed):
    assert seen(handed, "parts") == [["list", LARGE], "r"]


def test_the_results_of_a_mapped_task_are_values_where_there_is_no_cache(handed: Handed):
    assert row_of(handed.run.rows["element[1]"])["pushed_by"].endswith("/element[1]")
    assert seen(handed, "elements") == [["list", 2 * LARGE]] * 2


def test_a_cached_task_over_large_values_loads_them_once_and_then_none(handed: Handed):
    assert handed.marks.of("total") == [["list"]]
    assert handed.marks.of("joined") == [[2 * LARGE, 2 * LARGE]]

    second = handed.dags.run("handed_hits", LAKE=str(handed.lake))

    assert set(second.states.values()) == {"success"}
    assert second.warnings == []
    assert handed.marks.of("total") == [["list"]]
    assert handed.marks.of("joined") == [[2 * LARGE, 2 * LARGE]]


def test_a_value_and_its_row_give_a_cached_task_one_key(dags: Dags, marks: Marks):
    dags.run("handed_alone", **HANDED)
    second = dags.run("handed_itself", **HANDED)

    assert set(second.states.values()) == {"success"}
    assert len(marks.of("numbers")) == 2
    assert marks.of("total") == [["list"]]


def test_tasks_expanded_over_a_large_value_get_its_elements(dags: Dags, marks: Marks):
    run = dags.run("expanded", **HANDED)

    assert set(run.states.values()) == {"success"}
    assert row_of(run.rows["columns"])["type"] == "list"
    assert sorted(marks.of("first")) == [["list"], ["list"]]


def test_people_see_where_a_value_is_and_nothing_is_loaded_for_them(
    handed: Handed, processes: FreshProcesses
):
    gone = {"ORCHESTRA_CACHE_CACHES__LAKE__URL": str(handed.lake / "moved")}

    value = processes.call(shown, "handed", "numbers", environment={**HANDED, **gone})

    assert list(value[MARK])[:5] == ["uri", "digest", "size", "type", "pushed_by"]
    assert value[MARK] == row_of(handed.run.rows["numbers"])


def test_without_a_cache_for_them_values_stay_with_airflow(dags: Dags, lake: Path):
    run = dags.run("handed_further")

    assert set(run.states.values()) == {"success"}
    assert MARK.encode() not in b"".join(run.rows.values())
    assert not lake.exists()


def test_the_default_of_the_settings_is_the_cache_for_values(dags: Dags, lake: Path):
    run = dags.run("handed_alone", ORCHESTRA_CACHE_DEFAULT="lake")

    assert row_of(run.rows["numbers"])["uri"].startswith(f"{lake}/main/blobs-v1/")


def test_the_threshold_is_a_setting(dags: Dags):
    name = "AIRFLOW__ORCHESTRA_CACHE__XCOM_THRESHOLD"

    low = dags.run("handed_further", **HANDED, **{name: "500"})
    off = dags.run("handed_alone", **HANDED, **{name: "-1"})
    odd = dags.run("handed_alone", **HANDED, **{name: "64 KiB"})

    assert row_of(low.rows["text"])["size"] == 20_002
    assert MARK.encode() not in off.rows["numbers"]
    assert row_of(odd.rows["numbers"])["type"] == "list"
    assert "xcom_threshold" in odd.warnings[0]


def test_a_value_that_only_a_pickle_keeps_is_airflows(dags: Dags, marks: Marks):
    run = dags.run("handed_further", **HANDED)

    assert set(run.states.values()) == {"success"}
    assert MARK.encode() not in run.rows["objects"]
    assert ["objects", ["set", LARGE + 1]] in marks.of("show")


def test_with_a_store_that_is_down_airflow_keeps_what_it_would(
    dags: Dags, marks: Marks, tmp_path: Path
):
    (tmp_path / "file").write_text("no folder")
    down = {"ORCHESTRA_CACHE_CACHES__DOWN__URL": str(tmp_path / "file" / "lake")}

    run = dags.run("handed_further", **down, AIRFLOW__ORCHESTRA_CACHE__XCOM_CACHE="down")
    large = dags.run("handed_alone", **down, AIRFLOW__ORCHESTRA_CACHE__XCOM_CACHE="down")
    nameless = dags.run("handed_alone", AIRFLOW__ORCHESTRA_CACHE__XCOM_CACHE="nowhere")

    for one in (run, large, nameless):
        assert set(one.states.values()) == {"success"}
        assert MARK.encode() not in b"".join(one.rows.values())
    assert "could not keep what handed_alone/" in large.warnings[0]
    assert "no cache is called 'nowhere'" in nameless.warnings[0]


def test_a_row_whose_value_is_gone_says_which_task_to_clear(dags: Dags, marks: Marks, lake: Path):
    with pytest.raises(RuntimeError, match="lost"):
        dags.run("lost", **HANDED, LOSING=str(lake))

    failures = [message for (message,) in marks.of("failed")]
    assert len(failures) == 2
    for message in failures:
        assert "/numbers pushed to XCom is not read: the stored list is gone" in message
        assert "clear the task lost/" in message


def test_a_deleted_row_lets_go_of_its_value_and_of_no_other(
    dags: Dags, marks: Marks, lake: Path, home: Path
):
    dags.run("pushed_twice", **HANDED)
    cache = Cache(lake)

    cache.collect(grace=timedelta(0))

    assert marks.of("try") == [[], []]
    assert len(owners(lake)) == 1
    assert len(blobs(lake)) == 1
    assert row_of(early(home, "pushed_twice"))["owner"] == owners(lake)[0].name


def test_a_row_that_was_overwritten_keeps_the_later_value(dags: Dags, lake: Path, home: Path):
    dags.run("overwritten", **HANDED)

    Cache(lake).collect(grace=timedelta(0))

    row = row_of(early(home, "overwritten"))
    assert json.loads(Path(row["uri"]).read_bytes()) == [2] * (2 * LARGE)


def early(home: Path, dag: str) -> bytes:
    """The row of what the newest run pushed first, as stored."""
    query = "SELECT value FROM xcom WHERE dag_id = ? AND key = 'early' ORDER BY dag_run_id DESC"
    with closing(sqlite3.connect(home / "airflow.db", timeout=30)) as connection:
        (stored,) = connection.execute(query, (dag,)).fetchone()
    return bytes(stored) if isinstance(stored, bytes) else str(stored).encode()
