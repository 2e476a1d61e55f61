"""One call of a task becomes a recipe: its parameters, its data, its code and its surroundings."""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orchestra_cache.datasets import File
from orchestra_cache.declaration import Declaration
from orchestra_cache.errors import ConfigurationError, DatasetError, FingerprintError
from orchestra_cache.fingerprints.recipe import Recipe
from tests.unit.programs import imported, written

PYTHON = ".".join(map(str, sys.version_info[:2]))


def totals(day: Any, *days: Any, limit: int = 3, logger: Any = None, **more: Any) -> Any:
    return day, days, limit, more


class Shop:
    def __init__(self, rate: Any) -> None:
        self.rate = rate

    def total(self, n: int) -> int:
        return n * self.rate

    def __call__(self, n: int) -> int:
        return n


def recipe(*args: Any, function: Any = totals, terms: Any = None, **kwargs: Any) -> Recipe:
    declaration = Declaration(function, **(terms or {}))
    return declaration.recipe(declaration.bind(*args, **kwargs))


def shown(found: Recipe) -> dict[str, str]:
    return {one.name: one.shown for one in found.components}


def test_a_recipe_names_everything_by_its_kind(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("a")

    found = recipe(1, terms={"reads": [File(f"{tmp_path}/{{day}}.csv")], "ignore": {"logger"}})

    names = shown(found)
    assert found.task == "totals"
    assert names["parameter:day"] == "1"
    assert names["parameter:limit"] == "3"
    assert names["python"] == PYTHON
    assert names[f"data:{tmp_path}/1.csv"].startswith("content ")
    assert "code" in names
    assert f"code:{__name__}.totals" in names
    assert "parameter:logger" not in names


def test_parameters_are_bound_to_the_signature() -> None:
    same = [recipe(1), recipe(day=1), recipe(1, limit=3), recipe(1, logger=None)]
    others = [recipe(2), recipe(1, 2), recipe(1, limit=4), recipe(1, a=1), recipe(1, a=1, b=2)]

    assert len({one.key for one in same}) == 1
    assert len({one.key for one in same + others}) == 6


def test_the_order_of_keywords_does_not_show() -> None:
    assert recipe(1, a=1, b=2, limit=5).key == recipe(1, limit=5, b=2, a=1).key


def test_an_ignored_parameter_may_be_anything() -> None:
    terms = {"ignore": {"logger"}}

    one, other = recipe(1, logger=memoryview(b"a"), terms=terms), recipe(1, terms=terms)

    assert one.key == other.key


def test_the_name_of_an_ignored_parameter_may_stand_alone() -> None:
    assert recipe(1, terms={"ignore": "logger"}).key == recipe(1, terms={"ignore": {"logger"}}).key


def test_an_argument_without_identity_is_named_by_its_parameter() -> None:
    shop = Shop({"db": Shop(memoryview(b"live"))})

    with pytest.raises(FingerprintError) as caught:
        recipe(shop)

    assert caught.value.path == "parameter day → .rate → ['db'] → .rate"
    assert caught.value.kind == "memoryview"


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"ignore": {"loger"}}, "ignore names `loger`, which `totals` has no parameter of"),
        ({"reads": [File("{month}.csv")]}, "dataset {month}.csv names `month`"),
        ({"reads": ["orders.csv"]}, "reads holds 'orders.csv', which is not a dataset"),
    ],
)
def test_a_declaration_that_does_not_fit_is_refused_at_once(terms: Any, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Declaration(totals, **terms)

    assert message in caught.value.message
    assert "day, days, limit, logger, more" in caught.value.hint or "reads=" in caught.value.hint


def test_a_function_without_parameters_says_so() -> None:
    with pytest.raises(ConfigurationError, match="its parameters are: none"):
        Declaration(lambda: 1, ignore={"a"})


def test_generators_are_refused() -> None:
    def rows() -> Any:
        yield 1

    async def later() -> Any:
        yield 1

    for function in (rows, later, functools.partial(rows), functools.lru_cache(rows)):
        with pytest.raises(ConfigurationError, match="generator"):
            Declaration(function)


def test_missing_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=str(tmp_path / "orders.csv")):
        recipe(1, terms={"reads": [File(tmp_path / "orders.csv")]})


def test_the_order_of_reads_tells_datasets_apart(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("1")
    other.write_text("2")

    forth = recipe(1, terms={"reads": [File(one), File(other)]})
    back = recipe(1, terms={"reads": [File(other), File(one)]})

    assert forth.key != back.key


def test_a_dataset_that_moved_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "one"
    path.write_text("1")
    before = recipe(1, terms={"reads": [File(path)]})

    moved = path.rename(tmp_path / "two")

    assert recipe(1, terms={"reads": [File(moved)]}).key == before.key


def test_secrets_are_not_shown() -> None:
    def connect(user: str, password: str, api_key: str, auth_token: str) -> None: ...

    found = shown(recipe("me", "p", "k", "t", function=connect))

    assert found["parameter:user"] == "'me'"
    assert {found[f"parameter:{name}"] for name in ("password", "api_key", "auth_token")} == {""}


def test_long_and_structured_arguments_are_shown_by_their_kind() -> None:
    found = shown(recipe({"a": 1}, limit="x" * 1000))  # type: ignore[arg-type]

    assert found["parameter:day"] == "dict"
    assert len(found["parameter:limit"]) < 50


def test_the_class_of_an_argument_counts_by_its_code(tmp_path: Path) -> None:
    source = "class Order:\n    def total(self): return 1\ndef task(order): return order.total()"
    keys = []

    for text in (source, source, source.replace("return 1", "return 2")):
        with imported(written(tmp_path, text)) as module:
            keys.append(recipe(module.Order(), function=module.task).key)

    assert keys[0] == keys[1]
    assert keys[0] != keys[2]


def test_the_libraries_of_an_argument_are_in_the_recipe() -> None:
    def task(value: Any) -> Any:
        return value

    names = shown(recipe({"frames": [pd.DataFrame({"a": [1]})]}, function=task))

    assert names["package:pandas"] == pd.__version__
    assert names["package:numpy"] == np.__version__
    assert not any(name.startswith("package:") for name in shown(recipe(1, function=task)))


def test_a_task_is_called_by_its_qualified_name() -> None:
    functions = [
        totals,
        Shop.total,
        Shop(1).total,
        functools.partial(totals, 1),
        functools.lru_cache(totals),
        Shop(1),
    ]

    tasks = [Declaration(function).task for function in functions]

    assert tasks == ["totals", "Shop.total", "Shop.total", "totals", "totals", "Shop"]


def test_what_a_partial_has_bound_counts() -> None:
    keys = {recipe(function=functools.partial(totals, day)).key for day in (1, 2)}

    assert len(keys) == 2


def test_the_object_of_a_method_counts() -> None:
    keys = {recipe(1, function=Shop(rate).total).key for rate in (1, 2)}

    assert len(keys) == 2
