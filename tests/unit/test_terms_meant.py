"""What terms of a declaration mean: one thing is that one, and what cannot be meant is told."""

from __future__ import annotations

import importlib.metadata
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orchestra_cache import Cache
from orchestra_cache.datasets import File
from orchestra_cache.declaration import Declaration
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.fingerprints.recipe import Recipe
from orchestra_cache.settings import checked_cache, find_cache


def total(values: Any) -> Any:
    return np.asarray(values).sum()


def plain(values: Any) -> Any:
    return values


def rate() -> float:
    return 0.19


class Color(Enum):
    RED = 1


def recipe(function: Any = plain, **terms: Any) -> Recipe:
    return Declaration(function, **terms).recipe({"values": [1]})


def names(found: Recipe) -> list[str]:
    return [one.name for one in found.components]


@pytest.mark.parametrize("name", ["numpy", "NumPy", "NUMPY"])
def test_a_named_package_is_in_the_key_however_it_is_spelled(name: str) -> None:
    found = recipe(total, packages={name})

    assert "package:numpy" in names(found)
    assert found.key == recipe(total).key


@pytest.mark.parametrize("name", ["typing-extensions", "typing_extensions", "Typing.Extensions"])
def test_a_named_package_is_in_the_key_though_no_code_reaches_it(name: str) -> None:
    (found,) = [one for one in recipe(packages=[name]).components if one.kind == "package"]

    assert found.name == "package:typing_extensions"
    assert found.shown == importlib.metadata.version("typing_extensions")


def test_packages_that_are_not_named_are_only_recorded() -> None:
    assert "seen:numpy" in names(recipe(total, packages={"pandas"}))
    assert "seen:numpy" in names(recipe(total, packages=[]))


@pytest.mark.parametrize(
    ("packages", "message", "hint"),
    [
        ({"numpy==2"}, "packages names 'numpy==2', which is not", "`packages={'numpy'}`"),
        ({"numpy>=2,<3"}, "packages names 'numpy>=2,<3', which is not", "`packages={'numpy'}`"),
        ({""}, "packages names '', which is not the name of a package", "version"),
        ({5}, "packages names 5, which is not the name of a package", "version"),
        (5, "packages=5 cannot be meant", "`packages={'numpy'}`"),
        (None, "packages=None cannot be meant", "`'none'`"),
        ("numpy", "packages='numpy' is not known", "`packages={'numpy'}`"),
    ],
)
def test_what_no_package_is_called_is_told_at_once(packages: Any, message: str, hint: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Declaration(total, packages=packages)

    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_package_that_is_not_installed_is_told_with_the_first_recipe() -> None:
    with pytest.raises(ConfigurationError, match="packages names `nmpy`, which is not installed"):
        recipe(total, packages={"nmpy"})


def test_who_names_a_module_is_told_its_package() -> None:
    with pytest.raises(ConfigurationError, match="packages names `dateutil`") as caught:
        recipe(total, packages={"dateutil"})

    assert "`packages={'python-dateutil'}`" in caught.value.hint


def test_one_may_stand_alone_where_there_may_be_several(tmp_path: Path) -> None:
    data, query = tmp_path / "orders.csv", tmp_path / "query.sql"
    data.write_text("1")
    query.write_text("select 1")
    pairs: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"reads": File(data)}, {"reads": [File(data)]}),
        ({"files": str(query)}, {"files": [str(query)]}),
        ({"files": query}, {"files": [str(query)]}),
        ({"depends_on": rate}, {"depends_on": [rate]}),
        ({"depends_on": Color}, {"depends_on": [Color]}),
        ({"depends_on": importlib}, {"depends_on": ["importlib"]}),
        ({"depends_on": "json:loads"}, {"depends_on": ["json:loads"]}),
        ({"ordered": "values"}, {"ordered": ["values"]}),
        ({"first_party": "numpy"}, {"first_party": ["numpy"]}),
    ]

    for one, several in pairs:
        assert recipe(**one).key == recipe(**several).key
        if "ordered" not in one and "first_party" not in one:
            assert recipe(**one).key != recipe().key


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"reads": "s3://lake/orders"}, "reads holds 's3://lake/orders', which is not a dataset"),
        ({"reads": Path("orders")}, "which is not a dataset"),
        ({"reads": File}, "which is not a dataset"),
        ({"reads": None}, "reads=None cannot be meant"),
        ({"ignore": 5}, "ignore=5 cannot be meant"),
        ({"ignore": [1]}, "ignore holds 1, which is not a name"),
        ({"ordered": None}, "ordered=None cannot be meant"),
        ({"first_party": {None}}, "first_party holds None, which is not a name"),
        ({"version": 3}, "version=3 is not a text"),
        ({"codec": 5}, "codec=5 is not a text"),
        ({"depends_on": 5}, "depends_on=5 cannot be meant"),
        ({"depends_on": [5]}, "depends_on holds 5, which has no code"),
        ({"depends_on": [""]}, "depends_on holds '', which has no code"),
        ({"files": [1]}, "files holds 1, which is not a path"),
        ({"files": 1}, "files=1 cannot be meant"),
        ({"materialize": "yes"}, "materialize='yes' is neither True nor False"),
    ],
)
def test_a_term_that_cannot_be_meant_is_told_where_it_is_written(terms: Any, message: str) -> None:
    cache = Cache("memory://lake")

    for write in (lambda: Declaration(plain, **terms), lambda: cache.memoize(**terms)(plain)):
        with pytest.raises(ConfigurationError) as caught:
            write()
        assert message in caught.value.message
        assert caught.value.hint


def test_single_flight_is_true_or_false() -> None:
    with pytest.raises(ConfigurationError, match="single_flight='yes' is neither True nor False"):
        Cache("memory://lake").memoize(single_flight="yes")  # type: ignore[call-overload]


@pytest.mark.parametrize("function", ["lake", 5])
def test_only_functions_are_memoized(function: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"{function!r} is not a function"):
        Cache("memory://lake").memoize(function)


@pytest.mark.parametrize("check", [checked_cache, find_cache])
@pytest.mark.parametrize("given", [5, {"url": "s3://key:hunter2@lake"}, total])
def test_what_is_no_cache_is_told_by_its_type(check: Any, given: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"of type `{type(given).__name__}`") as caught:
        check(given)

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("given", ["", "s3:/lake", Path("s3:/lake"), "nowhere://lake"])
def test_a_place_that_cannot_be_meant_is_told_before_it_is_used(given: Any) -> None:
    with pytest.raises(ConfigurationError, match="cannot make a cache of"):
        checked_cache(given)


@pytest.mark.parametrize("name", ["lak e", "la__ke", "_lake", "läke", "my-lake"])
def test_a_name_that_no_variable_can_have_is_told_so(name: str) -> None:
    with pytest.raises(ConfigurationError, match=f"no cache is called '{name}'") as caught:
        find_cache(name)

    assert "letters, digits and single underscores" in caught.value.hint
    assert "ORCHESTRA_CACHE" not in caught.value.hint


def test_a_namespace_is_a_text() -> None:
    with pytest.raises(ConfigurationError, match="namespace=5 is not one plain name"):
        Cache("memory://lake", namespace=5)  # type: ignore[arg-type]


def test_a_url_that_was_taken_for_a_path_is_no_folder_near() -> None:
    with pytest.raises(ConfigurationError, match="near="):
        Cache("memory://lake", near=Path("s3://lake/near"))
