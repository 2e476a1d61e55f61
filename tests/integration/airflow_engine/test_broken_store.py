"""A store that does not work never fails a task."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.airflow_engine.runs import AIRFLOW_2, Dags
from tests.integration.marks import Marks


def test_a_file_where_the_folder_should_be_is_one_warning(dags: Dags, marks: Marks, lake: Path):
    lake.write_text("not a folder")

    first = dags.run("plain")
    second = dags.run("plain")

    assert first.states == second.states == {"add": "success"}
    assert first.rows == second.rows == {"add": b"2"}
    assert [str(lake) in warning for warning in first.warnings] == [True]
    assert marks.of("add") == [[1, 1], [1, 1]]


@pytest.mark.skipif(AIRFLOW_2, reason="Airflow 2 cannot carry a table of pandas 3 by itself")
def test_tables_travel_without_the_store_when_it_does_not_work(
    dags: Dags, marks: Marks, lake: Path
):
    lake.write_text("not a folder")

    run = dags.run("cached_readers")

    assert set(run.states.values()) == {"success"}
    assert marks.of("report") == [[25_000]]


def test_a_damaged_entry_is_a_warning_and_heals(dags: Dags, marks: Marks, lake: Path):
    dags.run("plain")
    (entry,) = lake.glob("main/entries-v1/add/*")
    entry.write_bytes(entry.read_bytes()[:-1])

    second = dags.run("plain")
    healed = dags.run("plain")

    assert second.rows == healed.rows == {"add": b"2"}
    assert len(second.warnings) == 1
    assert healed.warnings == []
    assert marks.of("add") == [[1, 1], [1, 1]]
