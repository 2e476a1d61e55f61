"""What code does not show is declared: a version, packages, what it depends on, files beside it."""

from __future__ import annotations

import copy
import functools
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy
import pytest

from orchestra_cache import Cache, fingerprint
from orchestra_cache.errors import ConfigurationError, DatasetError
from tests.unit.programs import imported, written

PROGRAM = {
    "work": "import shop\nRAN = None\ndef double(n):\n    return [n, n]\n",
    "shop": "LIMIT = 1\ndef limit():\n    return LIMIT\n",
}


@pytest.fixture
def work(tmp_path: Path) -> Iterator[ModuleType]:
    with imported(written(tmp_path, PROGRAM)) as module:
        yield module


def test_a_version_by_hand_starts_anew(cache: Cache, work: ModuleType) -> None:
    cache.memoize(version="1")(work.double)(1)

    assert cache.memoize(version="1")(work.double).lookup(1)
    assert not cache.memoize(version="2")(work.double).lookup(1)
    assert not cache.memoize(work.double).lookup(1)


@pytest.mark.parametrize("thing", ["function", "module", "name"])
def test_what_is_declared_to_be_used_counts(cache: Cache, work: ModuleType, thing: str) -> None:
    declared = {"function": work.shop.limit, "module": work.shop, "name": "shop:limit"}[thing]
    double = cache.memoize(depends_on=[declared])(work.double)
    double(1)

    found = double.lookup(1)
    names = [one.name for one in double.recipe(1).components]

    assert found
    assert any(name.startswith("code:shop") for name in names)
    assert not cache.memoize(work.double).lookup(1)


def test_a_change_in_what_is_declared_is_a_miss(cache: Cache, work: ModuleType) -> None:
    double = cache.memoize(depends_on=["shop:limit"])(work.double)
    double(1)
    work.shop.LIMIT = 2

    assert str(double.explain(1)) == ("miss: the only entry differs in\n  code:shop.LIMIT  1 → 2")


def test_what_is_declared_and_not_there_is_an_error(cache: Cache, work: ModuleType) -> None:
    with pytest.raises(ConfigurationError, match=r"'nowhere:nothing', which cannot be imported"):
        cache.memoize(depends_on=["nowhere:nothing"])(work.double)(1)


def test_a_declared_file_counts_by_its_content(
    cache: Cache, work: ModuleType, tmp_path: Path
) -> None:
    query = tmp_path / "query.sql"
    query.write_text("select 1")
    double = cache.memoize(files=[str(query)])(work.double)
    double(1)
    query.write_text("select 2")

    assert "file:" in str(double.explain(1))


class Doubling:
    def __call__(self, n: int) -> list[int]:
        return [n, n]


@pytest.mark.parametrize("made", ["partial", "object"])
def test_a_declared_file_lies_beside_the_code_of_what_is_called(
    cache: Cache, work: ModuleType, made: str
) -> None:
    functions = {"partial": functools.partial(work.double), "object": Doubling()}
    folders = {"partial": Path(work.__file__ or "").parent, "object": Path(__file__).parent}
    name = {"partial": "query.sql", "object": Path(__file__).name}[made]
    (folders["partial"] / "query.sql").write_text("select 1")

    names = [one.name for one in cache.memoize(files=[name])(functions[made]).recipe(1).components]

    assert f"file:{name}" in names


def test_a_declared_file_lies_beside_the_code(cache: Cache, work: ModuleType) -> None:
    folder = Path(work.__file__ or "").parent
    (folder / "query.sql").write_text("select 1")

    assert cache.memoize(files=["query.sql"])(work.double)(1) == [1, 1]
    with pytest.raises(DatasetError, match=r"declared file other\.sql cannot be read"):
        cache.memoize(files=["other.sql"])(work.double)(1)


def test_packages_that_are_not_in_the_key_are_recorded(cache: Cache, work: ModuleType) -> None:
    numpy = pytest.importorskip("numpy")

    def names(packages: object) -> set[str]:
        double = cache.memoize(packages=packages)(work.double)  # type: ignore[arg-type]
        return {one.name for one in double.recipe(numpy.zeros(1)).components}

    assert "package:numpy" in names("reached") & names({"numpy"})
    assert "seen:numpy" in names("none") & names({"pandas"})
    assert "package:numpy" not in names("none") | names({"pandas"})


def test_one_package_alone_is_refused_as_a_word(cache: Cache, work: ModuleType) -> None:
    with pytest.raises(ConfigurationError, match=r"write `packages=\{'numpy'\}`"):
        cache.memoize(packages="numpy")(work.double)


def summing(values: list[float]) -> object:
    return numpy.sum(values)


def applied(function: Callable[[list[float]], object]) -> object:
    return function([1.0])


def test_the_packages_of_a_function_among_the_arguments_are_in_the_key(tmp_path: Path) -> None:
    task = Cache(tmp_path).memoize(applied)

    with_numpy = [one.name for one in task.recipe(summing).components]
    without = [one.name for one in task.recipe(len).components]

    assert "package:numpy" in with_numpy
    assert "package:numpy" not in without


def kept(value: object) -> object:
    return value


ARGUMENTS: dict[str, Callable[[], object]] = {
    "nothing": lambda: None,
    "number": lambda: 1,
    "numpy": lambda: numpy.arange(3),
    "pandas": lambda: pytest.importorskip("pandas").Series([1]),
    "both": lambda: [numpy.arange(3), pytest.importorskip("pandas").Series([1])],
}


@pytest.mark.parametrize("order", [*itertools.permutations(ARGUMENTS, 3)], ids="-".join)
def test_a_key_does_not_depend_on_the_calls_before(tmp_path: Path, order: tuple[str, ...]) -> None:
    values = [ARGUMENTS[name]() for name in order]
    task = Cache(tmp_path).memoize(kept)

    for _ in range(2):
        for value in values:
            alone = Cache(tmp_path).memoize(kept)
            assert task.recipe(value).key == alone.recipe(value).key
            assert task.recipe(value).components == alone.recipe(value).components


def test_the_packages_of_arguments_are_in_the_key_after_a_call_without(tmp_path: Path) -> None:
    task = Cache(tmp_path).memoize(kept)

    found = [
        {one.name for one in task.recipe(value).components if one.kind == "package"}
        for value in (None, numpy.arange(3), None)
    ]

    assert found == [set(), {"package:numpy"}, set()]


class Own:
    def __init__(self, n: int) -> None:
        self.n = n

    def __fingerprint__(self) -> object:
        return fingerprint(self.n)


def test_a_class_that_says_its_own_digest_adds_its_code(tmp_path: Path) -> None:
    task = Cache(tmp_path).memoize(lambda values: values)

    for value in (Own(1), [Own(1)], {"a": (Own(1),)}):
        names = [one.name for one in task.recipe(value).components]
        assert any(name.endswith("Own") for name in names), value


ORDERS: list[tuple[Any, Any]] = [
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ([{"a": {"x": 1, "y": 2}}], [{"a": {"y": 2, "x": 1}}]),
    ({1: 1, "b": 2}, {"b": 2, 1: 1}),
    (({"a": 1, "b": 2},), ({"b": 2, "a": 1},)),
]


@pytest.mark.parametrize(("one", "other"), ORDERS)
def test_the_order_of_a_parameters_dicts_counts_where_it_is_declared(
    cache: Cache, one: Any, other: Any
) -> None:
    def table(columns: Any, options: Any) -> str:
        return str(columns)

    ordered = cache.memoize(ordered={"columns"})(table)

    assert ordered.recipe(one, 1).key == ordered.recipe(copy.deepcopy(one), 1).key
    assert ordered.recipe(one, 1).key != ordered.recipe(other, 1).key
    assert ordered.recipe(1, one).key == ordered.recipe(1, other).key
    assert cache.memoize(table).recipe(one, 1).key == cache.memoize(table).recipe(other, 1).key


def test_a_parameter_that_is_not_there_cannot_be_ordered(cache: Cache) -> None:
    with pytest.raises(ConfigurationError, match="ordered names `colums`"):
        cache.memoize(ordered={"colums"})(lambda columns: columns)
