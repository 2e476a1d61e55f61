"""What a task tells of its outlets, told again on a hit; and inlets in the key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.airflow_engine.asset_events import extras_of
from tests.integration.airflow_engine.runs import AIRFLOW_2, DagRun, Dags, lake_in
from tests.integration.fresh_process import FreshProcesses
from tests.integration.marks import Marks

DIGEST = "orchestra_cache.digest"
NAMES = ("told", "yielded", "plain", "frame", "returned", "added", "own")


@dataclass(frozen=True)
class Story:
    """Producers and consumers in turns; what each run told, and which consumers ran after it."""

    runs: list[DagRun]
    extras: list[dict[str, dict[str, Any]]]
    counted: list[list[str]]
    marks: Marks

    def later(self, turn: int) -> list[str]:
        """The consumers with a cache that ran in a turn."""
        return [name for name in self.counted[turn] if name != "untold"]


# Each turn: the day, where the data comes from, and what a task says itself of its asset.
TURNS = (("1", "north", "v1"), ("2", "north", "v1"), ("3", "south", "v1"), ("4", "north", "v1"))


@pytest.fixture(scope="module")
def story(home: Path, processes: FreshProcesses, tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("assets")
    marks, environment = lake_in(folder)
    dags = Dags(home, processes, environment)
    told: dict[str, str] = {"SOURCE": "north", "VERSION": "v1", "DAY": "1"}
    if AIRFLOW_2:
        # It forgets events of assets that no scheduler has seen.
        dags.command("dags", "reserialize", **told)
    runs: list[DagRun] = []
    extras, counted = [], []
    for day, source, version in TURNS:
        told = {"SOURCE": source, "VERSION": version, "DAY": day}
        runs.append(dags.run("producers", f"2026-01-0{day}", **told))
        extras.append({name: (extras_of(home / "airflow.db", name) or [{}])[-1] for name in NAMES})
        before = len(marks.of("count"))
        runs.append(dags.run("consumers", f"2026-01-0{day}", **told))
        counted.append(sorted(name for (name,) in marks.of("count")[before:]))
    return Story(runs, extras, counted, marks)


def test_every_task_succeeds(story: Story):
    for run in story.runs:
        assert set(run.states.values()) == {"success"}


def test_what_a_task_told_of_its_outlets_is_told_again_on_a_hit(story: Story):
    first, second = story.extras[:2]

    assert story.marks.of("told") == story.marks.of("yielded") == [[]]
    assert first["told"]["rows"] == 3
    assert first["yielded"]["rows"] == 4
    for name in ("told", "yielded", "returned"):
        assert second[name] == first[name]


def test_an_event_that_was_told_through_an_alias_is_told_again(story: Story):
    for extras in story.extras:
        assert extras["added"]["rows"] == 4
        assert extras["added"][DIGEST] == story.extras[0]["added"][DIGEST]


def test_a_generator_yields_metadata_and_its_result_is_what_it_returns(story: Story):
    assert [run.rows["yielded"] for run in story.runs[::2]] == [b"4"] * len(TURNS)


def test_what_a_hook_told_before_the_task_is_no_part_of_its_result(story: Story):
    assert [extras["plain"]["day"] for extras in story.extras] == ["1", "2", "3", "4"]


def test_every_outlet_has_a_digest_that_hits_repeat(story: Story):
    first, second = story.extras[:2]

    for name in NAMES:
        assert first[name][DIGEST]
        assert second[name][DIGEST] == first[name][DIGEST]


def test_what_a_task_says_itself_of_an_asset_stays(story: Story):
    assert {extras["own"][DIGEST] for extras in story.extras} == {"v1"}


def test_a_result_that_may_only_name_data_is_another_with_each_computation(story: Story):
    """Both return the same path, of a file that is another then."""
    digests = [extras["plain"][DIGEST] for extras in story.extras]

    assert digests[2] != digests[1]
    assert digests[3] == digests[0]


def test_a_result_that_is_data_has_its_own_digest_whoever_computed_it(story: Story):
    assert story.marks.of("frame") == [["north"], ["south"]]
    assert len({extras["frame"][DIGEST] for extras in story.extras}) == 1


def test_what_reads_assets_that_are_unchanged_hits(story: Story):
    assert story.later(0) == ["alias", "argument", "frame", "own", "plain", "returned"]
    assert story.later(1) == []


def test_what_reads_an_asset_that_changed_runs(story: Story):
    """An asset among the arguments is an inlet too."""
    assert story.later(2) == ["argument", "plain"]
    assert story.later(3) == []


def test_an_inlet_without_any_event_is_read_without_a_cache(story: Story):
    assert all("untold" in counted for counted in story.counted)
    for run in story.runs[1::2]:
        (warning,) = run.warnings
        assert "there is no event of the inlet file:///lake/untold.csv" in warning
