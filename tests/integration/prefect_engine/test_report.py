"""One artifact per flow run says what its tasks hit and missed, why, and what was saved."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest

from orchestra_cache.prefect.ledger import Ledger, Note, Page
from orchestra_cache.prefect.table import page, summary
from tests.integration.prefect_engine.recorded import Recording
from tests.integration.prefect_engine.runs import Flows

NOW = datetime(2026, 1, 2, 12, tzinfo=timezone.utc)


def rows(text: str) -> list[list[str]]:
    """The cells of a table, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def hit(run: str, *, seconds: float = 41, **details: Any) -> Note:
    made = (NOW - timedelta(hours=2)).isoformat()
    known = {"created": made, "producer": "flow run x", "saved_seconds": seconds}
    return Note(run, run, "hit", {**known, **details})


def miss(run: str, reason: str = "no entry", changes: Any = (), more: int = 0) -> Note:
    return Note(run, run, "miss", {"reason": reason, "changes": changes, "more_changes": more})


def change(component: str, before: str = "", after: str = "") -> dict[str, str]:
    return {"component": component, "before": before, "after": after, "what": "changed"}


def published(run: str) -> Note:
    return Note(run, run, "published", {"size": 10, "codec": "json", "seconds": 1.0})


@pytest.fixture
def unrecorded(api: str, flows: Flows) -> Recording:
    """Against the server that stores no events."""
    return Recording(api, flows.processes, flows.environment, flows.settings)


def test_a_flow_run_has_one_page_about_its_task_runs(recording: Recording):
    recording.run("called", 3)

    run = recording.run("reported", [3, 4, 5])

    (artifact,) = run.artifacts
    table = rows(artifact.data)
    assert (artifact.key, artifact.type) == ("orchestra-cache", "markdown")
    assert artifact.description.startswith("1 of 3 task runs was a hit; ")
    assert artifact.data.startswith(f"**{artifact.description}**")
    assert [row[1] for row in table] == ["published", "published", "hit"]
    assert all(row[2].startswith("parameter:day ") for row in table[:2])
    assert "by Prefect flow run " in table[2][2]
    assert table[2][3].endswith("s")


def test_a_flow_run_that_fails_has_one_as_well(recording: Recording):
    run = recording.run("around_a_failing_one", 4).inner

    assert [row[1] for row in rows(run.page)] == ["published", "miss"]


def test_a_flow_that_is_a_coroutine_has_one_as_well(recording: Recording):
    run = recording.run("reported_by_a_coroutine", 4)

    assert [row[1] for row in rows(run.page)] == ["published"]


def test_what_ran_uncached_is_in_it(recording: Recording):
    run = recording.run("reported_with_iterator")

    ((_, outcome, why, _),) = rows(run.page)
    assert outcome == "uncached"
    assert "numbers" in why
    assert "0 of 1 task runs were hits; 1 uncached" in run.page


def test_a_subflow_has_its_own(recording: Recording):
    run = recording.run("outer", 3)

    assert len(rows(run.page)) == 1
    assert len(rows(run.inner.page)) == 2


def test_a_flow_without_cached_tasks_has_none(recording: Recording):
    run = recording.run("with_nothing_of_ours")

    assert run.artifacts == []


def test_nothing_is_remembered_of_a_flow_run_that_ended_or_has_no_report(recording: Recording):
    assert recording.run("reported", [3]).pages == 0
    assert recording.run("called", 3).pages == 0


@pytest.mark.newest
def test_tasks_in_other_processes_are_in_it(recording: Recording):
    run = recording.run("in_processes", [3, 4])

    assert run.value == [("Completed", {"day": day}) for day in (0, 3, 4)]
    assert len(rows(run.page)) == 3
    assert {row[1] for row in rows(run.page)} == {"published"}
    assert "missing" not in run.page


def test_it_says_that_tasks_in_other_processes_may_be_missing(unrecorded: Recording):
    run = unrecorded.run("without_patience", 3)

    assert "Tasks in other processes may be missing" in run.page
    assert len(rows(run.page)) == 1


def test_it_says_that_events_cannot_be_read(recording: Recording):
    run = recording.run("while_events_cannot_be_read", 3)

    assert "Of tasks in other processes nothing is known: no events today" in run.page
    assert len(rows(run.page)) == 1


def test_it_says_what_there_was_no_room_for(recording: Recording):
    run = recording.run("with_little_room", [3, 4, 5])

    assert "4 things were told before these, and are not known any more." in run.page
    assert [row[1] for row in rows(run.page)] == ["published"]


def test_a_report_that_cannot_be_written_does_not_disturb_the_flow(recording: Recording):
    run = recording.run("while_reports_fail", 3)

    assert run.value == [("Completed", {"day": 3})]
    assert run.artifacts == []
    assert "the cache could not write its report: OSError: no page today" in run.lines


def test_the_totals_are_on_top():
    notes = [hit("a", seconds=240), hit("b", seconds=10), miss("c"), published("c"), miss("d")]

    assert summary(notes, now=NOW) == (
        "2 of 4 task runs were hits; 4 min 10 s saved; 1 miss; 1 published"
    )
    assert page(notes, [], now=NOW).startswith(f"**{summary(notes, now=NOW)}**\n\n| task run |")


def test_what_ran_comes_before_what_was_hit():
    notes = [hit("a"), miss("b"), hit("c"), miss("d"), published("b")]

    assert [row[0] for row in rows(page(notes, [], now=NOW))] == ["b", "d", "a", "c"]


def test_a_row_says_why_or_whose():
    changes = [change(f"code:{letter}") for letter in "xyz"]
    notes = [
        miss("few", changes=[change("parameter:day", "1")]),
        miss("many", changes=changes, more=4),
        Note("off", "off", "failed", {"operation": "look up", "error": "no disk"}),
        miss("off", reason="the store failed"),
        hit("hit"),
    ]

    assert [row[1:] for row in rows(page(notes, [], now=NOW))] == [
        ["miss", "parameter:day 1 → (none)", ""],
        ["miss", "code:x changed; code:y changed; code:z changed; and 4 more", ""],
        ["miss", "the store failed; the cache could not look up: no disk", ""],
        ["hit", "made 2 h ago by flow run x", "41 s"],
    ]


def test_what_a_retry_found_counts():
    notes = [miss("a", "no entry"), hit("a")]

    assert summary(notes, now=NOW) == "1 of 1 task runs was a hit; 41 s saved"


def test_markup_is_shown_as_it_is_and_rows_stay_rows():
    odd = "a|b `c` <img src=x> [d](e)\n| f | *g*"

    (row,) = rows(page([miss("n|m", odd)], [], now=NOW))

    assert row[0] == r"n\|m"
    assert row[2] == r"a\|b \`c\` \<img src=x\> \[d\](e) \| f \| \*g\*"


def test_a_long_reason_is_cut():
    (row,) = rows(page([miss("a", "x" * 1000)], [], now=NOW))

    assert row[2] == f"{'x' * 199}…"


def test_a_long_table_is_cut_and_says_so():
    notes = [*(hit(f"hit {n}") for n in range(600)), miss("miss")]

    text = page(notes, [], now=NOW)

    assert len(rows(text)) == 500
    assert rows(text)[0][0] == "miss"
    assert "*101 more task runs are not in the table.*" in text
    assert "600 of 601 task runs were hits" in text


def test_a_page_is_taken_once():
    ledger, flow_run = Ledger(), uuid4()
    ledger.add(flow_run, hit("a"))

    assert ledger.take(flow_run) == Page([hit("a")])
    assert ledger.take(flow_run) == Page()


def test_old_notes_make_place_and_are_counted():
    ledger, old, new = Ledger(notes=3), uuid4(), uuid4()
    for name in "ab":
        ledger.add(old, hit(name))

    for name in "cd":
        ledger.add(new, hit(name))

    assert ledger.take(old) == Page([], lost=2)
    assert ledger.take(new) == Page([hit("c"), hit("d")])


def test_what_was_taken_makes_place():
    ledger, old, new = Ledger(notes=2), uuid4(), uuid4()
    for name in "ab":
        ledger.add(old, hit(name))
    ledger.take(old)

    for name in "cd":
        ledger.add(new, hit(name))

    assert ledger.take(new) == Page([hit("c"), hit("d")])


def test_old_pages_make_place():
    ledger, runs = Ledger(pages=2), [uuid4() for _ in range(3)]

    for run in runs:
        ledger.add(run, hit("a"))

    assert [len(ledger.take(run).notes) for run in runs] == [0, 1, 1]
