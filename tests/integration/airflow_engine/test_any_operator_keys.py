"""What the key of an operator is made of, without any run of it."""

from __future__ import annotations

import functools
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from orchestra_cache.airflow import CachedBashOperator, cached, operands
from orchestra_cache.airflow.commands import inherited, variables
from orchestra_cache.airflow.handing import asked_by, looks_into
from orchestra_cache.airflow.link import CachedFromLink
from orchestra_cache.airflow.lookups import Looked
from orchestra_cache.airflow.made import OutputsError
from orchestra_cache.airflow.operands import Operands
from orchestra_cache.airflow.repeating import PushedError, pushed_in
from orchestra_cache.airflow.terms import CacheTerms
from orchestra_cache.datasets import File
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.events import Event, Hit, Miss, Uncached, subscribe
from orchestra_cache.fingerprints.recipe import Recipe
from tests.integration.airflow_engine.dags.kinds import BaseOperator, BashOperator
from tests.integration.airflow_engine.runs import AIRFLOW_2


class Query(BaseOperator):
    template_fields = ("sql",)

    def __init__(self, *, sql: str, limit: int = 10, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sql = sql
        self.limit = limit

    def execute(self, context: Any) -> str:
        return self.sql


class Limited(Query):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(limit=5, **kwargs)


def recipe(operator: Any, **terms: Any) -> Recipe:
    declared = CacheTerms.of(**terms)
    operands = Operands(operator, type(operator))
    arguments = operands.arguments(declared)
    found = operands.declaration(declared).recipe(arguments)
    return found.extended(operands.components(declared))


def executed(operator: Any, **context: Any) -> Any:
    """What it returns where nothing but itself is asked about its run."""
    instance = SimpleNamespace(
        try_number=1,
        max_tries=0,
        dag_id="shop",
        task_id=operator.task_id,
        run_id="monday",
        map_index=-1,
        xcom_push=lambda *pushed, **more: None,
    )
    return operator.execute(
        {"ti": instance, "task": operator, "outlet_events": SimpleNamespace(_dict={}), **context}
    )


def names(found: Recipe) -> set[str]:
    return {one.name for one in found.components}


def test_every_argument_counts_and_so_does_one_that_was_not_given() -> None:
    plain = recipe(Query(task_id="a", sql="x")).key

    assert recipe(Query(task_id="a", sql="x", limit=10)).key == plain
    assert recipe(Query(task_id="a", sql="x", limit=11)).key != plain
    assert recipe(Query(task_id="a", sql="y")).key != plain


def test_what_airflow_does_around_a_task_does_not_count() -> None:
    around = {"retries": 3, "owner": "me", "pool": "p", "queue": "q", "trigger_rule": "all_done"}
    more = {"execution_timeout": timedelta(hours=1), "doc_md": "text", "priority_weight": 7}
    called = {"on_success_callback": print}

    other = Query(task_id="b", sql="x", **around, **more, **called)

    assert recipe(other).key == recipe(Query(task_id="a", sql="x")).key


@pytest.mark.parametrize(
    "given",
    [{"do_xcom_push": False}, {"run_as_user": "shop"}, {"executor_config": {"image": "b"}}],
    ids=lambda given: next(iter(given)),
)
def test_what_of_it_may_change_the_result_does(given: dict[str, Any]) -> None:
    assert (
        recipe(Query(task_id="a", sql="x", **given)).key != recipe(Query(task_id="a", sql="x")).key
    )


def test_what_is_set_on_it_afterwards_counts() -> None:
    changed, marked = Query(task_id="a", sql="x"), Query(task_id="a", sql="x")
    changed.limit = 5
    marked.region = "eu"

    keys = {recipe(one).key for one in (Query(task_id="a", sql="x"), changed, marked)}

    assert len(keys) == 3


def test_what_a_constructor_gives_its_base_counts() -> None:
    found = {one.name: one.shown for one in recipe(Limited(task_id="a", sql="x")).components}

    assert found["parameter:limit"] == "5"


def test_what_is_ignored_does_not_count() -> None:
    one, other = Query(task_id="a", sql="x"), Query(task_id="a", sql="x", limit=9)
    other.region = "eu"

    ignore = {"limit", "attributes"}

    assert recipe(one, ignore=ignore).key == recipe(other, ignore=ignore).key


def test_an_installed_operator_counts_by_its_name_and_the_version_of_its_package() -> None:
    found = {
        one.name: one.shown
        for one in recipe(BashOperator(task_id="a", bash_command="b")).components
    }

    assert found["operator"] == f"{BashOperator.__module__}.BashOperator"
    package = "apache-airflow" if AIRFLOW_2 else "apache-airflow-providers-standard"
    assert f"package:{package}" in found


def test_ones_own_operator_counts_by_its_code_with_all_helpers_that_it_reaches() -> None:
    found = names(recipe(Passing(task_id="a", sql="x")))

    code = {name.rpartition(".")[2] for name in found if name.startswith(f"code:{__name__}.")}
    assert {"Passing", "Query", "_look", "execute", "__init__"} <= code


def test_a_function_among_the_arguments_counts_by_its_code() -> None:
    def processed(processor: Any) -> Recipe:
        return recipe(BashOperator(task_id="a", bash_command="b", output_processor=processor))

    assert processed(lambda text: text[1:]).key != processed(lambda text: text[2:]).key


def test_a_function_is_found_within_a_partial_and_a_method() -> None:
    def seen(processor: Any) -> list[Any]:
        operator = BashOperator(task_id="a", bash_command="b", output_processor=processor)
        return Operands(operator, BashOperator).functions(frozenset())

    assert seen(partial(_look)) == [_look]
    assert seen(Query(task_id="a", sql="x").execute)[0].__name__ == "execute"


class Upwards(Query):
    def execute(self, context: Any) -> str:
        return super().execute(context=context).upper()


class Looking(Query):
    def execute(self, run: Any) -> str:
        return self.sql + run["ds"]


class Passing(Query):
    def execute(self, context: Any) -> str:
        return _look(context)


class Completing(Query):
    def execute_complete(self, context: Any, event: Any = None) -> str:
        return context["ds"]


def _look(context: Any) -> str:
    return str(context["ds"])


@pytest.mark.parametrize("kind", [Query, Upwards, BashOperator])
def test_to_hand_the_context_up_is_not_to_look_into_it(kind: type) -> None:
    assert list(looks_into(kind, ())) == []


@pytest.mark.parametrize("kind", [Looking, Passing, Completing])
def test_to_read_it_or_to_pass_it_on_is(kind: type) -> None:
    found = list(looks_into(kind, ()))

    assert [one for one in found if kind.__name__ in one] == found != []


class Named(Query):
    """Reads which task it is."""

    def execute(self, context: Any) -> str:
        return f"s3://b/{self.task_id}/{self.params['region']}"


class Helped(Query):
    """Reads it in what is called of it: a property, a generator, an installed base's method."""

    @property
    def folder(self) -> str:
        return self.dag_id

    @functools.cached_property
    def place(self) -> str:
        return str(self.get_dag())

    def parts(me) -> Any:  # noqa: N805
        return (str(me.owner) for _ in range(2))


class Told(Query):
    """What its constructor made of its task counts, and so does what is asked for beside it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.path = f"{self.task_id}.csv"

    def execute(self, context: Any) -> str:
        self.log.info("%s", self.task_type)
        self.retries = 1
        return self.path if self.do_xcom_push and self.run_as_user is None else self.sql


def test_what_a_task_is_by_itself_is_seen_where_it_is_read() -> None:
    assert list(looks_into(Named, ())) == [
        "`self.params` in Named.execute",
        "`self.task_id` in Named.execute",
    ]
    assert [one.partition(" ")[0] for one in looks_into(Helped, ())] == [
        "`self.dag_id`",
        "`self.get_dag`",
        "`self.owner`",
    ]


def test_what_of_a_task_counts_is_no_look() -> None:
    one, other = Told(task_id="a", sql="x"), Told(task_id="b", sql="x")

    assert list(looks_into(Told, ())) == []
    assert recipe(one).key != recipe(other).key


def test_one_that_reads_which_task_it_is_is_not_looked_up_until_that_is_declared(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def result(task_id: str, region: str, **terms: Any) -> str:
        kind = cached(Named, cache=tmp_path, **terms)
        operator = kind(task_id=task_id, sql="x", params={"region": region})
        return executed(operator, params={"region": region})

    context = {"task.task_id", "params.region"}
    tasks = [("a", "eu"), ("b", "eu"), ("a", "us"), ("a", "eu")]

    assert [result(*one) for one in tasks] == [f"s3://b/{a}/{b}" for a, b in tasks]
    assert "`self.params` in Named.execute" in caplog.text
    caplog.clear()
    assert [result(*one, context=context) for one in tasks] == [f"s3://b/{a}/{b}" for a, b in tasks]
    assert caplog.text.count("Named: hit") == 1


def test_a_method_without_source_that_reads_it_is_seen() -> None:
    space: dict[str, Any] = {"Query": Query, "__name__": "shop.queries"}
    exec("class Made(Query):\n    def where(self):\n        return self.task_id\n", space)

    assert list(looks_into(space["Made"], ())) == ["`self.task_id` in Made.where"]


def test_a_method_without_source_is_taken_to_look_into_it() -> None:
    space: dict[str, Any] = {"Query": Query, "__name__": "shop.queries"}
    exec("class Made(Query):\n    def execute(self, context):\n        return 1\n", space)

    assert list(looks_into(space["Made"], ())) == ["the context in Made.execute"]


def test_a_function_asks_for_the_context_by_the_names_that_airflow_has() -> None:
    functions = [lambda text: text, lambda text, ds: ds, lambda text, **context: text]

    assert len(list(asked_by(functions, {"ds": 1, "ti": 2}))) == 2


def test_only_plain_data_is_pushed_again() -> None:
    plain = [["job", {"id": "j1", "parts": [1, 2.5, None]}]]

    assert pushed_in(plain) == {"xcom": plain}
    with pytest.raises(PushedError, match="`when`"):
        pushed_in([["when", timedelta(1)]])
    with pytest.raises(PushedError):
        pushed_in([["pair", (1, 2)]])


def test_variables_that_a_command_names_count_and_no_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("REGION", "RATE", "OTHER", "DAY"):
        monkeypatch.setenv(name, name.lower())

    found = inherited("echo $REGION ${RATE:-1} $DAY $missing OTHER", {"DAY": "1"})

    assert found == {
        "environment:RATE": "rate",
        "environment:REGION": "region",
        "environment:missing": None,
    }


def test_variables_whose_names_tell_of_secrets_count_as_such() -> None:
    found = variables({"SHOP_PASSWORD": "pw", "DAY": "1"})

    assert found == {"SHOP_PASSWORD": SecretStr("pw"), "DAY": "1"}


class Installed(BashOperator):
    """One of somebody else's distribution, which rewrites its command."""

    def __init__(self, *, shell: str = "sh", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.shell = shell
        self._flags = f"-{len(shell)}"

    def execute(self, context: Any) -> str:
        return f"{self.shell}: {self.bash_command}"


Installed.__module__ = "airflow.shells.installed"


def test_a_command_of_another_class_counts_as_what_it_is() -> None:
    def looked(kind: type, **given: Any) -> Recipe:
        operator = cached(kind)(task_id="a", bash_command="ls", **given)
        found = Looked.of(operator, {})
        return found.declaration.recipe(found.arguments).extended(found.components)

    shown = {one.name: one.shown for one in looked(Installed).components}

    assert shown["operator"] == "airflow.shells.installed.Installed"
    assert shown["parameter:shell"] == "'sh'"
    assert looked(Installed).key not in (looked(BashOperator).key, looked(Installed, shell="b").key)
    assert looked(Installed).key == looked(Installed, shell="sh").key

    made = Looked.of(CachedBashOperator(task_id="a", bash_command="ls"), {})
    assert made.declaration.recipe(made.arguments).key == looked(BashOperator).key


def test_what_a_command_of_another_class_holds_counts() -> None:
    one, other = (cached(Installed)(task_id="a", bash_command="ls") for _ in range(2))
    other._flags = "-x"

    assert Looked.of(one, {}).arguments != Looked.of(other, {}).arguments
    assert Looked.of(one, {}).arguments["attributes"] == {"_flags": "-2"}


def test_packages_that_are_followed_are_so_for_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    operator = cached(Installed, first_party=["airflow.shells"])(task_id="a", bash_command="ls")
    monkeypatch.setattr(Installed, "execute", Named.execute)

    assert "`self.task_id` in Installed.execute" in Looked.of(operator, {}).unseen


def test_a_class_that_is_made_of_a_cached_one_is_not_cached() -> None:
    class More(cached(Query)):  # type: ignore[misc]
        def rows(self) -> int:
            return 2

    with pytest.raises(ConfigurationError, match="More` is made of a class that has a cache"):
        Looked.of(More(task_id="more", sql="select"), {})
    assert Looked.of(cached(Query)(task_id="one", sql="select"), {}).declaration is not None


class _Linking(BaseOperator):
    def __init__(self, *, place: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.place = place

    @property
    def operator_extra_links(self) -> list[Any]:
        return [CachedFromLink(), SimpleNamespace(name=self.place)]


def test_links_that_depend_on_arguments_are_there_beside_ours():
    operator = cached(_Linking)(task_id="task", place="shop")

    own, ours = operator.operator_extra_links

    assert own.name == "shop"
    assert isinstance(ours, CachedFromLink)


@pytest.mark.parametrize(
    "outputs", [[""], ["."], ["./"], ["/etc/hostname"], ["../x"], [5], None, "a"]
)
def test_outputs_that_are_rendered_to_what_is_not_inside_of_cwd_are_not_looked_up(
    tmp_path: Path, outputs: Any
):
    command = CachedBashOperator(
        task_id="task",
        bash_command="touch own.txt; echo done",
        outputs=["{{ params.sub }}"],
        cwd=str(tmp_path),
        cache=tmp_path / "lake",
    )
    command.outputs = outputs
    said: list[Event] = []

    with closing(SimpleNamespace(close=subscribe(said.append))):
        assert executed(command) == "done"

    assert (tmp_path / "own.txt").exists()
    assert [event.reason.partition(" ")[0] for event in said if isinstance(event, Uncached)] == [
        "outputs"
    ]
    assert not [event for event in said if isinstance(event, (Hit, Miss))]


@pytest.mark.parametrize("output", ["", ".", "./"])
def test_the_folder_of_a_command_is_no_output_of_it(output: str):
    with pytest.raises(ConfigurationError, match="not inside of `cwd`"):
        CachedBashOperator(task_id="task", bash_command="x", cwd="/srv", outputs=[output])


def test_what_a_command_made_before_it_deferred_is_not_kept():
    command = CachedBashOperator(task_id="task", bash_command="x", cwd="/srv", outputs=["a"])

    # It goes on in another process than the one that looked it up.
    with command._orchestra_cache_computing():
        pass

    with pytest.raises(OutputsError, match="deferred"):
        command._orchestra_cache_kept("result")


def test_a_variable_of_a_command_may_have_any_name(tmp_path: Path):
    env = {"class": "a", "from-here": "b"}
    for ignore in ("class", "from-here"):
        command = CachedBashOperator(
            task_id="task", bash_command="echo done", env=env, ignore=ignore, cache=tmp_path
        )
        assert executed(command) == "done"
    with pytest.raises(ConfigurationError, match="names `lambda`"):
        CachedBashOperator(task_id="task", bash_command="x", env=env, ignore="lambda")


def test_that_a_term_fits_is_seen_without_looking_through_code(monkeypatch: pytest.MonkeyPatch):
    class Asking(Query):
        pass

    def looked(*args: object, **more: object) -> Any:
        raise AssertionError("its hooks were asked for")

    monkeypatch.setattr(operands, "defaults_of", looked)

    cached(Asking, ignore={"limit", "do_xcom_push"})
    CachedBashOperator(
        task_id="task",
        bash_command="x",
        env={"DAY": "1"},
        reads=[File("orders/{DAY}.csv")],
        ignore={"DAY"},
        depends_on=[executed],
    )
    with pytest.raises(AssertionError, match="hooks"):
        cached(Asking, ignore="http_conn_id")


def test_the_parameters_of_a_class_are_found_once_and_changed_by_nobody():
    known = operands.parameters_of(Limited)

    assert operands.parameters_of(Limited) is known
    with pytest.raises(TypeError):
        known["limit"] = 7  # type: ignore[index]
