"""Outputs that travel as Refs: a chain of hits loads nothing, and who runs is given the value."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from prefect import task

from orchestra_cache import Cache
from orchestra_cache.declaration import Declaration
from orchestra_cache.errors import ConfigurationError, IntegrityError, OrchestraCacheError
from orchestra_cache.fingerprints import fingerprint
from orchestra_cache.keys import new_hmac_key
from orchestra_cache.prefect import FingerprintPolicy, TaskRef, cached_task
from tests.integration.marks import Marks
from tests.integration.prefect_engine.runs import FlowRun, Flows

SIZE = 50_000
SUM = sum(range(1, 1 + SIZE))
TOTAL = 2 * SUM
HANDED = [("Completed", "TaskRef"), ("Completed", "TaskRef"), ("Completed", TOTAL)]
FOUND = [("Cached", kind) for _, kind in HANDED]


def blobs(lake: Path) -> list[Path]:
    return sorted(lake.glob("*/blobs-v1/*/*"))


def spoil(lake: Path) -> None:
    """Who reads a blob from now on is told that it is damaged."""
    for blob in blobs(lake):
        blob.write_bytes(bytes(blob.stat().st_size))


@pytest.mark.parametrize("way", ["chain", "chain_of_futures"])
def test_a_chain_of_hits_loads_nothing(flows: Flows, marks: Marks, lake: Path, way: str):
    first = flows.run(f"chains.{way}", 1)
    kept = len(blobs(lake))
    spoil(lake)

    second = flows.run(f"chains.{way}", 1)

    assert first.value == HANDED
    assert kept == 2
    assert second.value == FOUND
    assert second.warnings == []
    assert marks.all() == [["made", 1], ["doubled", 1], ["total", 2]]


def test_what_follows_a_task_that_ran_again_to_an_equal_output_is_a_hit(flows: Flows, marks: Marks):
    flows.run("chains.chain", 1, "a")

    run = flows.run("chains.chain", 1, "b")

    assert run.value == [HANDED[0], *FOUND[1:]]
    assert marks.all() == [["made", 1], ["doubled", 1], ["total", 2], ["made", 1]]


def test_what_follows_a_task_that_ran_to_another_output_runs(flows: Flows, marks: Marks):
    flows.run("chains.chain", 1)

    run = flows.run("chains.chain", 2)

    assert run.states == ["Completed"] * 3
    assert re.search(r"parameter:numbers list [0-9a-f]{8} → list [0-9a-f]{8}\b", run.text)
    assert len(marks.of("doubled")) == 2


def test_elements_of_a_map_are_chains_of_their_own(flows: Flows, marks: Marks, lake: Path):
    first = flows.run("chains.mapped", 1)
    spoil(lake)

    second = flows.run("chains.mapped", 1)

    assert first.value == [("Completed", TOTAL), ("Completed", TOTAL + 2 * SIZE)]
    assert second.value == [("Cached", value) for value in first.values]
    assert len(marks.all()) == 6


def test_all_elements_of_a_map_go_to_one_task_as_values(flows: Flows, marks: Marks):
    first = flows.run("chains.reduced", 1)
    second = flows.run("chains.reduced", 1)

    assert first.value == [("Completed", [1, 2]), ("Completed", [1])]
    assert second.value == [("Cached", [1, 2]), ("Cached", [1])]
    assert len(marks.of("gathered")) == 2


# Each of another number.
WAYS = [
    ("called", "made", 3),
    ("awaited", 4),
    ("of_a_shop", "listed", 5),
    ("of_a_shop", "counted", 6),
    ("of_a_shop", "named", 7),
    ("renamed", 8),
    ("pickled", 9),
]


@pytest.fixture(scope="module")
def ways(new_flows: Callable[[], Flows]) -> tuple[Flows, dict[int, tuple[FlowRun, FlowRun]]]:
    """Two runs of each way, by its number."""
    flows = new_flows()
    calls = [(f"chains.{name}", *words) for name, *words in WAYS]
    first, second = (flows.run_each(*calls) for _ in range(2))
    numbers = [way[-1] for way in WAYS]
    return flows, dict(zip(numbers, zip(first, second, strict=True), strict=True))


@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(map(str, way)))
def test_however_it_is_called_it_hands_on_a_ref_and_is_a_hit_next_time(
    ways: tuple[Flows, dict[int, tuple[FlowRun, FlowRun]]], way: tuple[Any, ...]
):
    flows, runs = ways
    number = way[-1]
    first, second = runs[number]

    assert first.value == [("Completed", number)]
    assert second.value == [("Cached", number)]
    assert flows.marks.all().count(["made", number]) == 1


def test_a_task_with_our_policy_is_given_the_value_and_has_its_key(flows: Flows, marks: Marks):
    by_ref = flows.run("chains.read_by", "summed", 1)
    by_value = flows.run("chains.read_by_value", "summed", 1)

    assert by_ref.value == [("Completed", SUM)]
    assert by_value.value == [("Cached", SUM)]
    assert marks.of("summed") == [[]]


def test_it_is_given_the_values_of_refs_inside_its_arguments(flows: Flows, marks: Marks):
    first = flows.run("chains.read_inside_others", 1, False)
    second = flows.run("chains.read_inside_others", 1, False)

    assert first.value == [("Completed", (1, 1))]
    assert second.value == [("Cached", (1, 1))]
    assert marks.of("nested") == [[]]


def test_another_task_is_given_the_ref(flows: Flows, marks: Marks):
    run = flows.run("chains.read_by", "plain", 1)

    assert run.value == [("Completed", ("TaskRef", 1))]


def test_a_key_of_prefect_tells_refs_to_different_outputs_apart(flows: Flows, marks: Marks):
    runs = [flows.run("chains.read_by", "given", number) for number in (1, 2, 1)]

    assert [run.value for run in runs] == [[("Completed", 1)], [("Completed", 2)], [("Cached", 1)]]


def test_a_task_that_takes_a_ref_for_its_value_is_told(flows: Flows):
    run = flows.run("chains.read_by", "plain_that_takes_it_for_the_value", 1)

    (error,) = run.values
    assert run.states == ["Failed"]
    assert "a TaskRef has no length" in str(error)
    assert "call `.load()`" in str(error)


def test_small_values_come_back(flows: Flows, marks: Marks):
    values = [None, 0, False, "", [], {"a": (1,)}, b"x" * 1000]

    first = flows.run("chains.small_ones", values)
    second = flows.run("chains.small_ones", values)

    assert first.value == [("Completed", value) for value in values]
    assert second.value == [("Cached", value) for value in values]
    assert marks.all() == [["small"]] * len(values)


def test_a_value_that_cannot_be_kept_is_handed_on(flows: Flows, marks: Marks, lake: Path):
    run = flows.run("chains.unkeepable")

    assert run.value == [("Completed", "lock")]
    assert ["_thread.lock" in warning for warning in run.warnings] == [True]
    assert not blobs(lake)


@pytest.mark.parametrize(
    "name, value",
    [
        ("returning_that_it_failed", ("Failed", "no orders")),
        ("returning_that_it_is_done", ("Completed", "done")),
    ],
)
def test_a_returned_state_is_that_of_the_task_run(
    flows: Flows, marks: Marks, name: str, value: tuple[str, object]
):
    first = flows.run("chains.state_returned", name)
    second = flows.run("chains.state_returned", name)

    assert first.value == second.value == [value]
    assert marks.all() == [["ran"], ["ran"]]


def test_returned_states_are_those_of_the_task_run(flows: Flows):
    assert flows.run("chains.states_returned").value == [("FAILED", None)]


@pytest.mark.parametrize(
    "name", ["calling_the_function_of_another", "plain_calling_the_function_of_another"]
)
def test_the_result_of_a_function_that_a_task_calls_is_not_taken_for_its_own(
    flows: Flows, marks: Marks, name: str
):
    first = flows.run("chains.result_of", name, 3)
    second = flows.run("chains.result_of", name, 3)

    assert first.value == [("Completed", [SIZE, "outer"])]
    assert second.value == [("Cached", [SIZE, "outer"])]
    assert marks.of("outer") == [[]]


def test_nor_is_that_of_itself(flows: Flows, marks: Marks):
    first = flows.run("chains.result_of", "factorial", 4)
    second = flows.run("chains.result_of", "factorial", 4)

    assert first.value == [("Completed", 24)]
    assert second.value == [("Cached", 24)]
    assert len(marks.all()) == 5


def test_a_flow_may_return_refs_and_keep_its_result(flows: Flows):
    run = flows.run("chains.persisted", 3)

    assert run.value["one"].load()[0] == 3
    assert run.value["list"] == [run.value["one"]]


def test_what_the_engine_does_around_a_task_does_not_touch_the_value(flows: Flows):
    run = flows.run("chains.around_it", 1)

    assert run.value == [
        ("Completed", SUM),
        ("Completed", [1, 1]),
        ("Completed", ("TaskRef", 1)),
    ]


@pytest.mark.parametrize("disturb", ["unlink", "overwrite"])
def test_an_output_that_is_gone_when_it_is_read_is_computed_again(
    flows: Flows, marks: Marks, lake: Path, disturb: str
):
    flows.run("chains.chain", 1)

    run = flows.run("chains.vanished", 1, str(lake), disturb)
    healed = flows.run("chains.called", "made", 1)

    assert run.value == [("Cached", "TaskRef"), ("Completed", SUM)]
    assert "could not read the output of a task, which is computed again" in run.warnings[0]
    assert healed.value == [("Cached", 1)]
    assert marks.of("made") == [[1], [1]]


def test_so_is_that_of_a_coroutine(flows: Flows, marks: Marks, lake: Path):
    flows.run("chains.awaited", 1)

    run = flows.run("chains.vanished_async", 1, str(lake))

    assert run.value == [("Cached", 1)]
    assert marks.all() == [["made", 1], ["made", 1]]


def test_where_it_cannot_be_computed_again_the_error_says_so_and_the_next_run_heals(
    flows: Flows, marks: Marks, lake: Path
):
    flows.run("chains.called", "made", 1)

    run = flows.run("chains.vanished_elsewhere", 1, str(lake))
    healed = flows.run("chains.read_by", "summed", 1)

    (error,) = run.values
    assert run.states == ["Failed"]
    assert isinstance(error, OrchestraCacheError)
    assert healed.value == [("Completed", SUM)]


def test_a_store_that_is_down_keeps_no_chain_from_its_end(flows: Flows, marks: Marks, lake: Path):
    lake.write_text("not a folder")

    run = flows.run("chains.chain", 1)

    assert run.value == HANDED
    assert len(run.warnings) == 3


def test_tasks_that_are_refreshed_are_given_values(flows: Flows):
    run = flows.run("chains.refreshed", 1)

    assert run.value == [("Completed", SUM), ("Completed", "TaskRef")]


def test_tasks_that_are_not_cached_are_given_values(flows: Flows, lake: Path):
    run = flows.run("chains.not_persisted", 1)

    assert run.value == [("Completed", TOTAL)]
    assert not lake.exists()


def test_so_are_those_of_a_deployment_that_has_no_caches(flows: Flows, lake: Path):
    run = flows.run("chains.chain", 1, settings={"PREFECT_TASKS_DISABLE_CACHING": True})

    assert run.value == HANDED
    assert not lake.exists()


def test_a_transaction_that_is_rolled_back_takes_the_output_back(flows: Flows, marks: Marks):
    flows.run("chains.rolled_back", 1)

    run = flows.run("chains.called", "made", 1)

    assert run.states == ["Completed"]
    assert marks.all() == [["made", 1], ["made", 1]]


def test_every_try_is_given_the_value_and_has_its_key(flows: Flows, marks: Marks):
    first = flows.run("chains.retried", 1)
    second = flows.run("chains.retried", 1)

    assert first.value == [("Completed", "done")]
    assert second.value == [("Cached", "done")]
    assert marks.of("failing_once") == [[SIZE], [SIZE]]


def test_where_order_counts_it_counts_through_a_ref(flows: Flows, marks: Marks):
    runs = [flows.run("chains.ordered", names) for names in (["a", "b"], ["b", "a"], ["a", "b"])]

    assert [run.value[0] for run in runs] == [
        ("Completed", ["a", "b"]),
        ("Completed", ["b", "a"]),
        ("Cached", ["a", "b"]),
    ]


@pytest.mark.newest
def test_a_chain_through_other_processes_is_read_by_the_caches_of_its_tasks(
    flows: Flows, marks: Marks, lake: Path
):
    key = new_hmac_key()
    options = {"keys": [key], "secrets_key": "0123456789" * 4}

    first = flows.run("chains.in_other_processes", 1, str(lake), options)
    second = flows.run("chains.in_other_processes", 1, str(lake), options)

    assert first.values[0] == second.values[0] == TOTAL
    assert (first.states, second.states) == (["Completed"] * 2, ["Cached"] * 2)
    sent = first.values[1]
    assert len(sent) < 2000
    assert key.partition(":")[2].encode() not in sent
    assert b"0123456789" not in sent


@pytest.mark.newest
def test_so_is_one_by_a_path(flows: Flows, marks: Marks, lake: Path):
    run = flows.run("chains.in_other_processes", 1, str(lake), None)

    assert run.values[0] == TOTAL


def test_a_generator_is_refused_where_it_is_written():
    with pytest.raises(ConfigurationError, match=r"`.*rows` is a generator"):

        @cached_task
        def rows():
            yield 1


@pytest.mark.parametrize(
    "terms", [{"cache_policy": None}, {"cache_key_fn": None}, {"result_storage_key": "a"}]
)
def test_a_second_policy_is_refused_where_it_is_written(terms: dict[str, object]):
    with pytest.raises(ConfigurationError, match=next(iter(terms))):
        cached_task(lambda: 1, **terms)


def test_a_task_is_refused():
    with pytest.raises(ConfigurationError, match="is a task already"):
        cached_task(task(lambda: 1))


def test_refs_are_equal_when_their_values_are(cache: Cache):
    large = list(range(SIZE))
    refs = [TaskRef(ref_to(cache, large)), TaskRef(list(large)), TaskRef([1])]

    assert refs[0] == refs[1] != refs[2]
    assert len(set(refs)) == 2


def test_a_ref_shows_what_it_stands_for_and_not_the_value(cache: Cache):
    assert repr(TaskRef("secret")) == "TaskRef(str)"
    assert "list" in repr(TaskRef(ref_to(cache, list(range(SIZE)))))


def test_each_reader_of_a_ref_has_a_value_of_its_own(cache: Cache):
    for stand_in in (TaskRef([1]), TaskRef(ref_to(cache, list(range(SIZE))))):
        stand_in.load().clear()

        assert stand_in.load()


def test_a_ref_travels_and_counts_as_its_value(cache: Cache):
    large = list(range(SIZE))
    stand_in = pickle.loads(pickle.dumps(TaskRef(ref_to(cache, large))))

    assert stand_in.load() == large
    assert fingerprint(stand_in) == fingerprint(large)


@dataclass
class Order:
    number: int


def test_a_ref_is_read_as_the_cache_of_a_policy_reads():
    cache = Cache("memory://read-as-the-policy", trusted=True)
    stand_in = TaskRef(ref_to(cache, Order(3)))
    with pytest.raises(OrchestraCacheError):
        stand_in.load()

    policy = FingerprintPolicy(cache)

    assert policy.cache is cache
    assert stand_in.load() == Order(3)


def test_a_ref_that_was_changed_on_its_way_is_not_read_with_the_keys_of_a_policy(lake: Path):
    cache = Cache(lake, keys=[new_hmac_key()])
    policy = FingerprintPolicy(cache)
    ref = ref_to(cache, list(range(SIZE)))

    whole, changed = TaskRef(ref), TaskRef(replace(ref, type="dict"))

    assert policy.cache is cache
    assert whole.load()[0] == 0
    with pytest.raises(IntegrityError):
        changed.load()


def ref_to(cache: Cache, value: object) -> object:
    return cache.run(Declaration(lambda held: held), {"held": value}, lambda: value, refs=True)
