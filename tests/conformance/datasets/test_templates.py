"""Places with parameters in them: what they take, and what is said when they cannot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from orchestra_cache import Cache
from orchestra_cache.datasets import (
    Dataset,
    DeltaTable,
    Environment,
    File,
    Folder,
    Http,
    IcebergTable,
    Query,
)
from orchestra_cache.errors import ConfigurationError, DatasetError
from orchestra_cache.fingerprints import fingerprint

KINDS: dict[str, Callable[[str], Dataset]] = {
    "DeltaTable": DeltaTable,
    "File": File,
    "Folder": Folder,
    "Http": lambda place: Http(f"http://127.0.0.1/{place}"),
    "IcebergTable": IcebergTable,
    "Query": lambda place: Query(place, "sqlite://"),
}

kinds = pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)


def orders(day: date, shop: str = "mill") -> str:
    return f"{shop} {day}"


@kinds
def test_placeholders_are_parameters(make: Callable[[str], Dataset]) -> None:
    dataset = make("{shop}/{day:%Y/%m}/{shop}.x")

    bound = dataset.bind({"day": date(2026, 1, 31), "shop": "mill", "unused": None})

    assert dataset.parameters == {"day", "shop"}
    assert bound.parameters == frozenset()
    assert bound.name == make("mill/2026/01/mill.x").name


@kinds
def test_a_parameter_can_be_in_the_format_of_another(make: Callable[[str], Dataset]) -> None:
    dataset = make("{number:0{width}d}")

    assert dataset.parameters == {"number", "width"}
    assert dataset.bind({"number": 7, "width": 3}).name == make("007").name


@kinds
def test_a_name_that_the_task_has_no_parameter_of_is_an_error(
    cache: Cache, make: Callable[[str], Dataset]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        cache.memoize(reads=[make("{dya}.csv")])(orders)

    assert "names `dya`, which `orders` has no parameter of" in str(caught.value)
    assert "its parameters are: day, shop" in str(caught.value)


@kinds
@pytest.mark.parametrize("template", ["{}", "{0}", "{day.year}", "{day", "day}", "{day:{0}}"])
def test_a_placeholder_is_a_name(make: Callable[[str], Dataset], template: str) -> None:
    with pytest.raises(ConfigurationError, match="hint: write"):
        make(template)


@kinds
def test_a_value_that_does_not_take_the_format_is_an_error(
    make: Callable[[str], Dataset],
) -> None:
    dataset = make("{day:%Y}")

    for value in ("2026-01-31", None):
        with pytest.raises(ConfigurationError, match="format"):
            dataset.bind({"day": value})


@kinds
def test_a_parameter_that_is_not_given_is_an_error(make: Callable[[str], Dataset]) -> None:
    with pytest.raises(ConfigurationError, match="'day' is not given"):
        make("{day}").bind({"shop": "mill"})


@kinds
def test_a_template_has_no_version(make: Callable[[str], Dataset]) -> None:
    with pytest.raises(DatasetError, match="is a template"):
        make("{day}").version()


@kinds
def test_braces_in_a_value_are_kept(make: Callable[[str], Dataset]) -> None:
    bound = make("{name}").bind({"name": "{x}"})

    assert bound.parameters == frozenset()
    assert bound.bind({"x": "y"}) == bound == make("{{x}}")


def test_folders_within_a_format_are_folders(tmp_path: Path) -> None:
    (tmp_path / "2026" / "01").mkdir(parents=True)
    (tmp_path / "2026" / "01" / "a.csv").write_bytes(b"january")

    bound = Folder(f"{tmp_path}/{{day:%Y/%m}}", "*.csv").bind({"day": date(2026, 1, 31)})

    assert bound.version() == Folder(tmp_path / "2026" / "01").version()


@pytest.mark.parametrize("make", [File, Folder])
def test_a_value_that_no_path_can_have_is_an_error(make: Callable[[str], Dataset]) -> None:
    with pytest.raises(DatasetError, match="cannot be read"):
        make("orders/{name}").bind({"name": "a\0b"}).version()


def test_as_an_argument_a_dataset_counts_by_its_version(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"1")
    before = fingerprint({"source": [File(path)]})

    path.write_bytes(b"2")
    after = fingerprint({"source": [File(path)]})
    path.write_bytes(b"1")

    assert after != before
    assert fingerprint({"source": [File(path)]}) == before


def test_as_an_argument_a_dataset_is_not_the_text_of_its_version(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"1")

    version = File(path).version()

    assert fingerprint(File(path)) != fingerprint((version.evidence, version.text))


@pytest.mark.parametrize(
    "dataset", [File("/no/such/a.csv"), Folder("/no/such"), Environment("NO_SUCH_VARIABLE")]
)
def test_as_an_argument_a_dataset_that_is_missing_is_an_error(dataset: Dataset) -> None:
    with pytest.raises(DatasetError) as caught:
        fingerprint([dataset])

    assert dataset.name in caught.value.message
