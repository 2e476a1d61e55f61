"""Outlets and inlets of one run, at their edges: no scheduler, and Airflow's own accessors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy
import pandas
import polars
import pyarrow
import pytest

from orchestra_cache import Cache
from orchestra_cache.events import Event, Failed, Hit, Uncached
from tests.conftest import resealed
from tests.integration.airflow_engine.runs import AIRFLOW_2

DIGEST = "orchestra_cache.digest"


def compute() -> str:
    return "/lake/stock.csv"


@pytest.fixture(scope="module")
def airflow(home: Path) -> Any:
    """What Airflow and the adapter have for this, once there is a home for them."""
    from orchestra_cache.airflow._compat import assets
    from orchestra_cache.airflow.operators import CachedPythonOperator
    from orchestra_cache.airflow.outlets import OutletEvents
    from orchestra_cache.airflow.runs import OperatorRun

    if AIRFLOW_2:
        from airflow.utils.context import OutletEventAccessors
    else:
        from airflow.sdk.execution_time.context import OutletEventAccessors
    return SimpleNamespace(
        Accessors=OutletEventAccessors,
        Asset=assets.Asset,
        CachedPythonOperator=CachedPythonOperator,
        OperatorRun=OperatorRun,
        OutletEvents=OutletEvents,
        assets=assets,
    )


@dataclass
class InletEvents:
    """Airflow's, but for where the events come from: a list, of one asset."""

    inlets: list[Any]

    def __getitem__(self, inlet: Any) -> list[Any]:
        return _HAPPENED


_HAPPENED: list[Any] = []


def happens(**extra: Any) -> None:
    number = len(_HAPPENED) + 1
    instant = datetime(2026, 1, number, tzinfo=timezone.utc)
    _HAPPENED.append(SimpleNamespace(id=number, timestamp=instant, extra=extra))


@dataclass
class Turn:
    """One run of an operator, up to what it told of its outlets."""

    airflow: Any
    cache: Cache
    outlets: list[Any]
    inlets: list[Any]

    def run(self, computed: Callable[[dict[str, Any]], Any] = lambda _: compute()) -> Any:
        """Look up, compute and publish; returns the context, and whether it was a hit."""
        operator = self.airflow.CachedPythonOperator(
            task_id="stocked",
            python_callable=compute,
            outlets=self.outlets,
            inlets=self.inlets,
            cache=self.cache,
        )
        context = self.context(operator)
        run = self.airflow.OperatorRun(operator, context, operator._orchestra_cache_terms)
        attempt = run.attempt(operator._orchestra_cache_declaration, {})
        if attempt is None:
            return context, None
        told = self.airflow.OutletEvents(operator, context)
        attempt.enter()
        if isinstance(attempt.found, Hit):
            told.repeat(attempt, attempt.found, self.cache)
        if not isinstance(attempt.found, Hit):
            told.finish(attempt, computed(context))
        attempt.leave()
        return context, bool(attempt.found)

    def context(self, operator: Any) -> dict[str, Any]:
        names = {"dag_id": "stocks", "task_id": "stocked", "run_id": "run", "map_index": -1}
        return {
            "ti": SimpleNamespace(**names, try_number=1, max_tries=0),
            "task": operator,
            "params": {},
            "inlet_events": InletEvents([]),
            "outlet_events": self.airflow.Accessors(),
        }


@pytest.fixture
def turn(airflow: Any, tmp_path: Path) -> Turn:
    _HAPPENED.clear()
    stock = airflow.Asset(uri="file:///lake/stock.csv")
    return Turn(airflow, Cache(tmp_path / "lake"), [stock], [])


@pytest.fixture
def reader(turn: Turn) -> Turn:
    turn.outlets, turn.inlets = [], turn.outlets
    return turn


def extra_of(turn: Turn, context: dict[str, Any]) -> dict[str, Any]:
    extra: dict[str, Any] = context["outlet_events"][turn.outlets[0]].extra
    return extra


def kept(turn: Turn) -> list[Path]:
    return list((Path(str(turn.cache.place))).glob("main/entries-v1/*/*"))


def test_computing_again_is_another_digest_and_a_hit_is_none(turn: Turn):
    first, _ = turn.run()
    second, hit = turn.run()
    for entry in kept(turn):
        entry.unlink()
    third, _ = turn.run()

    assert hit
    assert extra_of(turn, second) == extra_of(turn, first)
    assert extra_of(turn, third)[DIGEST] != extra_of(turn, first)[DIGEST]


def digests_of(turn: Turn, value: object) -> set[str]:
    """What each outlet is said to hold by two who compute the same."""
    said = set()
    for _ in range(2):
        for entry in kept(turn):
            entry.unlink()
        context, hit = turn.run(lambda _: value)
        assert not hit
        said |= {context["outlet_events"][outlet].extra[DIGEST] for outlet in turn.outlets}
    return said


# What a command printed, or a number of rows: the same of whatever it wrote.
@pytest.mark.parametrize("value", [b"", b"done", numpy.int64(3), numpy.datetime64("2026-01-01")])
def test_what_is_no_table_and_no_array_does_not_say_what_an_asset_holds(turn: Turn, value: object):
    assert len(digests_of(turn, value)) == 2


@pytest.mark.parametrize(
    "value",
    [
        numpy.arange(3),
        pandas.DataFrame({"rows": [1]}),
        pandas.Series([1]),
        polars.DataFrame({"rows": [1]}),
        polars.Series([1]),
        pyarrow.table({"rows": [1]}),
        pyarrow.array(["a"]),
    ],
)
def test_a_table_or_an_array_is_what_its_one_asset_holds(turn: Turn, value: object):
    assert len(digests_of(turn, value)) == 1


def test_one_table_does_not_say_what_two_assets_hold(airflow: Any, turn: Turn):
    turn.outlets.append(airflow.Asset(uri="file:///lake/prices.csv"))

    assert len(digests_of(turn, pandas.DataFrame({"rows": [1]}))) == 2


def test_one_table_does_not_say_what_two_assets_of_an_alias_hold(airflow: Any, turn: Turn):
    turn.outlets = [alias] = [airflow.assets.AssetAlias("today")]

    def computed(context: dict[str, Any]) -> Any:
        for name in ("a", "b"):
            context["outlet_events"][alias].add(airflow.Asset(uri=f"file:///lake/{name}.csv"))
        return pandas.DataFrame({"rows": [1]})

    said = []
    for _ in range(2):
        context, _hit = turn.run(computed)
        extras = airflow.assets.extras(context, turn.outlets)
        said.append({extra[DIGEST] for extra in extras})
        for entry in kept(turn):
            entry.unlink()

    assert len(said[0]) == len(said[1]) == 1
    assert said[0] != said[1]


def test_hits_of_an_entry_that_was_made_without_outlets_agree(turn: Turn):
    outlets, turn.outlets = turn.outlets, []
    turn.run()
    turn.outlets = outlets

    digests = [extra_of(turn, turn.run()[0])[DIGEST] for _ in range(2)]

    assert digests[0] == digests[1]


def test_a_task_without_outlets_tells_and_keeps_nothing_of_them(turn: Turn):
    turn.outlets = []

    context, _ = turn.run()

    (entry,) = kept(turn)
    assert len(context["outlet_events"]) == 0
    assert b"effects" not in entry.read_bytes().split(b"\n")[1]


def test_what_was_told_in_words_that_nobody_knows_is_a_miss(turn: Turn, events: list[Event]):
    turn.run()
    (entry,) = kept(turn)
    made = msgspec.json.decode(entry.read_bytes().split(b"\n")[1])["effects"]["outlets"]["made"]

    changed = entry.read_bytes().replace(f'"made":"{made}"'.encode(), b'"made":12345')
    entry.chmod(0o644)
    entry.write_bytes(resealed(changed))
    _, hit = turn.run()

    assert not hit
    assert any(isinstance(event, Failed) for event in events)
    assert turn.run()[1]


def test_what_airflow_cannot_write_down_is_not_kept(turn: Turn, events: list[Event]):
    def computed(context: dict[str, Any]) -> str:
        extra_of(turn, context)["at"] = datetime(2026, 1, 1, tzinfo=timezone.utc)
        return compute()

    turn.run(computed)

    assert kept(turn) == []
    (failed,) = [event for event in events if isinstance(event, Failed)]
    assert failed.operation == "keep what it told of its outlets"


def test_the_newest_event_of_an_inlet_is_in_the_key(reader: Turn):
    happens(**{DIGEST: "a"})
    ran = [reader.run()[1], reader.run()[1]]
    happens(**{DIGEST: "b"})
    ran.append(reader.run()[1])
    happens(**{DIGEST: "a", "rows": 3})
    ran.append(reader.run()[1])

    assert ran == [False, True, False, True]


def test_an_event_that_says_no_digest_is_its_own_version(reader: Turn):
    ran = []
    for _ in range(2):
        happens(rows=3)
        ran += [reader.run()[1], reader.run()[1]]

    assert ran == [False, True, False, True]


def test_an_inlet_that_changes_meanwhile_is_not_what_the_result_was_made_of(
    reader: Turn, events: list[Event]
):
    happens(**{DIGEST: "a"})

    def computed(_: Any) -> str:
        happens(**{DIGEST: "b"})
        return compute()

    reader.run(computed)

    assert kept(reader) == []
    (said,) = [event for event in events if isinstance(event, Uncached)]
    assert "changed meanwhile" in said.reason


def test_an_inlet_without_events_leaves_the_task_without_a_cache(reader: Turn, events: list[Event]):
    _, hit = reader.run()

    assert hit is None
    (said,) = [event for event in events if isinstance(event, Uncached)]
    assert "there is no event of the inlet file:///lake/stock.csv" in said.reason
    assert "`reads=…`" in said.hint


@pytest.mark.skipif(AIRFLOW_2, reason="its assets have no names and no partitions")
def test_what_airflow_2_told_is_told_of_the_asset_by_its_name(airflow: Any, turn: Turn):
    stock = airflow.Asset(name="stock", uri="s3://lake/stock")
    context = turn.context(None)

    airflow.assets.tell(context, [airflow.assets.Told("s3://lake/stock", "", {"n": 1})], [stock])

    assert context["outlet_events"][stock].extra == {"n": 1}


@pytest.mark.skipif(AIRFLOW_2, reason="its assets have no names and no partitions")
def test_partitions_are_told_again(turn: Turn):
    def computed(context: dict[str, Any]) -> str:
        context["outlet_events"][turn.outlets[0]].add_partitions(["north", "south"])
        return compute()

    turn.run(computed)
    context, hit = turn.run()

    assert hit
    assert context["outlet_events"][turn.outlets[0]].partition_keys == {"north", "south"}
