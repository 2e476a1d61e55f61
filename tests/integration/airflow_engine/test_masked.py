"""What Airflow masks is shown nowhere: in no entry, no summary and on no page."""

from __future__ import annotations

import sqlite3
from collections import deque
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path, PurePath
from types import SimpleNamespace
from typing import Any

import pytest

from orchestra_cache import Cache
from orchestra_cache.airflow import CachedBashOperator, masking
from orchestra_cache.airflow._compat.masking import masks
from orchestra_cache.airflow.masking import without_masked
from orchestra_cache.airflow.runs import OperatorRun
from orchestra_cache.airflow.telling import _shown
from orchestra_cache.airflow.terms import CacheTerms
from orchestra_cache.declaration import Declaration
from orchestra_cache.fingerprints.recipe import Component, Recipe
from tests.integration.airflow_engine.runs import Dags
from tests.integration.fresh_process import FreshProcesses

try:  # Airflow 3
    from airflow.sdk._shared.secrets_masker import _secrets_masker
except ImportError:
    from airflow.utils.log.secrets_masker import _secrets_masker

# Longer than what is shown of a text, and with what stands otherwise in a literal.
LONG, SHORT = "swordfish-of-the-api-and-then-some-more", "it's\\swordfish"


@pytest.fixture(scope="module", autouse=True)
def masked(home: Path) -> None:
    for secret in (LONG, SHORT):
        _secrets_masker().add_mask(secret)


@dataclass
class Account:
    token: str


def called(
    auth: Any,
    passphrase: str = "",
    day: str = "monday",
    env: Any = None,
    job_env_vars: Any = None,
    config: Any = None,
) -> int:
    return len(day)


@pytest.fixture
def recipe_of(tmp_path: Path) -> Any:
    def recipe(*, context: Any = None, params: Any = None, **arguments: Any) -> Recipe:
        instance = SimpleNamespace(
            try_number=1, max_tries=0, dag_id="shop", task_id="called", run_id="r", map_index=-1
        )
        given = {"ti": instance, "task": SimpleNamespace(retries=0), "params": params or {}}
        terms = CacheTerms.of(cache=Cache(tmp_path), context=context)
        operator = SimpleNamespace(execution_timeout=None, inlets=[])
        attempt = OperatorRun(operator, given, terms).attempt(Declaration(called), arguments)
        assert attempt is not None and attempt.recipe is not None
        return attempt.recipe

    return recipe


def shown(recipe: Recipe) -> dict[str, str]:
    return {one.name: one.shown for one in recipe.components}


@pytest.mark.parametrize("secret", [LONG, f"Bearer {LONG}", SHORT, LONG.encode(), SHORT.encode()])
def test_an_argument_that_airflow_masks_is_not_shown(recipe_of: Any, secret: Any):
    said = shown(recipe_of(auth=secret, day="monday"))

    assert said["parameter:auth"] == ""
    assert said["parameter:day"] == "'monday'"


def test_an_argument_whose_name_airflow_masks_is_not_shown(recipe_of: Any):
    assert shown(recipe_of(auth="", passphrase="sword", day="x"))["parameter:passphrase"] == ""


def test_what_is_declared_of_the_context_is_not_shown_either(recipe_of: Any):
    said = shown(recipe_of(context={"params.a", "params.b"}, params={"a": SHORT, "b": "north"}))

    assert (said["context:params.a"], said["context:params.b"]) == ("", "'north'")


def test_it_counts_as_before(recipe_of: Any):
    recipe, own = recipe_of(auth=LONG), Declaration(called).recipe({"auth": LONG})

    assert recipe.key == own.key
    assert shown(own)["parameter:auth"]
    assert recipe_of(auth=SHORT).key != recipe.key


@pytest.mark.parametrize("name", ["env", "job_env_vars"])
def test_variables_of_a_process_are_not_shown(recipe_of: Any, name: str):
    recipe = recipe_of(auth="", **{name: {"SHOP": "sword"}})

    assert shown(recipe)[f"parameter:{name}"] == ""
    assert recipe.key != recipe_of(auth="", **{name: {"SHOP": "fish"}}).key


def test_what_is_not_shown_of_an_argument_cannot_be_guessed_from_its_component(recipe_of: Any):
    parts = recipe_of(auth=SHORT, env={"A": "b"}, day="x").components
    page = {one.name: _shown(one) for one in parts}

    assert (page["parameter:auth"], page["parameter:env"]) == ("…", "…")
    assert page["parameter:day"].startswith("'x' (")
    assert page["python"].endswith(")")


@pytest.mark.parametrize(
    "config",
    [
        {"headers": {"x-shop": SHORT}},
        [("a", [LONG.encode()])],
        {"nested": [{"passphrase": "open"}]},
        {SHORT},
        frozenset({LONG}),
        {SHORT: 1},
        {(1, SHORT): 1},
        deque([SHORT]),
        bytearray(SHORT.encode()),
        [PurePath(SHORT)],
        [{"first": SHORT}, *range(20_000)],
        {"a": SHORT, "b": [*range(20_000)]},
        Account(LONG),
        [Account(LONG)],
        partial(int, SHORT),
    ],
)
def test_an_argument_with_something_in_it_that_airflow_masks_is_not_shown(
    recipe_of: Any, config: Any
):
    assert shown(recipe_of(auth="", config=config))["parameter:config"] == ""


def test_of_a_long_text_no_more_than_its_ends_is_looked_at(
    recipe_of: Any, monkeypatch: pytest.MonkeyPatch
):
    looked: list[int] = []

    def counted(value: Any, name: str | None) -> bool:
        looked.append(len(str(value)))
        return masks(value, name)

    monkeypatch.setattr(masking, "masks", counted)
    around = "orders of a day, " * 100_000

    for config in (f"{SHORT}{around}", f"{around}{SHORT}", [SHORT, around]):
        assert shown(recipe_of(auth="", config=config))["parameter:config"] == ""
    for count in range(16_384 - len(SHORT), 16_384 + 1):
        text = f"{around[:count]}{SHORT}{around}"
        assert SHORT[:8] not in shown(recipe_of(auth="", config=text))["parameter:config"]
    assert shown(recipe_of(auth="", config=[around] * 100))["parameter:config"] == "list"
    assert max(looked) <= 1 << 20


def test_other_containers_are_told_apart(recipe_of: Any):
    around: list[Any] = ["monday", 1, None]
    around.append(around)

    known = [date(2026, 1, 1), Decimal(1), PurePath("a"), int, b"c", bytearray(b"d"), called]
    for config in ({"day": "monday", "rates": [1, 2.5]}, ("a", {}), {"a", 1}, around, known):
        assert shown(recipe_of(auth="", config=config))["parameter:config"]


def test_variables_of_the_worker_that_a_command_names_are_not_shown(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("DB_PASS", "swordfish")
    operator = CachedBashOperator(task_id="a", bash_command="echo $DB_PASS", env=None)
    found = operator._orchestra_cache_operands().arguments(operator._orchestra_cache_terms)
    recipe = Declaration(called).recipe({})

    part = Component("parameter:environment:DB_PASS", recipe.key.digest, "'swordfish'")
    assert found["environment:DB_PASS"] == "swordfish"
    assert shown(without_masked(Recipe("a", (part,)), found)) == {part.name: ""}


def test_the_password_of_a_connection_is_nowhere_after_a_run(
    home: Path, processes: FreshProcesses, tmp_path: Path
):
    environment = {
        "ORCHESTRA_CACHE_CACHES__LAKE__URL": str(tmp_path / "lake"),
        "AIRFLOW_CONN_API": "http://me:open-sesame@api.test",
    }
    run = Dags(home, processes, environment).run("masked")

    assert run.states == {"called": "success"}
    (entry,) = (tmp_path / "lake").glob("main/entries-v1/*/*")
    assert b"2026-01-01" in entry.read_bytes()
    assert b"open-" not in entry.read_bytes()
    with closing(sqlite3.connect(home / "airflow.db")) as database:
        for table, column in (("xcom", "value"), ("rendered_task_instance_fields", "*")):
            rows = database.execute(f"SELECT {column} FROM {table} WHERE dag_id = 'masked'")
            said = str(rows.fetchall())
            assert "called" in said
            assert "open-" not in said
