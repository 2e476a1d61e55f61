"""Large results stay in the store: the metadata database holds what says where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.integration.airflow_engine.runs import Dags
from tests.integration.marks import Marks


def the_blob(lake: Path) -> Path:
    (blob,) = lake.glob("main/blobs-v1/*/*")
    return blob


def without_pusher(stored: bytes) -> dict[str, Any]:
    """A row without the only field that tells one run from another."""
    (row,) = json.loads(stored).values()
    return {name: given for name, given in row.items() if name != "pushed_by"}


def test_the_row_of_a_large_table_is_small_and_holds_no_data(dags: Dags, lake: Path):
    first = dags.run("uncached_reader")
    second = dags.run("uncached_reader")

    assert the_blob(lake).stat().st_size > 100_000
    assert len(first.rows["make"]) < 1000
    assert b"a note that nobody wants" not in first.rows["make"]
    assert without_pusher(second.rows["make"]) == without_pusher(first.rows["make"])


def test_a_reader_without_a_cache_gets_the_table_itself(dags: Dags, marks: Marks):
    dags.run("uncached_reader")
    second = dags.run("uncached_reader")

    note = "a note that nobody wants in a database"
    assert second.states == {"make": "success", "show": "success"}
    assert marks.of("make") == [["2026-01-01"]]
    assert marks.of("show") == [["DataFrame", [25_000, 1], note]] * 2


def test_a_chain_of_hits_loads_nothing(dags: Dags, marks: Marks, lake: Path):
    dags.run("cached_readers")
    blob = the_blob(lake)
    blob.write_bytes(b"?" * blob.stat().st_size)

    second = dags.run("cached_readers")

    assert set(second.states.values()) == {"success"}
    assert second.warnings == []
    assert marks.of("make") == [["2026-01-01"]]
    assert marks.of("count") == [["DataFrame"]]
    assert marks.of("report") == [[25_000], [25_000]]


def test_a_lost_table_is_made_again_and_what_was_made_of_it_is_still_a_hit(
    dags: Dags, marks: Marks, lake: Path
):
    dags.run("cached_readers")
    the_blob(lake).unlink()

    second = dags.run("cached_readers")

    assert set(second.states.values()) == {"success"}
    assert the_blob(lake).exists()
    assert marks.of("make") == [["2026-01-01"], ["2026-01-01"]]
    assert marks.of("count") == [["DataFrame"]]


def test_a_template_that_pulls_a_large_result_sees_the_result(dags: Dags, marks: Marks):
    dags.run("read_in_a_template")
    second = dags.run("read_in_a_template")

    assert second.states == {"long_list": "success", "last": "success"}
    assert len(second.rows["long_list"]) < 1000
    assert marks.of("last") == [["29999"]]


def test_a_result_is_read_with_what_the_settings_say_about_its_store(
    dags: Dags, marks: Marks, lake: Path
):
    settings = {
        "ORCHESTRA_CACHE_CACHES__LAKE__URL": "dir://lake",
        "ORCHESTRA_CACHE_CACHES__LAKE__STORAGE_OPTIONS": json.dumps(
            {"path": str(lake), "target_protocol": "file", "target_options": {"auto_mkdir": True}}
        ),
        "ORCHESTRA_CACHE_CACHES__LAKE__TRUSTED": "true",
        "ORCHESTRA_CACHE_CACHES__POND__URL": f"{lake}-of-readers",
    }

    dags.run("read_by_everyone", **settings)
    second = dags.run("read_by_everyone", **settings)

    assert set(second.states.values()) == {"success"}
    assert marks.of("made") == [[]]
    assert marks.of("show") == [["dict"], ["dict"]]
    assert marks.of("count") == [["dict"]]


def test_a_result_is_read_by_the_cache_that_the_code_of_its_task_says(dags: Dags, marks: Marks):
    dags.run("own_caches")
    second = dags.run("own_caches")

    assert second.states == {"read": "success", "words": "success"}
    assert marks.all() == [["words"], ["read", 30_000, "list"], ["read", 30_000, "list"]]
    assert b"orchestra_cache_ref" in second.rows["words"]
