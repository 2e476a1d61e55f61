"""What a cached callable is handed and hands on beside its result, and when it is none at all."""

from __future__ import annotations

import asyncio
from collections import namedtuple
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from orchestra_cache.airflow._compat import operators as _compat
from orchestra_cache.airflow.operators import CachedPythonOperator
from orchestra_cache.airflow.refs import wants_refs
from orchestra_cache.airflow.repeating import watching_pushes
from orchestra_cache.airflow.wrapping import cached
from orchestra_cache.airflow.xcom import CacheXComBackend
from orchestra_cache.events import Event, Uncached, subscribe

try:
    from airflow.sdk import DAG
    from airflow.sdk.execution_time.context import OutletEventAccessors
except ImportError:
    from airflow import DAG
    from airflow.utils.context import OutletEventAccessors

Pair = namedtuple("Pair", "first second")

# What the callables say that ran.
RAN: list[str] = []


@pytest.fixture(autouse=True)
def nothing_ran() -> None:
    RAN.clear()


@pytest.fixture
def events() -> Iterator[list[Event]]:
    heard: list[Event] = []
    stop = subscribe(heard.append)
    yield heard
    stop()


@dataclass
class Instance:
    """Of a task, with its XCom."""

    rows: dict[str, Any] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    dag_id: str = "shop"
    task_id: str = "load"
    run_id: str = "r"
    map_index: int = -1
    try_number: int = 1
    max_tries: int = 0

    def xcom_push(self, key: str, value: Any) -> None:
        self.rows[key] = value

    async def axcom_push(self, key: str, value: Any) -> None:
        self.rows[key] = value

    def get_relevant_upstream_map_indexes(self, *_: Any, **__: Any) -> None: ...

    def xcom_pull(self, **_: Any) -> Any:
        """An upstream's output; here, whether a Ref would do."""
        return "ref" if wants_refs.get() else "value"


def context() -> dict[str, Any]:
    return {
        "ti": Instance(),
        "task": SimpleNamespace(retries=0),
        "params": {},
        "expanded_ti_count": None,
        "outlet_events": OutletEventAccessors(),
    }


def run(operator: Any) -> dict[str, Any]:
    """What is in XCom beside the result, after one run without the rest of Airflow."""
    given = context()
    operator.execute(given)
    RAN.extend(given["ti"].ran)
    return {name: value for name, value in given["ti"].rows.items() if name != "orchestra_cache"}


def pushes(orders: list[int], ti: Any) -> int:
    ti.ran.append("pushes")
    seen = [len(orders)]
    ti.xcom_push("rows", seen)
    ti.xcom_push(key="first", value=orders[0])
    seen.append(0)
    return 1


def pushes_late(ti: Any) -> int:
    ti.ran.append("pushes_late")
    asyncio.run(ti.axcom_push("late", 5))
    return 1


def pushes_odd(ti: Any) -> int:
    ti.ran.append("pushes_odd")
    ti.xcom_push("when", timedelta(1))
    return 1


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Any]:
    def operator(function: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        return CachedPythonOperator(
            task_id="load",
            dag=DAG("shop", schedule=None),
            python_callable=function,
            op_args=arguments,
            cache=tmp_path,
            context=(),
            **more,
        )

    return operator


def test_what_a_callable_pushed_itself_is_pushed_on_a_hit(made: Callable[..., Any]):
    run(made(pushes, [7, 8]))

    assert run(made(pushes, [7, 8])) == {"rows": [2], "first": 7}
    assert run(made(pushes_late)) == run(made(pushes_late)) == {"late": 5}
    assert RAN == ["pushes", "pushes_late"]


def test_a_push_that_is_not_plain_data_has_no_entry(made: Callable[..., Any], events: list[Event]):
    assert run(made(pushes_odd)) == run(made(pushes_odd)) == {"when": timedelta(1)}

    assert RAN == ["pushes_odd"] * 2
    assert "`when`" in next(one for one in events if isinstance(one, Uncached)).reason


def test_who_watches_within_another_leaves_that_one_watching():
    given = context()

    with watching_pushes(given) as outer:
        with watching_pushes(given) as inner:
            given["ti"].xcom_push("a", 1)
        given["ti"].xcom_push("b", 2)
    given["ti"].xcom_push("c", 3)

    assert inner == [["a", 1]]
    assert outer == [["a", 1], ["b", 2]]
    assert given["ti"].rows == {"a": 1, "b": 2, "c": 3}


def made_upstream() -> Any:
    return CachedPythonOperator(task_id="make", python_callable=pushes).output


class _Configured(CachedPythonOperator):
    template_fields = (*CachedPythonOperator.template_fields, "settings")

    def __init__(self, *, settings: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.settings = settings


class _Nested:
    template_fields = ("inner",)

    def __init__(self, inner: Any) -> None:
        self.inner = inner


def test_a_ref_is_asked_for_only_where_it_is_loaded_again():
    made = made_upstream()
    nested = _Nested([made])
    operator = _Configured(
        dag=DAG("shop", schedule=None),
        task_id="load",
        python_callable=pushes,
        op_args=[made, Pair(made, 1), nested],
        op_kwargs={"one": [{"a": made}], "other": Pair([made], 2)},
        templates_dict={"df": made},
        settings=[made],
    )

    for name in ("op_args", "op_kwargs", "templates_dict", "settings"):
        rendered = operator.render_template(getattr(operator, name), context())
        setattr(operator, name, rendered)

    assert operator.op_args[:2] == ["ref", Pair("value", 1)]
    assert nested.inner == ["value"]
    assert operator.op_kwargs == {"one": [{"a": "ref"}], "other": Pair(["value"], 2)}
    assert operator.templates_dict == {"df": "value"}
    assert operator.settings == ["value"]


def test_arguments_that_are_an_output_as_a_whole_are_no_ref():
    operator = CachedPythonOperator(
        task_id="load",
        dag=DAG("shop", schedule=None),
        python_callable=pushes,
        op_kwargs=made_upstream(),
    )

    assert operator.render_template(operator.op_kwargs, context()) == "value"


class _Executes(CachedPythonOperator):
    def execute(self, context: Any) -> Any:
        return len(super().execute(context))


class _Calls(CachedPythonOperator):
    def execute_callable(self) -> Any:
        return len(super().execute_callable())


class _Afterwards(CachedPythonOperator):
    def post_execute(self, context: Any, result: Any = None) -> None:
        len(result)


def test_nobody_who_is_handed_a_result_gets_a_ref(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_compat, "active_xcom", lambda: CacheXComBackend)

    def sends(kind: type, **more: Any) -> bool:
        dag = DAG("shop", schedule=None)
        return kind(task_id="load", dag=dag, python_callable=pushes, **more)._sends_refs()

    assert sends(CachedPythonOperator)
    assert sends(_Configured, settings=None)
    assert not sends(CachedPythonOperator, post_execute=lambda *_: None)
    assert not sends(_Executes)
    assert not sends(_Calls)
    assert not sends(_Afterwards)


def opened(ti: Any) -> str:
    ti.ran.append("opened")
    return "cluster"


@pytest.mark.parametrize("role", ["as_setup", "as_teardown"])
def test_setup_and_teardown_run_each_time_and_say_so_once(
    made: Callable[..., Any], events: list[Event], role: str
):
    for _ in range(2):
        operator = made(opened)
        getattr(operator, role)()
        run(operator)

    assert RAN == ["opened"] * 2
    assert [type(one) for one in events] == [Uncached] * 2
    assert role[3:] in events[0].reason


class _Opens(_compat.BaseOperator):
    def execute(self, context: Any) -> None:
        context["ti"].ran.append("opens")


def test_so_does_an_operator_without_a_callable(tmp_path: Path, events: list[Event]):
    kind = cached(_Opens, cache=tmp_path, context=())
    for role in ("as_setup", "as_teardown"):
        run(kind(task_id="usual", dag=DAG("shop", schedule=None)))
        run(getattr(kind(task_id="load", dag=DAG("shop", schedule=None)), role)())

    assert RAN == ["opens"] * 3
    assert [one.reason for one in events if isinstance(one, Uncached)] == [
        f"it is a {role} task, and those are run for what they do" for role in ("setup", "teardown")
    ]


def test_arguments_that_a_callable_does_not_take_are_left_to_airflow(made: Callable[..., Any]):
    operator = made(opened)
    operator._given, operator.op_kwargs = frozenset({"more"}), {}

    operator._load_refs()

    assert operator.op_kwargs == {}
