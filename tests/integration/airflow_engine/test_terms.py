"""What is declared of a task in Airflow becomes terms of the cache for one run of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from orchestra_cache.airflow.runs import OperatorRun
from orchestra_cache.airflow.terms import TERMS, CacheTerms, checked
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.policy import Policy
from orchestra_cache.stores.bounded import _most


def run_of(terms: CacheTerms, limit: timedelta | None = None, **said: Any) -> OperatorRun:
    instance = SimpleNamespace(
        try_number=1, max_tries=0, dag_id="shop", task_id="orders.total", run_id="r", map_index=-1
    )
    context = {"ti": instance, "task": SimpleNamespace(retries=0), "params": said}
    return OperatorRun(SimpleNamespace(execution_timeout=limit), context, terms)


def test_the_cache_is_shared_by_all_dags_unless_a_namespace_says_otherwise(tmp_path: Path):
    assert run_of(CacheTerms.of(cache=tmp_path)).cache.namespace == "main"
    assert run_of(CacheTerms.of(cache=tmp_path, namespace="safe")).cache.namespace == "safe"


def test_a_namespace_may_be_that_of_the_dag_or_the_task(tmp_path: Path):
    terms = CacheTerms.of(cache=tmp_path, namespace="of-{dag_id}.{task_id}")

    assert run_of(terms).cache.namespace == "of-shop.orders.total"
    assert terms.place("with space", "täsk").namespace == "of-with-space.t-sk"
    assert len(terms.place("d" * 200, "t").namespace) == 63


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


def test_arguments_of_a_mapped_operator_are_checked_before_there_is_one():
    def total(day: str) -> None: ...

    checked(total, {"task_id": "total", "ignore": {"day"}})
    with pytest.raises(ConfigurationError, match="loger"):
        checked(total, {"task_id": "total", "ignore": {"loger"}})
    with pytest.raises(ConfigurationError, match="ttl"):
        checked(None, {"task_id": "total", "ttl": timedelta(0)})
