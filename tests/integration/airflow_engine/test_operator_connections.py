"""Every connection counts that an operator may use, however it comes to its name."""

from __future__ import annotations

import functools
import sys
from functools import partial
from types import ModuleType
from typing import Any

import pytest

from orchestra_cache.airflow import cached
from orchestra_cache.airflow.handing import asked_by
from orchestra_cache.airflow.hooks import defaults_of
from orchestra_cache.airflow.operands import Operands
from orchestra_cache.airflow.terms import CacheTerms
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.fingerprints.recipe import Recipe
from tests.integration.airflow_engine.dags.kinds import BaseHook, BaseOperator

CONNECTIONS = (
    "http_default", "shop", "other", "late_default", "plain_default", "place_default",
)  # fmt: skip


@pytest.fixture(autouse=True)
def connections(home: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CONNECTIONS:
        monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", f"http://me:one@{name}.test/a")


class ShopHook(BaseHook):
    conn_name_attr = "http_conn_id"
    default_conn_name = "http_default"

    def __init__(self, http_conn_id: str = default_conn_name) -> None:
        self.http_conn_id = http_conn_id


HELD = ShopHook("shop")


class Holding(BaseOperator):
    def execute(self, context: Any) -> Any:
        return HELD.http_conn_id


class PlainHook(BaseHook):
    default_conn_name = "plain_default"


class Given(BaseOperator):
    """Keeps its connection under a name that says nothing."""

    def __init__(self, *, http_conn_id: str = "http_default", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._place = http_conn_id

    def execute(self, context: Any) -> Any:
        return ShopHook(self._place)


class Nested(BaseOperator):
    def __init__(self, *, config: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.config = config

    def execute(self, context: Any) -> Any:
        return self.config


class Without(BaseOperator):
    def execute(self, context: Any) -> Any:
        return ShopHook()


class AsAttribute(BaseOperator):
    hook_class = ShopHook

    def execute(self, context: Any) -> Any:
        return self.hook_class()


class AsProperty(BaseOperator):
    @functools.cached_property
    def hook(self) -> Any:
        return [ShopHook() for _ in range(1)]

    def execute(self, context: Any) -> Any:
        return self.hook


class ByHelper(BaseOperator):
    def execute(self, context: Any) -> Any:
        return _hooked()


class ByClient(BaseOperator):
    def execute(self, context: Any) -> Any:
        return Client()


class Client:
    def __init__(self) -> None:
        self.hook = _hooked()


def _hooked() -> Any:
    return ShopHook()


class Late(BaseOperator):
    def execute(self, context: Any) -> Any:
        from tests.integration.airflow_engine.own_hooks import LateHook

        return LateHook()


class LatePlace(BaseOperator):
    def execute(self, context: Any) -> Any:
        from tests.integration.airflow_engine.own_places import Place

        return Place()


class LateModule(BaseOperator):
    def execute(self, context: Any) -> Any:
        from tests.integration.airflow_engine import own_places

        return own_places.Place()


class Installed(BaseOperator):
    """One of somebody else's distribution, whose code is not followed."""

    execute = Late.execute


Installed.__module__ = "airflow.shops.installed"


class Plain(BaseOperator):
    def execute(self, context: Any) -> Any:
        return PlainHook()


places = ModuleType("places")
places.far = ModuleType("places.far")  # type: ignore[attr-defined]
places.far.Hook = ShopHook  # type: ignore[attr-defined]


class Far(BaseOperator):
    def execute(self, context: Any) -> Any:
        return places.far.Hook()  # type: ignore[attr-defined]


class _Proxy:
    """Stands for settings that are not there when a DAG is parsed."""

    def __getattribute__(self, name: str) -> Any:
        if name == "__isabstractmethod__":
            raise AttributeError
        raise RuntimeError(name)


class _Columns:
    """Has every attribute, as `polars.col` has."""

    __isabstractmethod__ = False

    def __getattr__(self, name: str) -> Any:
        return _Columns()

    def __hash__(self) -> int:
        raise TypeError


def recipe(operator: Any, **terms: Any) -> Recipe:
    declared = CacheTerms.of(**terms)
    operands = Operands(operator, type(operator))
    return operands.declaration(declared).recipe(operands.arguments(declared))


def connected(operator: Any, **terms: Any) -> set[str]:
    found = {one.name for one in recipe(operator, **terms).components}
    parts = [name.split(":") for name in found if name.startswith("parameter:connection:")]
    return {name for _, _, name, *_ in parts}


def test_a_default_of_the_constructor_counts_whatever_the_operator_makes_of_it():
    assert connected(Given(task_id="a")) == {"http_default"}
    assert connected(Given(task_id="a", http_conn_id="shop")) == {"shop"}
    assert connected(Given(task_id="a"), ignore={"http_conn_id"}) == set()


def test_connections_that_are_named_within_arguments_count():
    config = {
        "source": {"conn_id": "shop", "port": 7},
        "targets": [{"s3_conn_id": "other"}, {"conn_id": "", "name": "late_default"}],
    }

    assert connected(Nested(task_id="a", config=config)) == {"shop", "other"}
    assert connected(Nested(task_id="a", config={"conn_ids": ["shop", "other"]})) == {
        "shop",
        "other",
    }
    assert connected(Nested(task_id="a", config=ShopHook("shop"))) == {"shop"}


@pytest.mark.parametrize("kind", [Without, AsAttribute, AsProperty, ByHelper, ByClient])
def test_the_connection_that_a_hook_takes_by_itself_counts(kind: type):
    assert connected(kind(task_id="a")) == {"http_default"}


def test_a_hook_that_is_imported_where_it_is_used_counts():
    assert connected(Late(task_id="a")) == {"late_default"}


def test_a_hook_that_does_not_say_how_its_connection_is_called_counts():
    assert connected(Plain(task_id="a")) == {"plain_default"}


@pytest.mark.parametrize(
    "kind, module, default",
    [
        (Late, "own_hooks", "late_default"),
        (LatePlace, "own_places", "place_default"),
        (LateModule, "own_places", "place_default"),
    ],
)
def test_what_an_own_operator_imports_counts_whatever_else_is_imported_or_named(
    monkeypatch: pytest.MonkeyPatch, kind: type, module: str, default: str
):
    package = sys.modules[__name__.rpartition(".")[0]]
    monkeypatch.delitem(sys.modules, f"{package.__name__}.{module}", raising=False)
    monkeypatch.delattr(package, module, raising=False)
    defaults_of.cache_clear()
    named = kind(task_id="a")
    named.ssh_conn_id = "shop"

    assert connected(named) == {"shop", default}


def test_a_hook_that_is_reached_through_several_modules_counts():
    assert connected(Far(task_id="a")) == {"http_default"}


@pytest.mark.parametrize("given", [ShopHook, [ShopHook], partial(ShopHook), {"kind": ShopHook}])
def test_a_class_of_hooks_among_the_arguments_leads_to_its_default(given: Any):
    assert connected(Nested(task_id="a", config=given)) == {"http_default"}


def test_a_hook_that_a_module_holds_counts_whatever_else_is_named():
    operator = Holding(task_id="a")
    operator.http_conn_id = "other"

    assert connected(operator) == {"other", "shop"}


def test_one_leaves_the_defaults_of_others_alone():
    other = type("OtherHook", (ShopHook,), {"default_conn_name": "other"})
    operator = Without(task_id="a")
    operator.kind = other

    assert connected(operator) == {"http_default", "other"}


def test_what_an_operator_holds_is_not_asked_what_it_is():
    class WithOthers(BaseOperator):
        settings = _Proxy()
        column = _Columns()

        def execute(self, context: Any) -> Any:
            return ShopHook()

    cached(WithOthers, ignore={"http_conn_id"})

    assert defaults_of(WithOthers, frozenset()) == (("http_conn_id", "http_default"),)


def test_a_hook_that_does_not_say_how_its_connection_is_called_is_named_by_nothing_else():
    other, own = Plain(task_id="a"), Plain(task_id="a")
    other.ssh_conn_id = own.conn_id = "shop"

    assert connected(other) == {"shop", "plain_default"}
    assert connected(own) == {"shop"}


def test_a_hook_whose_connection_the_operator_names_takes_no_other():
    named = Without(task_id="a")
    named.http_conn_id = "shop"
    other = Without(task_id="a")
    other.source_http_conn_id = "shop"

    assert connected(named) == connected(other) == {"shop"}


def test_another_place_behind_it_is_another_key_and_another_password_is_not(
    monkeypatch: pytest.MonkeyPatch,
):
    before = recipe(Without(task_id="a")).key
    monkeypatch.setenv("AIRFLOW_CONN_HTTP_DEFAULT", "http://me:two@http_default.test/a")
    renewed = recipe(Without(task_id="a")).key
    monkeypatch.setenv("AIRFLOW_CONN_HTTP_DEFAULT", "http://me:two@elsewhere.test/a")

    assert renewed == before
    assert recipe(Without(task_id="a")).key != before


def test_a_connection_of_a_hook_may_be_ignored_by_the_name_that_the_hook_has_for_it():
    cached(Without, ignore={"http_conn_id"})
    with pytest.raises(ConfigurationError, match="ignore names `htp_conn_id`"):
        cached(Without, ignore={"htp_conn_id"})

    assert connected(Without(task_id="a"), ignore={"http_conn_id"}) == set()


def test_what_nobody_has_imported_is_imported_only_where_no_connection_is_named(
    monkeypatch: pytest.MonkeyPatch,
):
    module = "tests.integration.airflow_engine.own_hooks"
    monkeypatch.delitem(sys.modules, module, raising=False)
    defaults_of.cache_clear()
    named = Installed(task_id="a")
    named.shop_conn_id = "shop"

    assert connected(named) == {"shop"}
    assert module not in sys.modules
    assert connected(Installed(task_id="a")) == {"late_default"}


def doubled(number: int) -> int:
    return number * 2


def with_date(number: int, ds: str = "") -> str:
    return ds


def test_functions_are_found_in_whatever_containers_they_are():
    def functions(config: Any) -> list[str]:
        found = Operands(Nested(task_id="a", config=config), Nested).functions(frozenset())
        return [one.__name__ for one in found]

    assert functions({"a": [doubled, 1], "b": (with_date,)}) == ["doubled", "with_date"]
    assert functions(partial(doubled, callback=[with_date])) == ["doubled", "with_date"]
    assert functions({doubled, with_date}) == ["doubled", "with_date"]
    assert functions([Nested(task_id="b", config=1).execute]) == ["execute"]


def test_a_function_in_a_container_counts_and_may_ask_for_the_context():
    def seen(function: Any) -> tuple[Any, list[str]]:
        operator = Nested(task_id="a", config={"handlers": [function]})
        functions = Operands(operator, Nested).functions(frozenset())
        return recipe(operator).key, list(asked_by(functions, {"ds": 1}))

    plain, asking = seen(doubled), seen(with_date)

    assert plain[0] != asking[0]
    assert plain[1] == []
    assert "`ds`, which Airflow may pass to with_date" in asking[1]
