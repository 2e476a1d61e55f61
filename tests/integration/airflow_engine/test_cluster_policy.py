"""A platform gives operators a cache by configuration, and nobody edits a DAG."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest

from orchestra_cache.airflow._compat.operators import PythonOperator
from tests.integration.airflow_engine.dags.engine import dag
from tests.integration.airflow_engine.dags.kinds import (
    BaseOperator,
    BaseSensorOperator,
    BashOperator,
    BranchPythonOperator,
)
from tests.integration.airflow_engine.runs import Dags
from tests.integration.marks import Marks

OPERATORS = "BashOperator, *.Query, @task, Arrived"


def configured(**options: str) -> dict[str, str]:
    names = {name: f"AIRFLOW__ORCHESTRA_CACHE__POLICY_{name.upper()}" for name in options}
    return {names[name]: value for name, value in options.items()}


def ran(marks: Marks, task: str) -> int:
    return len(marks.of(task))


def test_what_is_configured_is_a_hit_in_the_next_run_and_all_else_runs_again(
    dags: Dags, marks: Marks
) -> None:
    given = {**configured(operators=OPERATORS, dags="gov*"), "ORCHESTRA_CACHE_DEFAULT": "lake"}

    first = dags.run("governed", **given)
    second = dags.run("governed", **given)

    assert first.states == second.states
    assert set(second.states.values()) == {"success"}
    assert [ran(marks, task) for task in ("bash", "doubled", "query")] == [1, 1, 3]
    assert [ran(marks, task) for task in ("arrived", "closed")] == [2, 2]


@pytest.fixture
def policy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Ask the policy about a task of a DAG with tags, under a configuration."""
    from orchestra_cache.airflow.cluster_policy import task_policy

    def ask(make: Any, **options: str) -> Any:
        for name, value in configured(**options).items():
            monkeypatch.setenv(name, value)

        @dag(schedule=None, tags=["shop", "nightly"])
        def orders_daily() -> None:
            tasks.append(make())

        tasks: list[Any] = []
        orders_daily()
        task_policy(tasks[0])
        return tasks[0]

    yield ask


def bash() -> Any:
    return BashOperator(task_id="bash", bash_command="true")


def has_cache(task: Any) -> bool:
    return "Cache" in type(task).__mro__[1].__name__


@pytest.mark.parametrize(
    "options",
    [
        {"operators": "BashOperator", "dags": "orders_*"},
        {"operators": "Bash*", "tags": "finance, nightly"},
        {"operators": "airflow.*.BashOperator", "dags": "x y orders_daily"},
    ],
)
def test_a_task_is_chosen_by_its_operator_and_by_its_dag_or_a_tag_of_it(
    policy: Any, options: dict[str, str]
) -> None:
    task = policy(bash, **options)

    assert has_cache(task)
    assert type(task).__name__ == "BashOperator"


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"operators": "BashOperator"},
        {"dags": "orders_*", "tags": "shop"},
        {"operators": "PythonOperator", "dags": "*"},
        {"operators": "*", "dags": "payments_*", "tags": "finance"},
    ],
)
def test_without_both_of_them_nothing_has_a_cache(policy: Any, options: dict[str, str]) -> None:
    task = policy(bash, **options)

    assert type(task) is BashOperator


def test_what_cannot_have_one_is_left_alone_and_said(
    policy: Any, caplog: pytest.LogCaptureFixture
) -> None:
    sensor = policy(lambda: BaseSensorOperator(task_id="s"), operators="*", dags="*")

    assert type(sensor) is BaseSensorOperator
    assert "a sensor" in caplog.text


class Sealed(BashOperator):
    def __init_subclass__(cls, **kwargs: Any) -> None:
        raise TypeError("nothing is made of this")


class Unreadable(BaseOperator):
    """Its DAG is asked for while it is made as well."""

    def get_dag(self) -> Any:
        if inspect.stack()[1].function == "_is_selected":
            raise RuntimeError("nobody knows")
        return super().get_dag()


@pytest.mark.parametrize(
    "make",
    [
        lambda: Sealed(task_id="s", bash_command="true"),
        lambda: Unreadable(task_id="s"),
    ],
)
def test_a_dag_imports_whatever_goes_wrong(
    make: Any, policy: Any, caplog: pytest.LogCaptureFixture
) -> None:
    task = policy(make, operators="*", dags="*")

    assert type(task) in (Sealed, Unreadable)
    assert "nothing is made of this" in caplog.text or "nobody knows" in caplog.text


def test_a_task_that_cannot_be_declared_is_what_it_was(policy: Any) -> None:
    def make() -> Any:
        return PythonOperator(task_id="p", python_callable=Unsigned())

    assert type(policy(make, operators="*", dags="*")) is PythonOperator


class Unsigned:
    """Nobody can say what it takes."""

    @property
    def __signature__(self) -> Any:
        raise RuntimeError("nobody knows")

    def __call__(self) -> None: ...


def test_a_branch_is_cached_where_its_choice_is_made(policy: Any) -> None:
    def make() -> Any:
        return BranchPythonOperator(task_id="b", python_callable=lambda: "left")

    assert type(policy(make, operators="*", dags="*")).__mro__[1].__name__ == "CallableCache"


def test_a_task_that_has_a_cache_keeps_its_own_terms(policy: Any) -> None:
    from orchestra_cache.airflow import enable_cache

    task = policy(lambda: enable_cache(bash(), version="7"), operators="*", dags="*")

    assert task._orchestra_cache_terms.declared["version"] == "7"
