"""A Ref counts as the value it stands for, and loads it on demand."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.linear_model import LinearRegression

from orchestra_cache import Cache, Ref, fingerprint
from orchestra_cache.declaration import Declaration
from orchestra_cache.errors import IntegrityError, OrchestraCacheError, StoreError
from orchestra_cache.events import Hit
from orchestra_cache.testing import identical


@dataclass
class Order:
    number: int
    items: list[str] = field(default_factory=list)

    def total(self) -> int:
        return self.number


VALUES: dict[str, Callable[[], Any]] = {
    "array": lambda: np.arange(5),
    "large array": lambda: np.arange(100_000.0),
    "scalar": lambda: np.float64(1.5),
    "bytes": lambda: bytes(1000),
    "frame": lambda: pd.DataFrame({"a": [1, 2], "b": ["x", None]}),
    "frame of objects": lambda: pd.DataFrame({"a": [[1], {"b": 2}]}),
    "series": lambda: pd.Series([1.5, None], name="x"),
    "polars frame": lambda: pl.DataFrame({"a": [1, None]}),
    "arrow table": lambda: pa.table({"a": [1, None]}),
    "model": lambda: LinearRegression().fit([[0.0], [1.0]], [1.0, 2.0]),
    "dataclass": lambda: Order(1, ["a"]),
    "tuple": lambda: (1, [2]),
    "set": lambda: {1, 2},
    "large document": lambda: ["text"] * 50_000,
}

# What stands in its surroundings as a digest, so that a Ref can take its place there.
NESTED = [
    "array", "large array", "frame", "frame of objects", "series", "polars frame", "arrow table",
    "model", "dataclass",
]  # fmt: skip


def task(value: Any) -> Any:
    return value


def published(cache: Cache, make: Callable[[], Any]) -> Any:
    """What a task with Refs hands on."""
    return cache.run(Declaration(make), {}, make, refs=True)


@pytest.mark.parametrize("name", VALUES)
def test_a_ref_loads_its_value(name: str, cache: Cache) -> None:
    ref = published(cache, VALUES[name])

    assert isinstance(ref, Ref)
    assert identical(ref.load(), VALUES[name]())
    assert ref.load() is not ref.load()


@pytest.mark.parametrize("name", VALUES)
def test_a_ref_has_the_fingerprint_of_its_value(name: str, cache: Cache) -> None:
    ref = published(cache, VALUES[name])

    assert fingerprint(ref) == fingerprint(VALUES[name]())


@pytest.mark.parametrize("name", VALUES)
def test_a_task_that_receives_a_ref_has_the_key_of_one_that_receives_the_value(
    name: str, cache: Cache
) -> None:
    ref, declaration = published(cache, VALUES[name]), Declaration(task)

    keys = {declaration.recipe({"value": value}).key for value in (ref, VALUES[name]())}

    assert len(keys) == 1


@pytest.mark.parametrize("name", NESTED)
@pytest.mark.parametrize("around", [lambda value: [1, value], lambda value: {"a": (value,)}])
def test_so_has_one_that_receives_it_inside_another_value(
    name: str, around: Callable[[Any], Any], cache: Cache
) -> None:
    ref, declaration = published(cache, VALUES[name]), Declaration(task)

    keys = {declaration.recipe({"value": around(one)}).key for one in (ref, VALUES[name]())}

    assert len(keys) == 1


def test_the_class_of_a_value_counts_through_its_ref(cache: Cache) -> None:
    ref = published(cache, VALUES["dataclass"])

    names = {one.name for one in Declaration(task).recipe({"value": ref}).components}

    assert f"code:{__name__}.Order" in names


def test_the_library_of_a_value_counts_through_its_ref(cache: Cache) -> None:
    ref = published(cache, VALUES["frame"])

    names = {one.name for one in Declaration(task).recipe({"value": ref}).components}

    assert {"package:pandas", "package:numpy"} <= names


def test_a_hit_hands_on_the_same_ref(cache: Cache) -> None:
    first, second = published(cache, VALUES["array"]), published(cache, VALUES["array"])

    assert first == second
    assert fingerprint(second) == fingerprint(VALUES["array"]())


@pytest.mark.parametrize("make", [lambda: {"a": [1]}, lambda: None, lambda: "text"])
def test_a_small_document_travels_as_it_is(make: Callable[[], Any], cache: Cache) -> None:
    assert published(cache, make) == make()
    assert published(cache, make) == make()


def test_a_value_published_without_refs_is_found_with_them(cache: Cache) -> None:
    make = VALUES["array"]
    cache.run(Declaration(make), {}, make)

    ref = published(cache, make)

    assert isinstance(ref, Ref)
    assert identical(ref.load(), make())


def test_a_ref_travels_as_json_and_as_a_pickle(cache: Cache) -> None:
    ref = published(cache, VALUES["frame"])

    by_json = Ref.from_dict(json.loads(json.dumps(ref.to_dict())))
    by_pickle = pickle.loads(pickle.dumps(ref))

    assert by_json == by_pickle == ref
    assert hash(by_json) == hash(ref)


@pytest.mark.parametrize(
    "change",
    [
        lambda fields: fields.pop("url"),
        lambda fields: fields.update(more="x"),
        lambda fields: fields.update(parts=[1]),
        lambda fields: fields.update(made_of=[1]),
    ],
)
def test_what_is_no_ref_is_not_read_as_one(change: Any, cache: Cache) -> None:
    fields = published(cache, VALUES["array"]).to_dict()
    change(fields)

    with pytest.raises(ValueError, match="not the fields of a Ref"):
        Ref.from_dict(fields)


def test_a_ref_says_what_it_stands_for(cache: Cache) -> None:
    ref = published(cache, VALUES["array"])

    assert repr(ref).startswith("Ref(numpy.ndarray, ")
    assert ref.size > 40


def test_a_ref_taken_for_its_value_says_what_to_do(cache: Cache) -> None:
    ref = published(cache, VALUES["frame"])

    with pytest.raises(AttributeError) as caught:
        ref.dropna()

    assert isinstance(caught.value, OrchestraCacheError)
    assert "a Ref has no attribute `dropna`" in caught.value.message
    assert ".load()" in caught.value.hint
    assert not hasattr(ref, "iloc")


def test_a_ref_whose_blob_is_gone_says_so(cache: Cache) -> None:
    ref = published(cache, VALUES["array"])
    cache.store.delete(ref.blobs[0])

    with pytest.raises(StoreError, match=r"the stored numpy\.ndarray is gone from"):
        ref.load()


def test_a_ref_whose_blob_was_exchanged_is_not_loaded(cache: Cache) -> None:
    ref = published(cache, VALUES["array"])
    path = Path(cache.place, ref.blobs[0])
    path.write_bytes(path.read_bytes()[:-1] + b"x")

    with pytest.raises(IntegrityError, match="not what their entry says"):
        ref.load()


def test_a_ref_cannot_reach_out_of_its_namespace(cache: Cache) -> None:
    ref = published(cache, VALUES["array"])
    wrong = Ref.from_dict({**ref.to_dict(), "namespace": "../.."})

    with pytest.raises(IntegrityError, match="not a namespace"):
        wrong.load()


def test_a_ref_to_a_missing_blob_is_a_miss_that_heals(cache: Cache) -> None:
    make = VALUES["large array"]
    cache.store.delete(published(cache, make).blobs[0])

    ref = published(cache, make)

    assert identical(ref.load(), make())
    assert isinstance(cache.lookup(Declaration(make).recipe({})), Hit)


def test_the_reason_of_a_miss_says_what_a_ref_stands_for(cache: Cache) -> None:
    table = pd.DataFrame({"a": [1]})
    remembered = cache.memoize(task)
    remembered(1)

    reason = remembered.explain(published(cache, lambda: table))

    shown = f"DataFrame {fingerprint(table).hex[:8]}"
    assert shown in str(reason)


class Forgetful:
    """Drops what it holds when it is pickled, and then cannot say what it is."""

    def __init__(self, held: Any) -> None:
        self.held = held

    def __fingerprint__(self) -> object:
        return self.held or memoryview(b"")

    def __reduce__(self) -> Any:
        return Forgetful, (0,)


def test_a_value_that_is_not_known_to_come_back_counts_by_its_bytes(cache: Cache) -> None:
    ref = published(cache, lambda: Forgetful(5))

    assert fingerprint(ref) != fingerprint(Forgetful(5))
    assert ref.load().held == 0
