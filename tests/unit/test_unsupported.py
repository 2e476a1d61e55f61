"""What is whole and cannot be read here stays for those who can."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orchestra_cache import Cache
from orchestra_cache.errors import CodecError
from orchestra_cache.events import Event, Hit, Miss, Published, Uncached
from orchestra_cache.stores.layout import entry_name
from tests.conftest import resealed


@pytest.fixture
def library() -> Iterator[types.ModuleType]:
    """A module with a class, which this process has until the test takes it away."""
    module = types.ModuleType("optional_library")
    exec("class Model:\n    def __init__(self, held):\n        self.held = held", vars(module))
    sys.modules["optional_library"] = module
    vars(module)["Model"].__module__ = "optional_library"
    yield module
    sys.modules.pop("optional_library", None)


def entry(cache: Cache, task: Any, *args: Any) -> Path:
    return Path(cache.place, entry_name("main", task.recipe(*args).key))


def kinds(events: list[Event]) -> list[type]:
    return [type(event) for event in events]


@pytest.mark.parametrize("without", ["module", "class"])
def test_a_result_of_a_library_that_is_missing_here_stays(
    without: str, cache: Cache, library: types.ModuleType, events: list[Event]
) -> None:
    task = cache.memoize(ignore={"make"}, version="1")(lambda make: make())
    task(lambda: library.Model(np.arange(50_000)))
    before = {path: path.read_bytes() for path in Path(cache.place).rglob("*") if path.is_file()}
    del events[:]

    held = vars(library).pop("Model") if without == "class" else sys.modules.pop(library.__name__)
    results = [task(lambda: "computed") for _ in range(2)]

    after = {path: path.read_bytes() for path in Path(cache.place).rglob("*") if path.is_file()}
    assert results == ["computed"] * 2
    assert Published not in kinds(events)
    assert "lacks a library here" in next(one for one in events if isinstance(one, Miss)).reason
    assert after == before
    vars(library)["Model"] = held if without == "class" else library.Model
    sys.modules[library.__name__] = library
    assert isinstance(task.lookup(None), Hit)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"codec":"json"', b'"codec":"yaml"'),
        (b'"codec":"json"', b'"codec":"json","packing":"brotli","size":9'),
    ],
)
def test_a_result_of_another_version_stays(
    old: bytes, new: bytes, cache: Cache, events: list[Event]
) -> None:
    task = cache.memoize(lambda: [1])
    task()
    path = entry(cache, task)
    path.write_bytes(resealed(path.read_bytes().replace(old, new)))
    before = path.read_bytes()
    del events[:]

    results = [task(), task()]

    assert results == [[1], [1]]
    assert Published not in kinds(events)
    assert "is not known here" in next(one for one in events if isinstance(one, Miss)).reason
    assert path.read_bytes() == before


class Broken:
    def __init__(self, held: Any) -> None:
        self.held = held

    def __setstate__(self, state: Any) -> None:
        raise ZeroDivisionError("cannot be made again")


def test_what_is_pickled_and_cannot_be_read_back_is_not_kept(
    cache: Cache, events: list[Event]
) -> None:
    cache.memoize(lambda: Broken(1))()

    assert kinds(events) == [Miss, Uncached]
    assert "cannot be unpickled" in str(events[1])


def test_publishing_it_by_hand_is_an_error(cache: Cache) -> None:
    with pytest.raises(CodecError, match="cannot be unpickled"):
        cache.publish(cache.memoize(lambda: 1).recipe(), Broken(1), seconds=0)
