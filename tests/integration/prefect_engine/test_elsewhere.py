"""Values that the user has Prefect keep: there they lie, and our entry says what they depend on."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from orchestra_cache import Cache
from orchestra_cache.declaration import Declaration
from orchestra_cache.events import Hit
from tests.integration.marks import MARKS, Marks
from tests.integration.prefect_engine.runs import FLOWS, FlowRun, Flows

RAN = [("Completed", 3)]
FOUND = [("Cached", 3)]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The folder where the flows have Prefect keep values."""
    return tmp_path / "own"


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def held_by_us(lake: Path) -> int:
    parts = (lake / "main" / "entries-v1", lake / "main" / "blobs-v1")
    return sum(file.stat().st_size for part in parts for file in files(part))


@pytest.mark.parametrize("way", ["path", "block", "json", "compressed", "keys", "both", "serial"])
def test_a_value_lies_where_the_user_has_said_and_is_a_hit_in_the_next_process(
    flows: Flows, marks: Marks, lake: Path, tmp_path: Path, own: Path, way: str
):
    if way == "block":
        flows.run("elsewhere.saves", str(own))

    first = flows.run("elsewhere.called", way, 3)
    second = flows.run("elsewhere.called", way, 3)

    assert (first.value, second.value) == (RAN, FOUND)
    assert first.warnings == second.warnings == []
    assert marks.all() == [["orders", 3]]
    assert 0 < held_by_us(lake) < 10_000
    theirs = files(own) + files(tmp_path / "storage")
    assert sum(file.stat().st_size for file in theirs) > (1000 if way == "compressed" else 10_000)


def test_it_is_in_their_format(flows: Flows, marks: Marks, own: Path):
    flows.run("elsewhere.called", "both", 3)

    (value,) = (file for file in files(own) if own / "keys" not in file.parents)
    assert json.loads(value.read_text())["day"] == 3


# Each on another day.
LOST = {"path": 3, "keys": 4, "both": 5}


@pytest.fixture(
    scope="module",
    params=[Path.unlink, lambda file: file.write_bytes(b"no record")],
    ids=["gone", "damaged"],
)
def lost(
    request: pytest.FixtureRequest, new_flows: Callable[[], Flows]
) -> tuple[Flows, dict[str, tuple[FlowRun, FlowRun]]]:
    """Two runs of each way after all values that were kept there are no more what they were."""
    flows = new_flows()
    calls = [("elsewhere.called", way, day) for way, day in LOST.items()]
    flows.run_each(*calls)
    for file in files(flows.lake.with_name("own")) + files(flows.lake.with_name("storage")):
        request.param(file)
    runs, healed = (flows.run_each(*calls) for _ in range(2))
    return flows, dict(zip(LOST, zip(runs, healed, strict=True), strict=True))


@pytest.mark.parametrize("way", LOST)
def test_a_value_that_is_lost_there_is_a_warning_and_heals(
    lost: tuple[Flows, dict[str, tuple[FlowRun, FlowRun]]], way: str
):
    flows, runs = lost
    run, healed = runs[way]
    day = LOST[way]

    assert (run.value, healed.value) == ([("Completed", day)], [("Cached", day)])
    assert ["could not read" in warning for warning in run.warnings] == [True]
    assert healed.warnings == []
    assert flows.marks.all().count(["orders", day]) == 2


def test_so_it_is_while_others_wait(flows: Flows, marks: Marks, own: Path):
    flows.run("elsewhere.called", "serial", 3)
    for file in files(own):
        file.unlink()

    run = flows.run("elsewhere.called", "serial", 3)
    healed = flows.run("elsewhere.called", "serial", 3)

    assert (run.value, healed.value) == (RAN, FOUND)


def test_a_storage_that_does_not_work_fails_no_task(flows: Flows, marks: Marks, own: Path):
    own.write_text("not a folder")

    run = flows.run("elsewhere.called", "path", 3)

    assert run.value == RAN


def test_a_change_by_a_reader_reaches_nobody_else(flows: Flows, marks: Marks):
    run = flows.run("elsewhere.changed_by_its_reader", 3)
    later = flows.run("elsewhere.changed_by_its_reader", 3)

    assert run.states == ["Completed", "Cached", "Cached"]
    assert run.values == later.values == [["day", "lines"]] * 3


def test_a_change_by_the_parent_is_not_kept(flows: Flows, marks: Marks):
    flows.run("elsewhere.in_a_parent", 3)

    run = flows.run("elsewhere.changed_by_its_reader", 3)

    assert run.value == [("Cached", ["day", "lines"])] * 3


def test_a_coroutine_s_value_is_a_hit(flows: Flows, marks: Marks):
    first = flows.run("elsewhere.awaited", 3)
    second = flows.run("elsewhere.awaited", 3)

    assert (first.value, second.value) == (RAN, FOUND)
    assert marks.all() == [["orders", 3]]


def test_a_value_that_travels_as_a_ref_is_kept_as_the_value(flows: Flows, marks: Marks, own: Path):
    first = flows.run("elsewhere.called", "refs", 3)
    second = flows.run("elsewhere.called", "refs", 3)

    assert (first.value, second.value) == (RAN, FOUND)
    assert marks.all() == [["orders", 3]]


def test_the_miss_says_what_changed(flows: Flows, marks: Marks):
    flows.run("elsewhere.called", "path", 3)

    run = flows.run("elsewhere.called", "path", 4)

    assert run.value == [("Completed", 4)]
    assert "miss: parameter:day 3 → 4" in run.text


def test_a_value_kept_elsewhere_is_none_of_ours_and_ours_is_none_of_theirs(
    flows: Flows, marks: Marks
):
    runs = [flows.run("elsewhere.called", way, 3) for way in ("path", "ours", "path", "ours")]

    assert [run.value for run in runs] == [RAN, RAN, FOUND, FOUND]
    assert len(marks.all()) == 2


def test_plain_python_does_not_take_it_for_the_value(
    flows: Flows, marks: Marks, cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(MARKS, str(marks.path))
    monkeypatch.syspath_prepend(FLOWS)
    flows.run("elsewhere.called", "path", 3)

    orders = importlib.import_module("elsewhere").orders
    declaration = Declaration(orders)
    found = cache.lookup(declaration.recipe(declaration.bind(3)))

    assert not isinstance(found, Hit)


def test_a_value_that_is_too_old_is_made_anew(
    flows: Flows, marks: Marks, cache: Cache, lake: Path, monkeypatch: pytest.MonkeyPatch
):
    flows.run("elsewhere.called", "expiring", 3)
    young = flows.run("elsewhere.called", "expiring", 3)
    age(cache, lake, timedelta(days=8))

    run = flows.run("elsewhere.called", "expiring", 3)
    again = flows.run("elsewhere.called", "expiring", 3)

    assert (young.value, run.value, again.value) == (FOUND, RAN, FOUND)
    assert "has expired" in run.text


def age(cache: Cache, lake: Path, by: timedelta) -> None:
    """Publish the one entry of the lake again, as of some time ago."""
    (recipe,) = cache._entries.recipes("orders")
    value = cache.lookup(recipe).value
    earlier = Cache(lake, clock=lambda: datetime.now(timezone.utc) - by)
    earlier.publish(recipe, value, seconds=1.0, replace=True)
