"""What is declared of a task in Airflow becomes terms of the cache for one run of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from orchestra_cache.airflow._compat.configuration import setting
from orchestra_cache.airflow.context import RunContext, unseen
from orchestra_cache.airflow.runs import OperatorRun
from orchestra_cache.airflow.terms import TERMS, CacheTerms, checked
from orchestra_cache.attempt import Attempt
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.events import Hit, Miss
from orchestra_cache.policy import Policy
from orchestra_cache.stores.bounded import _most


def run_of(
    terms: CacheTerms,
    limit: timedelta | None = None,
    *,
    tries: tuple[int, int] = (1, 0),
    retries: int = 0,
    run: str = "monday",
    **said: Any,
) -> OperatorRun:
    instance = SimpleNamespace(
        try_number=tries[0],
        max_tries=tries[1],
        dag_id="shop",
        task_id="orders.total",
        run_id=run,
        map_index=-1,
    )
    context = {"ti": instance, "task": SimpleNamespace(retries=retries), "params": said}
    operator = SimpleNamespace(execution_timeout=limit, inlets=[], task_id="orders.total")
    return OperatorRun(operator, context, terms)


def test_the_cache_is_shared_by_all_dags_unless_a_namespace_says_otherwise(tmp_path: Path):
    assert run_of(CacheTerms.of(cache=tmp_path)).cache.namespace == "main"
    assert run_of(CacheTerms.of(cache=tmp_path, namespace="safe")).cache.namespace == "safe"


def test_a_namespace_may_be_that_of_the_dag_or_the_task(tmp_path: Path):
    terms = CacheTerms.of(cache=tmp_path, namespace="of-{dag_id}.{task_id}")

    assert run_of(terms).cache.namespace == "of-shop.orders.total"
    assert terms.place("with space", "täsk").namespace.startswith("of-with-space.t-sk-")
    assert len(terms.place("d" * 200, "t").namespace) == 63


@pytest.mark.parametrize("one, other", [("täsk", "tösk"), ("t" * 99, "t" * 98), ("ä", "-")])
def test_no_two_tasks_have_one_namespace(one: str, other: str, tmp_path: Path):
    terms = CacheTerms.of(cache=tmp_path, namespace="{dag_id}.{task_id}")

    assert terms.place("shop", one).namespace != terms.place("shop", other).namespace


@pytest.mark.parametrize("namespace", ["", "../other", "{run_id}", "a/b", 5])
def test_no_other_namespace_is_taken(namespace: Any):
    with pytest.raises(ConfigurationError, match="namespace"):
        CacheTerms.of(namespace=namespace)


def test_who_waits_leaves_half_of_the_time_to_compute():
    terms = CacheTerms.of(ttl=timedelta(days=1), single_flight=True)

    assert run_of(terms).policy == Policy(timedelta(days=1), single_flight=True)
    assert run_of(terms, timedelta(minutes=1)).policy.wait == timedelta(seconds=30)
    assert run_of(terms, timedelta(days=9)).policy.wait == Policy().wait


def test_the_cache_may_take_a_quarter_of_the_tasks_time():
    with run_of(CacheTerms.of(), timedelta(minutes=1)).working():
        assert _most.get() == 15
    with run_of(CacheTerms.of()).working():
        assert _most.get() == float("inf")


def test_a_param_of_the_run_is_obeyed():
    assert run_of(CacheTerms.of(), orchestra_cache="refresh").policy.mode == "refresh"


def test_every_term_reaches_the_declaration_or_the_terms(tmp_path: Path):
    from orchestra_cache.datasets import File

    given: dict[str, Any] = {
        "reads": [File("orders.csv")],
        "ignore": {"logger"},
        "ordered": {"columns"},
        "version": "7",
        "packages": "none",
        "depends_on": [Path],
        "files": ["query.sql"],
        "first_party": {"shop"},
        "codec": "json",
    }

    terms = CacheTerms.of(**given)

    assert terms.ignore == {"logger"}
    assert {name: terms.declared[name] for name in terms.declared} == {
        name: {**given, "reads": (File("orders.csv"),), "depends_on": (Path,)}.get(name)
        if name not in ("files", "ordered", "first_party")
        else type(terms.declared[name])(given[name])
        for name in given
        if name != "ignore"
    }
    rest = {"cache", "namespace", "context", "ttl", "mode", "single_flight", "on_clear"}
    assert set(given) | rest == TERMS


@pytest.mark.parametrize("term", ["cach", "materialize"])
def test_a_term_that_there_is_not_is_told_with_those_that_there_are(term: str):
    with pytest.raises(ConfigurationError, match=f"`{term}` is no term") as told:
        CacheTerms.of(**{term: True})

    assert "cache, codec, context" in str(told.value)


def test_arguments_of_a_mapped_operator_are_checked_before_there_is_one():
    def total(day: str) -> None: ...

    checked(total, {"task_id": "total", "ignore": {"day"}})
    with pytest.raises(ConfigurationError, match="loger"):
        checked(total, {"task_id": "total", "ignore": {"loger"}})
    with pytest.raises(ConfigurationError, match="ttl"):
        checked(None, {"task_id": "total", "ttl": timedelta(0)})


def total(day: str) -> str:
    return day


def looked(run: OperatorRun) -> Attempt:
    attempt = run.attempt(run.terms.declaration(total), {"day": "1"})
    assert attempt is not None
    run.enter(attempt)
    return attempt


def test_a_retry_after_a_clear_does_not_find_what_the_clear_was_to_be_rid_of(tmp_path: Path):
    terms = CacheTerms.of(cache=tmp_path)
    looked(run_of(terms, retries=2, tries=(1, 2))).finish("wrong")

    failed = looked(run_of(terms, retries=2, tries=(2, 3)))
    retried = looked(run_of(terms, retries=2, tries=(3, 3)))
    retried.finish("right")
    again = looked(run_of(terms, retries=2, tries=(4, 3)))
    others = looked(run_of(terms, run="tuesday"))

    assert isinstance(failed.found, Miss)
    assert isinstance(retried.found, Miss)
    assert isinstance(again.found, Hit)
    assert isinstance(others.found, Hit)
    assert again.found.value == others.found.value == "right"


def test_another_clear_computes_once_more(tmp_path: Path):
    terms = CacheTerms.of(cache=tmp_path)
    looked(run_of(terms, tries=(2, 1))).finish("once")

    assert isinstance(looked(run_of(terms, tries=(3, 2))).found, Miss)


def test_what_is_reused_after_a_clear_may_be_anybodys(tmp_path: Path):
    looked(run_of(CacheTerms.of(cache=tmp_path))).finish("kept")

    cleared = looked(run_of(CacheTerms.of(cache=tmp_path, on_clear="reuse"), tries=(2, 1)))

    assert isinstance(cleared.found, Hit)


@pytest.fixture
def unreadable() -> Iterator[None]:
    """A `%` in Airflow's configuration file, which begins the name of another option there."""
    try:
        from airflow.sdk.configuration import conf
    except ImportError:
        from airflow.configuration import conf
    conf.read_string("[orchestra_cache]\ncache = s3://lake/a%20b\n")
    yield
    conf.remove_option("orchestra_cache", "cache")


@pytest.mark.usefixtures("unreadable")
def test_a_configuration_that_cannot_be_read_fails_no_task():
    with pytest.raises(ConfigurationError, match="cache of Airflow's configuration"):
        setting("cache")
    run_of(CacheTerms.of()).end()


def reads_its_run() -> str:
    return os.environ["AIRFLOW_CTX_DAG_RUN_ID"]


def reads_by_a_helper() -> str:
    def name() -> str:
        return os.getenv("AIRFLOW_CTX_TASK_ID", "")

    return name()


@pytest.mark.parametrize("function", [reads_its_run, reads_by_a_helper])
def test_what_airflow_says_of_the_run_in_the_environment_is_seen_by_no_key(function: Any):
    declaration = CacheTerms.of().declaration(function)

    warning = unseen(declaration, (), None)

    assert warning is not None
    assert "AIRFLOW_CTX_" in warning.reason
    assert unseen(declaration, (), RunContext(())) is None
    assert unseen(CacheTerms.of().declaration(total), (), None) is None
