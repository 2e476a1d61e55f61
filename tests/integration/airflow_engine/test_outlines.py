"""Results that Airflow looks into are not read on a hit, as long as what it looks for is known."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestra_cache import Cache, Ref
from orchestra_cache.airflow._compat import operators as _compat
from orchestra_cache.airflow.operators import CachedPythonOperator
from orchestra_cache.airflow.standins import Elements, Outputs
from orchestra_cache.airflow.xcom import CacheXComBackend
from orchestra_cache.events import Event, Failed, Miss
from tests.integration.airflow_engine.test_handed import DAG, context

LARGE = ["order"] * 30_000


def outputs() -> dict[str, Any]:
    return {"orders": LARGE, "days": ("monday",), "count": 3}


def elements() -> list[Any]:
    return [LARGE, ("monday",)]


def unnamed() -> dict[int, Any]:
    return {1: LARGE}


def many() -> dict[str, Any]:
    return {str(number): LARGE[:5000] for number in range(100)}


@pytest.fixture(autouse=True)
def backend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_compat, "active_xcom", lambda: CacheXComBackend)


def result(place: Path, function: Any, *, over: bool = False, **more: Any) -> Any:
    """What Airflow is given by one run."""
    with DAG("shop", schedule=None):
        given = {"python_callable": function, "cache": place, **more}
        operator = CachedPythonOperator(task_id="load", **given)
        if over:
            kind = _compat.PythonOperator
            kind.partial(task_id="each", python_callable=len).expand(op_args=operator.output)
    return operator.execute(context())


def failures(events: list[Event]) -> list[str]:
    """What the cache could not do; there is no database here to show a task's fields from."""
    failed = [one.operation for one in events if isinstance(one, Failed)]
    return [one for one in failed if one != "tell Airflow what it did"]


def blobs(place: Path) -> list[Path]:
    return list(place.glob("main/blobs-v1/*/*"))


def test_each_of_several_outputs_is_a_ref_of_its_own_if_it_is_large(tmp_path: Path):
    results = [result(tmp_path, outputs, multiple_outputs=True) for _ in range(2)]

    for one in results:
        assert type(one) is Outputs
        assert list(one) == ["orders", "days", "count"]
        assert one["count"] == 3
        loaded = {name: part.load() for name, part in one.items() if isinstance(part, Ref)}
        assert {**one, **loaded} == one.whole.load() == outputs()
    assert results[0] == results[1]


def test_what_tasks_are_expanded_over_says_its_length_and_is_read_if_asked(tmp_path: Path):
    results = [result(tmp_path, elements, over=True) for _ in range(2)]

    assert [type(one) for one in results] == [Elements, Elements]
    assert [len(one) for one in results] == [2, 2]
    assert [list(one) for one in results] == [elements()] * 2


def test_no_collection_takes_an_output_early(tmp_path: Path):
    result(tmp_path, outputs, multiple_outputs=True)

    Cache(tmp_path).collect(grace=timedelta(0))

    assert type(result(tmp_path, outputs, multiple_outputs=True)) is Outputs


def test_an_output_that_a_collection_took_is_read_out_of_all_of_them(tmp_path: Path):
    first = result(tmp_path, outputs, multiple_outputs=True)
    (name,) = set(first["orders"].blobs) - set(first.whole.blobs)
    (tmp_path / name).unlink()

    assert result(tmp_path, outputs, multiple_outputs=True) == outputs()


def test_what_was_kept_without_an_outline_is_read(tmp_path: Path):
    result(tmp_path, outputs)
    result(tmp_path, elements)

    assert result(tmp_path, outputs, multiple_outputs=True) == outputs()
    assert result(tmp_path, elements, over=True) == elements()


@pytest.mark.parametrize("function", [unnamed, many])
def test_outputs_without_names_or_very_many_are_read(
    tmp_path: Path, events: list[Event], function: Any
):
    for _ in range(2):
        assert type(result(tmp_path, function, multiple_outputs=True)) is dict
    assert failures(events) == []


def test_if_it_cannot_be_read_the_hit_is_a_miss(tmp_path: Path, events: list[Event]):
    result(tmp_path, outputs)
    for blob in blobs(tmp_path):
        blob.write_bytes(b"?" * blob.stat().st_size)

    assert type(result(tmp_path, outputs, multiple_outputs=True)) is Outputs
    assert failures(events) == ["read"]
    assert any(isinstance(one, Miss) and "gone" in one.reason for one in events)


def test_a_small_result_is_handed_on_as_it_is(tmp_path: Path, events: list[Event]):
    def small() -> dict[str, int]:
        return {"a": 1}

    def nothing() -> None: ...

    for _ in range(2):
        assert type(result(tmp_path, small, multiple_outputs=True)) is dict
        assert result(tmp_path, nothing, multiple_outputs=True) is None
    assert blobs(tmp_path) == []
    assert failures(events) == []


def test_who_may_only_read_hands_it_on_too_and_writes_nothing(tmp_path: Path):
    reading = {"multiple_outputs": True, "mode": "readonly"}

    assert type(result(tmp_path, outputs, **reading)) is dict
    assert blobs(tmp_path) == []

    result(tmp_path, outputs, multiple_outputs=True)
    assert type(result(tmp_path, outputs, **reading)) is Outputs
