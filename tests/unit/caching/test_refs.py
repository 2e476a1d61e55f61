"""A Ref and its value are one to every key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestra_cache import Cache, Ref, fingerprint
from orchestra_cache.declaration import Declaration
from orchestra_cache.errors import IntegrityError, OrchestraCacheError
from orchestra_cache.events import Hit, Miss
from tests.unit.caching import work

numpy = pytest.importorskip("numpy")
pandas = pytest.importorskip("pandas")


def model() -> Any:
    from sklearn.linear_model import LinearRegression

    return LinearRegression().fit([[0.0], [1.0]], [0.0, 2.0])


VALUES: dict[str, Callable[[], Any]] = {
    "array": lambda: numpy.arange(10),
    "frame": lambda: pandas.DataFrame({"a": [1, 2], "b": ["x", "y"]}),
    "model": model,
    "own class": lambda: work.Order([1, 2]),
    "large document": lambda: {"rows": list(range(50_000))},
    "tuple": lambda: (1, 2),
}


def stored(cache: Cache, value: Any) -> Any:
    """What a task that returns a value hands on when Refs are wanted."""
    declaration = Declaration(work.echo)
    return cache.run(declaration, declaration.bind(value), lambda: value, refs=True)


@pytest.mark.parametrize("kind", VALUES)
def test_a_ref_and_its_value_give_one_recipe(cache: Cache, kind: str) -> None:
    value = VALUES[kind]()
    ref = stored(cache, value)
    received = cache.memoize(work.received)

    assert isinstance(ref, Ref)
    assert received.recipe(ref) == received.recipe(value) or (
        received.recipe(ref).key == received.recipe(value).key
    )


@pytest.mark.parametrize("kind", ["array", "frame", "model", "own class"])
def test_a_ref_in_a_list_is_its_value_in_a_list(cache: Cache, kind: str) -> None:
    value = VALUES[kind]()
    ref = stored(cache, value)

    assert fingerprint([1, ref]) == fingerprint([1, value])


@pytest.mark.parametrize("kind", VALUES)
def test_a_ref_loads_its_value(cache: Cache, kind: str) -> None:
    value = VALUES[kind]()

    loaded = stored(cache, value).load()

    assert fingerprint(loaded) == fingerprint(value)
    assert type(loaded) is type(value)


def test_a_small_document_travels_as_it_is(cache: Cache) -> None:
    assert stored(cache, {"a": 1}) == {"a": 1}


def test_a_hit_is_a_ref_that_reads_nothing(cache: Cache) -> None:
    declaration = Declaration(work.echo)
    arguments = declaration.bind(numpy.arange(100_000))
    cache.run(declaration, arguments, lambda: arguments["value"])

    attempt = cache.begin(declaration, arguments, refs=True)

    assert isinstance(attempt.found, Hit)
    assert isinstance(attempt.found.value, Ref)


def test_a_hit_whose_blob_is_gone_is_a_miss_also_for_a_ref(cache: Cache) -> None:
    declaration = Declaration(work.echo)
    arguments = declaration.bind(numpy.arange(100_000))
    ref = cache.run(declaration, arguments, lambda: arguments["value"], refs=True)
    Path(cache.place, ref.blob).unlink()

    attempt = cache.begin(declaration, arguments, refs=True)

    assert isinstance(attempt.found, Miss)


def test_a_ref_whose_blob_is_gone_says_so(cache: Cache) -> None:
    ref = stored(cache, numpy.arange(10))
    Path(cache.place, ref.blob).unlink()

    with pytest.raises(IntegrityError, match="is gone"):
        ref.load()


def test_a_ref_is_not_its_value_and_says_so(cache: Cache) -> None:
    ref = stored(cache, pandas.DataFrame({"a": [1]}))

    with pytest.raises(OrchestraCacheError, match=r"no attribute `columns`.*\n.*\.load\(\)"):
        _ = ref.columns


def test_a_ref_survives_plain_text(cache: Cache) -> None:
    ref = stored(cache, work.Order([1]))

    again = Ref.from_dict(ref.to_dict())

    assert again == ref
    assert again.load() == work.Order([1])


@pytest.mark.parametrize("change", [{"namespace": "../x"}, {"digest": "blake3:zz"}])
def test_a_forged_ref_reaches_nothing_else(cache: Cache, change: dict[str, str]) -> None:
    ref = Ref.from_dict({**stored(cache, numpy.arange(10)).to_dict(), **change})

    with pytest.raises((IntegrityError, ValueError)):
        ref.load()


def test_a_dict_that_is_no_ref_is_refused() -> None:
    with pytest.raises(ValueError, match="not the fields of a Ref"):
        Ref.from_dict({"url": "x"})


def test_a_pickle_is_not_kept_where_others_can_write(tmp_path: Path) -> None:
    remote = Cache("memory://untrusted")
    trusted = Cache("memory://trusted", trusted=True)

    for cache in (remote, trusted):
        cache.memoize(work.total_of)([work.Order([1])])
        cache.memoize(work.echo)(work.Order([1]))

    assert not remote.memoize(work.echo).lookup(work.Order([1]))
    assert trusted.memoize(work.echo).lookup(work.Order([1]))
    assert remote.memoize(work.total_of).lookup([work.Order([1])])


def test_a_pickle_is_not_read_from_a_folder_that_others_can_write_to(cache: Cache) -> None:
    echo = cache.memoize(work.echo)
    echo(work.Order([1]))
    Path(cache.place).chmod(0o777)

    assert not echo.lookup(work.Order([1]))
