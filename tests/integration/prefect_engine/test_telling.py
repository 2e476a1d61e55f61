"""What the cache does for a task run is in its log, and an event about it in Prefect."""

from __future__ import annotations

import json
from typing import Any

from tests.integration.prefect_engine.recorded import Recorded, Recording

OURS = "orchestra-cache."


def told(run: Recorded) -> list[str]:
    return [event["event"].removeprefix(OURS) for event in run.events(OURS)]


def details(run: Recorded, kind: str) -> dict[str, Any]:
    (event,) = run.events(OURS + kind)
    return event["payload"]


def lines(run: Recorded, *words: str) -> list[str]:
    return [line for line in run.lines if any(word in line for word in words)]


def test_a_task_run_that_misses_publishes_and_one_that_hits_tell_it(recording: Recording):
    first = recording.run("called", 3)
    second = recording.run("called", 3)

    assert told(first) == ["miss", "published"]
    assert told(second) == ["hit"]
    assert len(lines(first, "hit ", "miss:")) == 1
    (line,) = lines(second, "hit ", "miss:")
    assert line.startswith("total: hit ")
    assert "by Prefect flow run " in line
    assert " ago by " in line or " just now by " in line
    assert ", saved " in line


def test_events_say_all_that_is_known(recording: Recording):
    first = recording.run("called", 3)
    second = recording.run("called", 3)
    third = recording.run("called", 4)

    published, hit = details(first, "published"), details(second, "hit")
    assert (published["task"], published["codec"]) == ("total", "json")
    assert published["size"] > 0
    assert published["key"] == hit["key"]
    assert hit["producer"].startswith("Prefect flow run ")
    assert hit["created"].endswith("+00:00")
    assert 0 < hit["saved_seconds"] == round(published["seconds"], 6)
    assert details(third, "miss")["changes"] == [
        {"component": "parameter:day", "before": "3", "after": "4", "what": "changed"}
    ]
    assert details(third, "miss")["more_changes"] == 0


def test_an_event_is_about_the_task_run_and_related_as_those_of_prefect_are(recording: Recording):
    run = recording.run("called", 3)

    (ours,) = run.events(OURS + "miss")
    (theirs,) = run.events("prefect.task-run.Running")
    for label in ("prefect.resource.id", "prefect.resource.name"):
        assert ours["resource"][label] == theirs["resource"][label]
    assert all(one in ours["related"] for one in theirs["related"])
    assert {one["prefect.resource.role"] for one in ours["related"]} == {"flow-run", "flow", "tag"}


def test_a_coroutine_is_told_of_from_other_threads(recording: Recording):
    first = recording.run("awaited", 3)
    second = recording.run("awaited", 3)

    assert (told(first), told(second)) == (["miss", "published"], ["hit"])
    assert first.value == [("Completed", {"day": 3})]
    assert second.value == [("Cached", {"day": 3})]


def test_what_runs_uncached_says_why(recording: Recording):
    run = recording.run("with_iterator")

    assert told(run) == ["uncached"]
    assert "numbers" in details(run, "uncached")["reason"]
    assert details(run, "uncached")["hint"]


def test_a_store_that_fails_is_told_of(recording: Recording, lake):
    lake.write_text("no folder")

    run = recording.run("called", 3)

    assert run.value == [("Completed", {"day": 3})]
    assert told(run) == ["miss", "failed"]
    assert details(run, "failed")["operation"] == "publish"
    assert "Not a directory" in details(run, "failed")["error"]


def test_a_secret_is_in_no_event(recording: Recording):
    recording.run("with_password", 3, "hunter2")
    run = recording.run("with_password", 4, "correct horse")

    told = json.dumps(run.events(OURS))
    assert details(run, "miss")["changes"]
    assert "hunter2" not in told
    assert "correct horse" not in told


def test_an_event_is_of_bounded_size(recording: Recording):
    recording.run("with_columns", 1)
    run = recording.run("with_columns", 2)

    miss = details(run, "miss")
    assert len(miss["changes"]) == 20
    assert miss["more_changes"] == 4


def test_text_in_an_event_is_short_and_can_be_stored(recording: Recording):
    run = recording.run("with_odd_words")

    assert details(run, "uncached")["reason"] == f"�?{'x' * 497}…"


def test_a_task_run_outside_of_a_flow_is_told_of(recording: Recording):
    run, state, events = recording.alone(3)

    assert state == "Completed"
    assert [event["event"] for event in events] == [OURS + "miss", OURS + "published"]
    assert {event["resource"]["prefect.resource.id"] for event in events} == {
        f"prefect.task-run.{run}"
    }


def test_events_that_cannot_be_sent_do_not_disturb_the_task_nor_its_log(recording: Recording):
    run = recording.run("while_events_fail", 3)

    assert run.value == [("Completed", {"day": 3})]
    assert told(run) == []
    assert len(lines(run, "total: miss: ")) == 1


def test_an_asset_is_materialized_by_a_miss_and_not_by_a_hit(recording: Recording):
    first = recording.run("materialized", 3)
    second = recording.run("materialized", 3)

    assert (first.value, second.value) == ([("Completed", 1)], [("Cached", 1)])
    (asset,) = first.events("prefect.asset.")
    assert asset["event"] == "prefect.asset.materialization.succeeded"
    assert asset["resource"]["prefect.resource.id"] == "file:///lake/orders.csv"
    assert second.events("prefect.asset.") == []
    assert told(second) == ["hit"]
