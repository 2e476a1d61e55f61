"""A try that failed may have changed its arguments: the next one looks up what it has now."""

from __future__ import annotations

import importlib
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from orchestra_cache import Cache
from orchestra_cache.declaration import Declaration
from orchestra_cache.fingerprints.recipe import Recipe
from tests.integration.marks import Marks
from tests.integration.prefect_engine.runs import FLOWS, Flows

NOW = datetime.now(timezone.utc)


@pytest.fixture
def tries(marks: Marks, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The task, as plain Python sees it."""
    monkeypatch.setenv("MARKS", str(marks.path))
    monkeypatch.syspath_prepend(FLOWS)
    return importlib.import_module("tries")


def recipe_of(tries: Any, orders: list[int]) -> Recipe:
    return Declaration(tries.completed.fn).recipe({"orders": orders})


def publish(lake: Path, recipe: Recipe, value: list[int], *, age: timedelta) -> None:
    Cache(lake, clock=lambda: NOW - age).publish(recipe, value, seconds=1.0)


def test_what_it_has_now_may_be_a_hit(flows: Flows, marks: Marks, lake: Path, tries: Any):
    publish(lake, recipe_of(tries, [1]), [1, 2, 3], age=timedelta(days=1))

    run = flows.run("tries.called", [])

    assert run.value == [("Cached", [1, 2, 3])]
    assert marks.of("ran") == [[[]]]


def test_what_was_there_for_the_first_try_is_not_what_the_second_replaces(
    flows: Flows, marks: Marks, lake: Path, tries: Any
):
    publish(lake, recipe_of(tries, []), [0], age=timedelta(days=8))
    before = entries(lake)

    run = flows.run("tries.called", [])
    again = flows.run("tries.called", [1])

    assert run.value == [("Completed", [1, 1])]
    assert again.value == [("Cached", [1, 1])]
    assert marks.of("ran") == [[[]], [[1]]]
    kept = entries(lake)
    assert len(kept) == 2
    assert before.items() <= kept.items()


def entries(lake: Path) -> dict[str, bytes]:
    """What is published, by its key."""
    return {path.name: path.read_bytes() for path in lake.glob("main/entries-v1/*/*")}
