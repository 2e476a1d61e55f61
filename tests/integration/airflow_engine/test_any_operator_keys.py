"""What the key of an operator is made of, without any run of it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from pydantic import SecretStr

from orchestra_cache.airflow.commands import inherited, variables
from orchestra_cache.airflow.handing import asked_by, looks_into
from orchestra_cache.airflow.operands import Operands
from orchestra_cache.airflow.repeating import PushedError, pushed_in
from orchestra_cache.airflow.terms import CacheTerms
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
    arguments = operands.arguments(declared.ignore)
    found = operands.declaration(declared).recipe(arguments)
    return found.extended(operands.components(declared))


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
