"""A block of a cache keeps results of Prefect, and never stands in a task's way."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from orchestra_cache import Cache
from orchestra_cache.keys import new_hmac_key
from tests.integration.marks import Marks
from tests.integration.prefect_engine.runs import Flows
from tests.integration.prefect_engine.saved_blocks import Saved


@pytest.fixture
def block(saved: Saved) -> str:
    return saved()


def test_a_result_of_one_process_is_a_hit_in_another(
    flows: Flows, marks: Marks, block: str, cache: Cache
):
    first = flows.run("blocks.called", block, "total", 1, 2)
    second = flows.run("blocks.called", block, "total", 1, 2)

    assert first.states == ["Completed", "Completed"]
    assert second.states == ["Cached", "Cached"]
    assert second.values == first.values
    assert second.warnings == []
    assert marks.of("total") == [[1], [2]]
    assert cache.verify().sound


def test_an_asynchronous_task_hits_what_was_stored_before(flows: Flows, marks: Marks, block: str):
    first = flows.run("blocks.called_async", block, 1)
    second = flows.run("blocks.called_async", block, 1, 1)

    assert first.states == ["Completed"]
    assert second.states == ["Cached", "Cached"]
    assert marks.of("total") == [[1]]


def test_the_store_is_not_asked_on_the_event_loop(flows: Flows, saved: Saved):
    # Where both reading and writing are told of.
    run = flows.run("blocks.threads_that_ask", saved(url="nowhere://lake"))

    ((state, asking, loop),) = run.value
    assert state == "Completed"
    assert len(asking) == 2
    assert loop not in asking


def test_a_task_that_reads_twice_itself_sees_what_was_written_between(flows: Flows, block: str):
    run = flows.run("blocks.watching", block)

    assert run.value == [("Completed", [b"first", b"second"])]


@pytest.mark.newest
def test_what_was_read_neither_stays_nor_travels(flows: Flows, lake: Path):
    run = flows.run("blocks.held", str(lake))

    ((state, (held, travels, equal)),) = run.value
    assert state == "Completed"
    assert held == 0
    assert travels < 100_000
    assert equal


def test_the_block_may_be_the_default_for_all_results(flows: Flows, marks: Marks, block: str):
    default = {"PREFECT_DEFAULT_RESULT_STORAGE_BLOCK": f"orchestra-cache/{block}"}

    flows.run("blocks.called_by_default", 1, settings=default)
    run = flows.run("blocks.called_by_default", 1, settings=default)

    assert run.states == ["Cached"]
    assert marks.of("total") == [[1]]


def test_a_block_that_is_on_no_server_keeps_results(flows: Flows, marks: Marks, lake: Path):
    first = flows.run("blocks.unsaved", str(lake))
    second = flows.run("blocks.unsaved", str(lake))

    assert [*first.states, *second.states] == ["Completed", "Cached"]
    assert marks.of("total") == [[1]]


def test_the_result_of_a_flow_is_read_in_another_process(flows: Flows, block: str):
    ((state, run),) = flows.run("blocks.persisted", block, 7).value

    found = flows.run("blocks.fetched", run)

    assert state == "Completed"
    assert found.value == [("Completed", {"totals": 7})]


def test_a_refresh_replaces_what_was_stored(flows: Flows, block: str, lake: Path):
    flows.run("blocks.called", block, "total", 1)
    refreshed = flows.run("blocks.refreshed", block, 1)

    run = flows.run("blocks.called", block, "total", 1)

    assert refreshed.value == [("Completed", {"day": 1, "ran": 2})]
    assert run.value == [("Cached", {"day": 1, "ran": 2})]
    assert len(list(lake.glob("main/entries-v1/*/[0-9a-f]*"))) == 1


def test_what_has_expired_is_computed_again(flows: Flows, block: str):
    run = flows.run("blocks.expiring", block, 1)

    assert run.value == [("Completed", {"day": 1, "ran": 1}), ("Completed", {"day": 1, "ran": 2})]


@pytest.mark.newest
def test_results_are_collected_as_entries_are(
    flows: Flows, marks: Marks, block: str, cache: Cache, lake: Path
):
    flows.run("blocks.called", block, "large", 1)
    cache.collect(older=timedelta(microseconds=1), tasks=["prefect.*"], grace=timedelta(0))

    run = flows.run("blocks.called", block, "large", 1)

    assert run.states == ["Completed"]
    assert run.warnings == []
    assert marks.of("large") == [[1], [1]]


@pytest.mark.newest
@pytest.mark.parametrize("size", [10, 1_000_000])
def test_what_vanishes_after_it_was_found_is_a_hit_all_the_same(
    flows: Flows, marks: Marks, block: str, lake: Path, size: int
):
    flows.run("blocks.vanished", block, size)

    run = flows.run("blocks.vanished", block, size)

    assert run.value == [("Cached", size)]
    assert marks.all() == [["vanishing"]]
    assert not (lake / "main" / "entries-v1").exists()


@pytest.mark.newest
@pytest.mark.parametrize("damage", [Path.unlink, lambda blob: blob.write_bytes(b"another blob")])
def test_a_lost_or_damaged_blob_is_one_warning_and_heals(
    flows: Flows, marks: Marks, block: str, lake: Path, damage
):
    flows.run("blocks.called", block, "large", 1)
    (blob,) = lake.glob("main/blobs-v1/*/*")
    damage(blob)

    run = flows.run("blocks.called", block, "large", 1)
    healed = flows.run("blocks.called", block, "large", 1)

    assert run.value == [("Completed", "large" * 100_000)]
    assert len(run.warnings) == 1
    assert healed.states == ["Cached"]
    assert marks.of("large") == [[1], [1]]


@pytest.mark.newest
def test_what_others_signed_is_not_read(flows: Flows, marks: Marks, saved: Saved):
    ours, theirs = saved(keys=[new_hmac_key()]), saved(keys=[new_hmac_key()])
    flows.run("blocks.called", theirs, "total", 1)

    run = flows.run("blocks.called", ours, "total", 1)

    assert run.states == ["Completed"]
    assert marks.of("total") == [[1], [1]]
    assert len(run.warnings) > 0


def test_a_store_that_does_not_work_is_a_warning_and_rolls_nothing_back(
    flows: Flows, marks: Marks, block: str, lake: Path
):
    lake.write_text("not a folder")

    run = flows.run("blocks.called", block, "undone", 1)

    assert run.value == [("Completed", 1)]
    assert [str(lake) in warning for warning in run.warnings] == [True]
    assert marks.all() == [["total", 1]]


def test_a_flow_whose_result_cannot_be_kept_has_completed(flows: Flows, block: str, lake: Path):
    lake.write_text("not a folder")

    run = flows.run("blocks.persisted", block, 7)

    assert run.states == ["Completed"]


def test_a_block_that_cannot_be_meant_is_a_warning(flows: Flows, saved: Saved):
    run = flows.run("blocks.called", saved(url="nowhere://lake"), "undone", 1)

    assert run.value == [("Completed", 1)]
    assert ["nowhere" in warning for warning in run.warnings] == [True, True]


def test_a_value_that_was_not_kept_has_no_record_elsewhere(
    flows: Flows, marks: Marks, block: str, lake: Path
):
    lake.write_text("not a folder")
    first = flows.run("blocks.called", block, "kept_apart", 1)
    lake.unlink()

    second = flows.run("blocks.called", block, "kept_apart", 1)
    third = flows.run("blocks.called", block, "kept_apart", 1)

    assert [*first.states, *second.states, *third.states] == ["Completed", "Completed", "Cached"]
    assert marks.of("apart") == [[1], [1]]
