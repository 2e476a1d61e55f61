"""Whoever runs a task, in whatever process, has one cache with all the others."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.integration.marks import Marks
from tests.integration.prefect_engine.runs import Flows

NUMBERS = [1, 2, 3, 1, 2, 3]
VALUES = [{"price": 2 * number} for number in NUMBERS] + [24]


@pytest.fixture
def on_s3(flows: Flows, s3: tuple[str, dict[str, Any]]) -> Flows:
    url, options = s3
    terms = json.dumps({"url": url, "options": options})
    return replace(flows, environment={**flows.environment, "PLACE": terms})


@pytest.mark.parametrize(
    "places, runner",
    [
        ("flows", "by_threads"),
        ("flows", "by_processes"),
        ("flows", "dask"),
        ("on_s3", "by_threads"),
        ("on_s3", "dask"),
    ],
    indirect=["places"],
)
def test_equal_tasks_run_once_and_are_hits_with_every_other_runner(
    places: Flows, marks: Marks, lake: Path, runner: str
):
    first = places.run(f"runners.{runner}", NUMBERS)
    journals = list(lake.glob("main/journal-v1/*/*"))
    later = places.run("runners.by_threads", NUMBERS)

    assert first.values == later.values == VALUES
    assert Counter(first.states) == {"Completed": 4, "Cached": 3}
    assert later.states == ["Cached"] * 7
    assert first.warnings == later.warnings == []
    assert sorted(number for number, _ in marks.of("priced")) == [1, 2, 3]
    if runner == "by_processes":
        # Those of a pool write theirs although they are ended.
        assert len(journals) >= len({process for _, process in marks.of("priced")})


@pytest.mark.parametrize("runner", ["by_processes", "dask"])
def test_other_processes_use_what_this_one_made(flows: Flows, marks: Marks, runner: str):
    flows.run("runners.by_threads", NUMBERS)

    run = flows.run(f"runners.{runner}", NUMBERS)

    assert run.values == VALUES
    assert run.states == ["Cached"] * 7
    assert len(marks.of("priced")) == 3


def test_of_a_thousand_tasks_half_of_which_are_equal_half_run(flows: Flows, marks: Marks):
    numbers = [number // 2 for number in range(1000)]

    run = flows.run("runners.many", numbers)

    assert run.values == [2 * number for number in numbers]
    assert Counter(run.states) == {"Completed": 500, "Cached": 500}
    assert sorted(marks.of("doubled")) == [[number] for number in range(500)]
    assert run.warnings == []


def test_two_flows_over_the_same_tasks_run_each_once(
    flows: Flows, marks: Marks, pool: ThreadPoolExecutor
):
    numbers = [number // 2 for number in range(200)]

    runs = list(pool.map(lambda _: flows.run("runners.many", numbers), range(2)))

    states = Counter(state for run in runs for state in run.states)
    assert states == {"Completed": 100, "Cached": 300}
    assert sorted(marks.of("doubled")) == [[number] for number in range(100)]
