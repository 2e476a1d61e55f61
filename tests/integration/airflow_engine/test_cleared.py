"""What a cleared task does is computed, and everything that is told of it says so."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from orchestra_cache.airflow import telling
from orchestra_cache.airflow.outlets import OutletEvents
from orchestra_cache.airflow.repeating import repeat
from orchestra_cache.airflow.runs import OperatorRun
from orchestra_cache.airflow.terms import CacheTerms
from orchestra_cache.attempt import Attempt
from orchestra_cache.events import Event, Hit, Miss, Uncached


def total(day: str) -> str:
    return day


def run_of(cache: Path, *, tries: tuple[int, int] = (1, 2), conf: Any = None, **terms: Any) -> Any:
    """A run of a task with two retries, on one of its tries."""
    instance = SimpleNamespace(
        try_number=tries[0],
        max_tries=tries[1],
        dag_id="shop",
        task_id="total",
        run_id="monday",
        map_index=-1,
    )
    operator = SimpleNamespace(
        execution_timeout=None, inlets=[], outlets=[], task_id="total", template_fields=()
    )
    context = {
        "ti": instance,
        "task": SimpleNamespace(retries=2),
        "dag_run": SimpleNamespace(conf=conf),
        "params": {},
        "outlet_events": SimpleNamespace(_dict={}),
    }
    return OperatorRun(operator, context, CacheTerms.of(cache=cache, **terms))


def looked(run: OperatorRun) -> Attempt:
    with run.working():
        attempt = run.attempt(run.terms.declaration(total), {"day": "1"})
        assert attempt is not None
        run.enter(attempt)
    return attempt


def finished(run: OperatorRun, attempt: Attempt, value: str) -> None:
    with run.working():
        attempt.finish(value)


def found(cache: Path) -> Any:
    return looked(run_of(cache)).found.value  # type: ignore[union-attr]


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    run = run_of(tmp_path)
    finished(run, looked(run), "kept")
    return tmp_path


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float]]:
    """What Airflow's metrics are told."""
    seen: list[tuple[str, float]] = []
    stats = SimpleNamespace(incr=lambda name, count, tags: seen.append((name[16:], count)))
    monkeypatch.setattr(telling._compat, "stats", lambda: stats)
    return seen


@pytest.mark.parametrize("given", [{"mode": "readonly"}, {"conf": {"orchestra_cache": "readonly"}}])
@pytest.mark.parametrize("tries", [(2, 3), (3, 3), (4, 3)])
def test_one_that_keeps_nothing_is_computed_and_keeps_nothing(
    lake: Path, given: dict[str, Any], tries: tuple[int, int]
):
    run = run_of(lake, tries=tries, **given)

    attempt = looked(run)
    finished(run, attempt, "computed")

    assert isinstance(attempt.found, Miss)
    assert run.telling.summary["outcome"] == "miss"
    assert found(lake) == "kept"


def test_one_that_keeps_nothing_hits_if_it_was_not_cleared_or_that_does_not_matter(lake: Path):
    again = looked(run_of(lake, mode="readonly", tries=(2, 2)))
    reused = looked(run_of(lake, mode="readonly", tries=(2, 3), on_clear="reuse"))

    assert isinstance(again.found, Hit)
    assert isinstance(reused.found, Hit)


@pytest.mark.parametrize("mode", ["use", "readonly"])
def test_nobody_is_told_of_a_hit_that_will_not_do(
    lake: Path, events: list[Event], counted: list[tuple[str, float]], mode: Any
):
    run = run_of(lake, tries=(3, 3), mode=mode)

    looked(run)

    assert [type(event) for event in events] == [Miss]
    assert counted == [("miss", 1)]
    assert run.telling.summary["reason"] == "a refresh was asked for"


def test_what_was_deferred_after_a_clear_replaces_what_there_was(lake: Path, events: list[Event]):
    run = run_of(lake, tries=(3, 3))
    attempt = run.attempt(run.terms.declaration(total), {"day": "1"})

    run.look(attempt)
    told = list(events)
    finished(run, attempt, "computed")

    assert isinstance(attempt.found, Miss)
    assert told == []
    assert found(lake) == "computed"


def test_a_refresh_that_somebody_else_was_faster_with_says_so(lake: Path):
    slow, fast = run_of(lake, tries=(2, 3)), run_of(lake, tries=(2, 3))
    one, other = looked(slow), looked(fast)

    finished(fast, other, "fast")
    finished(slow, one, "slow")

    assert "published" in fast.telling.summary
    assert slow.telling.summary["outcome"] == "miss"
    assert "replaced the entry meanwhile" in slow.telling.summary["not_kept"]["reason"]
    assert found(lake) == "fast"


def test_who_is_not_asked_for_a_refresh_need_not_know_who_was_first(
    tmp_path: Path, events: list[Event]
):
    runs = [run_of(tmp_path), run_of(tmp_path)]
    attempts = [looked(run) for run in runs]

    for run, attempt in zip(runs, attempts, strict=True):
        finished(run, attempt, "equal")

    assert [event for event in events if isinstance(event, Uncached)] == []


def pushed(run: OperatorRun, attempt: Attempt) -> None:
    repeat(attempt, run.context)


def told(run: OperatorRun, attempt: Attempt) -> None:
    OutletEvents(run.operator, run.context).repeat(attempt, attempt.found, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("again", [pushed, told])
def test_a_hit_whose_effects_cannot_be_had_again_is_told_as_the_miss_that_it_is(
    tmp_path: Path, counted: list[tuple[str, float]], again: Any
):
    first = run_of(tmp_path)
    attempt = looked(first)
    attempt.effects = {"xcom": [["job", 1]], "outlets": "of no known form"}
    finished(first, attempt, "kept")
    run = run_of(tmp_path)
    counted.clear()

    with run.working():
        attempt = run.attempt(run.terms.declaration(total), {"day": "1"})  # type: ignore[assignment]
        run.enter(attempt)
        again(run, attempt)
    finished(run, attempt, "computed")

    assert counted == [("miss", 1)]
    summary = run.telling.summary
    assert (summary["outcome"], summary["reason"]) == ("miss", "what it stands for is gone")
    assert summary["failed"][0]["operation"] == "read"
    assert {"producer", "saved_seconds"}.isdisjoint(summary)
    assert "published" in summary
    assert found(tmp_path) == "computed"


def test_metrics_that_cannot_be_told_change_nothing(
    lake: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(telling._compat, "stats", lambda: None)

    assert found(lake) == "kept"
    assert "count what it did" in caplog.text
