"""What a deferred task was looked up by waits in its XCom, and in none of its arguments."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from orchestra_cache.airflow._compat.executions import TaskDeferred
from orchestra_cache.airflow._compat.operators import BaseOperator
from orchestra_cache.airflow.link import SUMMARY
from orchestra_cache.airflow.wrapping import cached
from orchestra_cache.datasets import File
from orchestra_cache.events import Event, Failed, Uncached
from tests.integration.airflow_engine.test_handed import DAG, Instance, context

try:
    from airflow.providers.standard.triggers.temporal import DateTimeTrigger
except ImportError:
    from airflow.triggers.temporal import DateTimeTrigger


class Kept(Instance):
    """With XComs that can be pulled as well."""

    def xcom_pull(self, *, task_ids: str, key: str, map_indexes: int) -> Any:
        assert (task_ids, map_indexes) == (self.task_id, self.map_index)
        return self.rows.get(key)


class Waiting(BaseOperator):
    """Waits in triggers as often as it is told to, and pushes something each time."""

    def __init__(self, *, what: str, times: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.what = what
        self.times = times

    def execute(self, context: Any, event: Any = None, done: int = 0) -> str:
        context["ti"].ran.append(self.what)
        if done < self.times:
            context["ti"].xcom_push(f"job{done}", done)
            trigger = DateTimeTrigger(moment=datetime.now(timezone.utc))
            self.defer(trigger=trigger, method_name="go_on", kwargs={"done": done + 1})
        return self.what

    def go_on(self, context: Any, done: int, event: Any = None) -> str:
        return Waiting.execute(self, context, event, done)


def made(place: Path, *, what: str = "orders", times: int = 1, **terms: Any) -> Any:
    more = {name: terms.pop(name) for name in ("do_xcom_push",) if name in terms}
    kind = cached(Waiting, cache=place / "lake", context=(), **terms)
    dag = DAG("shop", schedule=None)
    return kind(task_id="load", dag=dag, what=what, times=times, **more)


def in_run() -> dict[str, Any]:
    return {**context(), "ti": Kept()}


def deferred(operator: Any, given: dict[str, Any], came_back: Any = None) -> Any:
    """How it deferred, from the beginning or once more."""
    with pytest.raises(TaskDeferred) as caught:
        if came_back is None:
            operator.execute(given)
        else:
            operator.resume_execution(came_back.method_name, came_back.kwargs, given)
    return caught.value


def come_back(operator: Any, given: dict[str, Any], left: Any) -> Any:
    return operator.resume_execution(left.method_name, left.kwargs, given)


def step(operator: Any, given: dict[str, Any], left: Any) -> Any:
    """Let it go on; returns how it deferred, if it did."""
    try:
        operator.execute(given) if left is None else come_back(operator, given, left)
    except TaskDeferred as once_more:
        return once_more
    return None


def run(place: Path, **terms: Any) -> Kept:
    """Run it to its end as workers do."""
    given = in_run()
    left = step(made(place, **terms), given, None)
    while left is not None:
        left = step(made(place, **terms), given, left)
    ti: Kept = given["ti"]
    return ti


def test_it_resumes_with_its_own_arguments_so_that_one_without_a_cache_can(tmp_path: Path):
    given = in_run()
    left = deferred(made(tmp_path), given)
    plain = Waiting(task_id="load", dag=DAG("shop", schedule=None), what="orders")

    assert left.kwargs == {"done": 1}
    assert come_back(plain, given, left) == "orders"


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("pushes", [True, False])
def test_it_is_kept_when_it_comes_back_with_all_that_it_pushed(
    tmp_path: Path, times: int, pushes: bool
):
    first = run(tmp_path, times=times, do_xcom_push=pushes)
    second = run(tmp_path, times=times, do_xcom_push=pushes)

    expected = {f"job{number}": number for number in range(times)}
    for one in (first, second):
        assert {key: one.rows[key] for key in one.rows if key != SUMMARY} == expected
    assert first.ran == ["orders"] * (times + 1)
    assert second.ran == []


def test_its_summary_says_at_the_end_what_it_was_looked_up_by_and_no_more(tmp_path: Path):
    given = in_run()
    left = deferred(made(tmp_path), given)
    before = dict(given["ti"].rows[SUMMARY])
    come_back(made(tmp_path), given, left)
    after = given["ti"].rows[SUMMARY]

    assert before["deferred"]["pushed"] == [["job0", 0]]
    assert "deferred" not in after
    assert (after["outcome"], after["key"]) == ("miss", before["key"])
    assert "published" in after


def test_one_that_got_its_cache_while_it_was_deferred_is_not_kept(tmp_path: Path):
    given = in_run()
    plain = Waiting(task_id="load", dag=DAG("shop", schedule=None), what="orders")
    left = deferred(plain, given)

    assert come_back(made(tmp_path), given, left) == "orders"
    deferred(made(tmp_path), in_run())


@pytest.mark.parametrize("pushes", [True, False])
def test_what_changed_and_changed_back_while_it_was_away_is_not_taken_for_the_same(
    tmp_path: Path, events: list[Event], pushes: bool
):
    orders, given = tmp_path / "orders", in_run()
    terms = {"times": 2, "reads": [File(orders)], "do_xcom_push": pushes}
    orders.write_text("old")
    left = deferred(made(tmp_path, **terms), given)
    orders.write_text("newer")
    left = deferred(made(tmp_path, **terms), given, left)
    orders.write_text("old")

    assert come_back(made(tmp_path, **terms), given, left) == "orders"
    assert "changed while it was deferred" in str(
        [one.reason for one in events if isinstance(one, Uncached)]
    )
    deferred(made(tmp_path, **terms), in_run())


def test_xcom_that_does_not_work_leaves_it_without_a_cache(tmp_path: Path, events: list[Event]):
    given = in_run()
    left = deferred(made(tmp_path), given)
    given["ti"].rows[SUMMARY] = {"deferred": {"key": 5}}

    assert come_back(made(tmp_path), given, left) == "orders"
    assert any(isinstance(one, Failed) for one in events)
    deferred(made(tmp_path), in_run())
