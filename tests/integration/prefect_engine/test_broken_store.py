"""A store that does not work never fails a task."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.marks import Marks
from tests.integration.prefect_engine.runs import Flows

LARGE = "large" * 100_000


def test_a_file_where_the_folder_should_be_is_one_warning(flows: Flows, marks: Marks, lake: Path):
    lake.write_text("not a folder")

    first = flows.run("results.called", "nothing")
    second = flows.run("results.called", "nothing")

    assert first.value == second.value == [("Completed", None)]
    assert [str(lake) in warning for warning in first.warnings] == [True]
    assert marks.all() == [["ran"], ["ran"]]


def test_a_store_that_breaks_while_the_task_runs_is_one_warning(
    flows: Flows, marks: Marks, lake: Path
):
    run = flows.run("results.called", "breaking_the_store", str(lake))

    assert run.value == [("Completed", "made")]
    assert ["could not publish" in warning for warning in run.warnings] == [True]
    assert marks.all() == [["ran"]]


@pytest.mark.newest
@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: data[: len(data) // 2], id="cut short"),
        pytest.param(lambda data: data.replace(b"nothing", b"no-such"), id="of another task"),
        pytest.param(lambda data: data[:-1] + bytes([data[-1] ^ 1]), id="with one bit turned"),
        pytest.param(lambda data: b"", id="empty"),
    ],
)
def test_a_damaged_entry_is_a_warning_and_heals(flows: Flows, marks: Marks, lake: Path, damage):
    flows.run("results.called", "nothing")
    (entry,) = lake.glob("main/entries-v1/*/*")
    entry.write_bytes(damage(entry.read_bytes()))

    run = flows.run("results.called", "nothing")
    healed = flows.run("results.called", "nothing")

    assert run.value == [("Completed", None)]
    assert len(run.warnings) == 1
    assert healed.value == [("Cached", None)]
    assert marks.all() == [["ran"], ["ran"]]


@pytest.mark.newest
@pytest.mark.parametrize("damage", [Path.unlink, lambda blob: blob.write_bytes(b"another blob")])
def test_a_lost_or_damaged_blob_is_a_warning_and_heals(
    flows: Flows, marks: Marks, lake: Path, damage
):
    flows.run("results.called", "large")
    (blob,) = lake.glob("main/blobs-v1/*/*")
    damage(blob)

    run = flows.run("results.called", "large")
    healed = flows.run("results.called", "large")

    assert run.value == [("Completed", LARGE)]
    assert len(run.warnings) == 1
    assert healed.value == [("Cached", LARGE)]
    assert marks.all() == [["ran"], ["ran"]]
