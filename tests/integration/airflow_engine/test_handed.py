"""What a cached callable is handed and hands on beside its result, and when it is none at all."""

from __future__ import annotations

import asyncio
from collections import namedtuple
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from orchestra_cache import Cache, Ref
from orchestra_cache.airflow import CachedBashOperator
from orchestra_cache.airflow._compat import operators as _compat
from orchestra_cache.airflow.bash import CommandCache
from orchestra_cache.airflow.callables import CallableCache
from orchestra_cache.airflow.containers import has_refs
from orchestra_cache.airflow.executions import ExecuteCache
from orchestra_cache.airflow.handed import Handed, sends_refs
from orchestra_cache.airflow.operators import CachedPythonOperator
from orchestra_cache.airflow.pulls import read_row
from orchestra_cache.airflow.refs import wants_refs
from orchestra_cache.airflow.repeating import watching_pushes
from orchestra_cache.airflow.rows import to_row
from orchestra_cache.airflow.virtualenvs import ExternalPythonCache, VirtualenvCache
from orchestra_cache.airflow.wrapping import cached
from orchestra_cache.airflow.xcom import CacheXComBackend
from orchestra_cache.datasets import File
from orchestra_cache.events import Event, Uncached
from orchestra_cache.fingerprints.recipe import Recipe
from orchestra_cache.outputs import encode

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


def ref_to(value: Any, place: Path) -> Ref:
    """A Ref as an XCom row has one."""
    return Cache(place).hand_over(Recipe("test", ()), encode(value, trusted=False))


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


def python(kind: type, **more: Any) -> Any:
    """A Python operator, its templates rendered."""
    given = {"task_id": "load", "dag": DAG("shop", schedule=None), "python_callable": pushes}
    return rendered(kind(op_args=[made_upstream()], **given, **more))


class _Sized(_compat.BaseOperator):
    template_fields = ("what", "parts", "shown", "note")

    def __init__(
        self, *, what: Any, parts: Any = (), shown: Any = "", note: Any = "", **kwargs: Any
    ):
        super().__init__(**kwargs)
        self.what = what
        self.parts = parts
        self.shown = shown
        self.note = note

    @property
    def shown(self) -> Any:
        return self._shown

    @shown.setter
    def shown(self, value: Any) -> None:
        self._shown = value

    def execute(self, context: Any) -> Any:
        context["ti"].ran.append(self.what)
        return self.what


def rendered(operator: Any, given: dict[str, Any] | None = None) -> Any:
    operator.render_template_fields(given or context())
    return operator


def sized(kind: type = _Sized, **arguments: Any) -> Any:
    """An operator with a cache, its templates rendered."""
    given = {"task_id": "load", "dag": DAG("shop", schedule=None), **arguments}
    return rendered(cached(kind, context=())(**given))


def test_of_any_operator_a_field_is_a_ref_as_a_whole_or_in_a_plain_container():
    made = made_upstream()

    operator = sized(what=made, parts={"a": [made], "b": Pair(made, 1)}, shown=Pair(made, 2))

    assert operator.what == "ref"
    assert operator.parts == {"a": ["ref"], "b": Pair("value", 1)}
    assert operator.shown == Pair("value", 2)


def test_what_is_elsewhere_too_is_a_value_everywhere():
    made = made_upstream()

    operator = sized(what=made, shown=made)

    assert (operator.what, operator.shown) == ("value", "value")


class _Prepares(_Sized):
    def pre_execute(self, context: Any) -> None: ...


class _Follows(_Sized):
    def post_execute(self, context: Any, result: Any = None) -> None: ...


class _Renders(_Sized):
    def render_template_fields(self, *args: Any, **kwargs: Any) -> None:
        super().render_template_fields(*args, **kwargs)


class _RendersEach(_Sized):
    def _do_render_template_fields(self, *args: Any) -> None:
        super()._do_render_template_fields(*args)


class _Linked(_Sized):
    operator_extra_links = (object(),)


class _LinkedLater(CachedPythonOperator):
    @property
    def operator_extra_links(self) -> list[Any]:
        return [object()]


@pytest.mark.parametrize(
    "kind, more",
    [
        (_Prepares, {}),
        (_Follows, {}),
        (_Renders, {}),
        (_RendersEach, {}),
        (_Linked, {}),
        (_Sized, {"pre_execute": lambda context: None}),
        (_Sized, {"post_execute": lambda context, result: None}),
        (_Sized, {"on_execute_callback": lambda context: None}),
        (_Sized, {"map_index_template": "{{ task.what }}"}),
    ],
)
def test_who_is_looked_at_before_or_after_it_runs_is_given_values(kind: type, more: dict[str, Any]):
    assert sized(kind, what=made_upstream(), **more).what == "value"
    assert python(CachedPythonOperator, **more).op_args == ["value" if more else "ref"]


def test_who_says_later_which_links_it_has_is_given_values():
    assert python(_LinkedLater).op_args == ["value"]


class _Reports(_Sized):
    def get_openlineage_facets_on_start(self) -> None: ...


def test_so_is_who_tells_of_its_lineage_if_somebody_listens(monkeypatch: pytest.MonkeyPatch):
    assert sized(_Reports, what=made_upstream()).what == "ref"

    monkeypatch.setattr(_compat, "_reports_lineage", lambda: True)

    assert sized(_Reports, what=made_upstream()).what == "value"


def test_so_are_a_command_and_all_that_runs_before_the_cache_does():
    command = {"task_id": "load", "dag": DAG("shop", schedule=None), "bash_command": "ls"}
    operator = rendered(CachedBashOperator(env={"ORDERS": made_upstream()}, **command))
    above = type("Above", (cached(_Sized),), {"execute": lambda self, context: self.what})
    over = above(task_id="load", dag=DAG("shop", schedule=None), what=made_upstream())

    assert operator.env == {"ORDERS": "value"}
    assert rendered(over).what == "value"
    assert python(_Executes).op_args == python(_Calls).op_args == ["value"]


def test_names_and_functions_are_read_at_once(tmp_path: Path):
    refs = {"name": ref_to("shop", tmp_path), "list": ref_to([1], tmp_path)}
    refs["function"] = replace(refs["list"], type="function")
    refs["text"] = ref_to("x" * 5000, tmp_path)

    def seen(name: str) -> Any:
        return read_row(to_row(refs[name], "shop/r/make"), as_ref=True)

    assert seen("name") == "shop"
    assert seen("function") == [1]
    assert isinstance(seen("list"), Ref)
    assert isinstance(seen("text"), Ref)


def test_a_template_that_sees_the_task_sees_values(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    ref = ref_to([1, 2], tmp_path)
    monkeypatch.setattr(Instance, "xcom_pull", lambda self, **_: ref)
    kind, given = cached(_Sized, context=()), context()

    def noted(note: str) -> Any:
        dag = DAG("shop", schedule=None)
        operator = kind(task_id="load", dag=dag, what=made_upstream(), note=note)
        return rendered(operator, {**given, "task": operator})

    one, other = noted("{{ task.what | length }}"), noted("tasks {{ params }}")

    assert (one.what, one.note) == ([1, 2], "2")
    assert (other.what, other.note) == (ref, "tasks {}")


def test_so_does_one_that_hands_the_run_to_a_macro_or_is_in_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    ref = ref_to([1, 2], tmp_path)
    monkeypatch.setattr(Instance, "xcom_pull", lambda self, **_: ref)
    monkeypatch.setattr(_Sized, "template_ext", (".sql",))
    (tmp_path / "count.sql").write_text("{{ task.what | length }}")
    kind, given = cached(_Sized, context=()), context()

    def count(instance: Any) -> int:
        return len(instance.task.what)

    for note in ("{{ count(ti) }}", {"a": ["count.sql"]}):
        dag = DAG("shop", schedule=None, template_searchpath=str(tmp_path))
        operator = kind(task_id="load", dag=dag, what=made_upstream(), note=note)
        given["ti"].task = operator
        rendered(operator, {**given, "task": operator, "count": count})
        assert operator.note in ("2", {"a": ["2"]})


def test_a_dict_is_a_value_where_a_key_looks_for_connections_in_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    config = {"fs_conn_id": "shop"}
    ref = ref_to(config, tmp_path)
    monkeypatch.setattr(Instance, "xcom_pull", lambda self, **_: ref)

    made = made_upstream()
    operator = sized(what=made, parts=[made])

    assert (operator.what, operator.parts) == (config, [config])
    assert python(CachedPythonOperator).op_args == [ref]


def test_refs_are_found_wherever_they_are_put_and_what_holds_itself_is_looked_at_once(
    tmp_path: Path,
):
    ref = ref_to([1], tmp_path)
    around: list[Any] = [1, "a", {"b": (2.5,)}]
    around.append(around)

    assert not has_refs(around)
    assert not has_refs(Pair(ref, 1))
    assert has_refs(ref) and has_refs({"a": [1, (ref,)]}) and has_refs({ref})
    around.append([ref])
    assert has_refs(around)


def columns(columns: dict[str, int], ti: Any) -> list[str]:
    ti.ran.append("columns")
    return list(columns)


def test_a_ref_says_no_order_so_that_its_value_is_looked_at_where_that_counts(
    made: Callable[..., Any], tmp_path: Path
):
    for order in ("ab", "ba", "ab"):
        ref = ref_to(dict.fromkeys(order, 1), tmp_path)
        run(made(columns, op_kwargs={"columns": ref}, ordered={"columns"}))

    assert RAN == ["columns"] * 2


def test_nor_does_it_say_what_a_dataset_is_called(made: Callable[..., Any], tmp_path: Path):
    (tmp_path / "orders").write_text("1")

    def read(name: str, ti: Any) -> str:
        ti.ran.append("read")
        return (tmp_path / name).read_text()

    ref = ref_to("orders", tmp_path)
    for _ in range(2):
        run(made(read, op_kwargs={"name": ref}, reads=[File(f"{tmp_path}/{{name}}")]))

    assert RAN == ["read"]


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
        return sends_refs(kind(task_id="load", dag=dag, python_callable=pushes, **more))

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


def test_arguments_that_a_callable_does_not_take_are_left_to_airflow(
    made: Callable[..., Any], tmp_path: Path
):
    operator, given = made(opened), context()
    operator.op_kwargs = {}

    Handed.to(operator, given, {"more": ref_to("a text", tmp_path)}).put()

    assert operator.op_kwargs == {}
    assert given["more"] == "a text"


# What people may write themselves, and what Airflow shows.
_PUBLIC = {"cache_key", "cached_from", "outputs"}

# What Airflow has in some versions, or looks at.
_AIRFLOWS = {"aexecute_callable", "operator_extra_links", "overwrite_rtif_after_execution"}


def others(names: Iterable[str]) -> list[str]:
    known = {*dir(_compat.PythonOperator), *_PUBLIC, *_AIRFLOWS}
    ours = ("__", "_orchestra_cache_")
    return sorted(name for name in names if name not in known and not name.startswith(ours))


@pytest.mark.parametrize(
    "kind", [CallableCache, ExecuteCache, CommandCache, VirtualenvCache, ExternalPythonCache]
)
def test_what_is_put_on_operators_has_a_name_that_nobody_else_gives(kind: type):
    assert others(name for one in kind.__mro__ for name in vars(one)) == []


def test_nor_does_a_run_leave_anything_else_there(made: Callable[..., Any]):
    plain = _compat.PythonOperator(task_id="a", python_callable=opened, dag=DAG("a", schedule=None))
    plain.execute(context())
    operator = made(opened)
    run(operator)

    assert others(vars(operator).keys() - vars(plain).keys()) == []


class _Namesake(_Sized):
    """With methods that have the names which ours would have otherwise."""

    def _found(self, value: Any) -> Any:
        return [value]

    _looked = _fields = _kept = _run = _terms = _found

    def execute(self, context: Any) -> Any:
        context["ti"].ran.append("namesake")
        return self._found(self.what)


def test_an_operator_with_names_as_ours_is_cached_as_any_other(tmp_path: Path):
    for _ in range(2):
        kind = cached(_Namesake, cache=tmp_path, context=())
        operator = kind(task_id="load", dag=DAG("shop", schedule=None), what=1)
        given = context()
        assert operator.execute(given) == [1]
        RAN.extend(given["ti"].ran)

    assert RAN == ["namesake"]
