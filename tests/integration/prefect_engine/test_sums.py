"""Policies of Prefect added to ours: their keys count, and the value stays in our store."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import cloudpickle
import pytest
from prefect.cache_policies import INPUTS, NO_CACHE, RUN_ID, TASK_SOURCE, CachePolicy
from prefect.filesystems import LocalFileSystem
from prefect.locking.memory import MemoryLockManager

from orchestra_cache import Cache
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.prefect import FINGERPRINT, FingerprintPolicy, LeaseLockManager
from tests.integration.marks import Marks
from tests.integration.prefect_engine.runs import FlowRun, Flows

LASTING, OF_A_RUN = 11, 3
EQUAL = [3, 4, 6, 8, 9, 10, 12]
DAY = ["of day", 3]


def entries(lake: Path) -> list[Path]:
    return list(lake.glob("*/entries-v1/*/*"))


def kept_by_prefect(tmp_path: Path) -> list[Path]:
    return [path for path in tmp_path.joinpath("storage").rglob("*") if path.is_file()]


def test_sums_are_hits_in_the_next_process_and_lie_in_our_store(
    flows: Flows, marks: Marks, lake: Path, tmp_path: Path
):
    first = flows.run("sums.each", "SUMS", 3)
    kept = len(entries(lake))

    second = flows.run("sums.each", "SUMS", 3)

    # Sums of the same parts are the same, whatever their order.
    assert first.values == second.values == [DAY] * (LASTING + OF_A_RUN)
    assert [at for at, state in enumerate(first.states) if state == "Cached"] == EQUAL
    assert second.states[:LASTING] == ["Cached"] * LASTING
    assert second.states[LASTING:] == ["Completed", "Cached", "Completed"]
    assert first.warnings == second.warnings == []
    assert kept_by_prefect(tmp_path) == []
    assert kept == LASTING + OF_A_RUN - len(EQUAL)


def test_a_sum_tells_calls_apart(flows: Flows, marks: Marks):
    flows.run("sums.each", "SUMS", 3)

    run = flows.run("sums.each", "SUMS", 4)

    assert run.values == [["of day", 4]] * (LASTING + OF_A_RUN)


@pytest.mark.parametrize("name", ["FINGERPRINT + RUN_ID", "RUN_ID + FINGERPRINT"])
def test_a_sum_with_the_run_is_a_hit_within_it_and_the_miss_says_that_it_is_another(
    flows: Flows, marks: Marks, name: str
):
    flows.run("sums.one", name, 3)

    run = flows.run("sums.one_twice", name, 3)

    assert run.value == [("Completed", DAY), ("Cached", DAY)]
    assert "miss: policy:RunId " in run.text


def test_a_parameter_is_left_out_of_all_parts(flows: Flows, marks: Marks):
    first = flows.run("sums.each", "LESS", 3, 1)
    second = flows.run("sums.each", "LESS", 3, 2)

    assert second.states == ["Cached"] * len(first.states)


def test_a_parameter_that_one_part_of_ours_looks_at_is_not_left_out(flows: Flows, marks: Marks):
    flows.run("sums.each", "FULL", 3, 1)

    run = flows.run("sums.each", "FULL", 3, 2)

    assert run.states == ["Completed"] * 2


def test_copies_of_a_sum_are_the_same_sum(flows: Flows, marks: Marks):
    run = flows.run("sums.carried", 3)

    assert run.value == [("Completed", DAY)] + [("Cached", DAY)] * 5


def test_two_of_ours_are_refused_where_they_are_added():
    with pytest.raises(ConfigurationError, match="two FingerprintPolicies"):
        FINGERPRINT + FingerprintPolicy("lake")
    with pytest.raises(ConfigurationError, match="two FingerprintPolicies"):
        FINGERPRINT + (INPUTS + FingerprintPolicy("lake"))


def test_two_of_ours_in_a_sum_of_prefect_are_a_warning_and_no_cache(
    flows: Flows, marks: Marks, lake: Path, tmp_path: Path
):
    run = flows.run("sums.two_of_ours", 3)

    assert run.value == [("Completed", DAY), ("Completed", ["of day", 4])]
    assert all("two FingerprintPolicies" in warning for warning in run.warnings)
    assert entries(lake) == kept_by_prefect(tmp_path) == []


@pytest.mark.parametrize("name", ["connected", "without_a_cache"])
def test_what_ours_has_no_key_for_is_not_kept_by_the_key_of_another(
    flows: Flows, marks: Marks, tmp_path: Path, name: str
):
    first = flows.run("sums.uncached", name, "a")
    second = flows.run("sums.uncached", name, "a")

    assert first.value == second.value == [("Completed", "a")]
    assert len(first.warnings) == len(second.warnings) == 1
    assert marks.all() == [["connected", "a"]] * 2
    assert kept_by_prefect(tmp_path) == []


def test_the_ready_policy_needs_nothing(flows: Flows, marks: Marks, lake: Path):
    default = {**flows.environment, "ORCHESTRA_CACHE_DEFAULT": "lake"}
    flows = Flows(flows.api, flows.processes, default, flows.settings)

    first, second = flows.run("sums.bare"), flows.run("sums.bare")

    assert first.states + second.states == ["Completed", "Cached"]
    assert len(entries(lake)) == 1


def test_order_of_a_parameter_counts_where_it_is_declared(flows: Flows, marks: Marks):
    runs = [flows.run("sums.ordered", names, True) for names in ("ab", "ba")]
    unordered = [flows.run("sums.ordered", names, False) for names in ("ab", "ba")]

    assert [run.value for run in runs] == [[("Completed", "a")], [("Completed", "b")]]
    assert unordered[1].states == ["Cached"]


@pytest.mark.newest
def test_a_dataset_that_a_policy_reads_counts(flows: Flows, marks: Marks, tmp_path: Path):
    file = tmp_path / "a.csv"
    file.write_text("1")
    flows.run("sums.reading", str(tmp_path), True)
    file.write_text("2")

    run = flows.run("sums.reading", str(tmp_path), True)

    assert run.value == [("Completed", "2")]


def called_with(flows: Flows, function: str, arguments: list[object], terms: dict[str, object]):
    return flows.run("sums.with_terms", function, arguments, terms)


TERMS: dict[str, tuple[dict[str, object], str]] = {
    "version": ({"version": "2"}, "version"),
    "depends_on": ({"depends_on": ["rates:rate"]}, "code:rates.rate"),
    "packages": ({"packages": "none"}, "package:python-slugify"),
    "files": ({"files": ["rates.py"]}, "file:rates.py"),
    "context": ({"context": {"flow_run.flow_name"}}, "context:flow_run.flow_name"),
    "first_party": ({"first_party": {"slugify"}}, ""),
}


@pytest.fixture(scope="module")
def with_terms(new_flows: Callable[[], Flows]) -> dict[str, tuple[FlowRun, FlowRun]]:
    """Two runs with each term, after one without any."""
    flows = new_flows()
    called_with(flows, "slug", ["A B"], {})
    calls = [("sums.with_terms", "slug", ["A B"], terms) for terms, _ in TERMS.values()]
    first, again = (flows.run_each(*calls) for _ in range(2))
    return {term: (*runs,) for term, *runs in zip(TERMS, first, again, strict=True)}


@pytest.mark.newest
@pytest.mark.parametrize("term", TERMS)
def test_a_term_of_the_policy_is_part_of_the_key(
    with_terms: dict[str, tuple[FlowRun, FlowRun]], term: str
):
    run, again = with_terms[term]

    assert run.value == [("Completed", "a-b")]
    assert TERMS[term][1] in run.text
    assert again.states == ["Cached"]


@pytest.mark.newest
def test_a_namespace_of_the_policy_is_its_own(flows: Flows, marks: Marks, lake: Path):
    called_with(flows, "day", [3], {})

    run = called_with(flows, "day", [3], {"namespace": "team"})
    again = called_with(flows, "day", [3], {"namespace": "team"})

    assert run.states + again.states == ["Completed", "Cached"]
    assert len(list(lake.glob("team/entries-v1/*/*"))) == 1


@pytest.mark.newest
def test_a_codec_of_the_policy_is_used(flows: Flows, marks: Marks, lake: Path):
    called_with(flows, "frame", [], {"codec": "parquet"})

    (entry,) = entries(lake)
    assert b'"parquet"' in entry.read_bytes()


@pytest.mark.parametrize("other", [INPUTS, RUN_ID + TASK_SOURCE, NO_CACHE])
@pytest.mark.parametrize("ours_first", [True, False])
def test_what_is_configured_survives_the_sum(other: CachePolicy, ours_first: bool):
    manager, storage = LeaseLockManager("lake"), LocalFileSystem(basepath="results")
    ours = FingerprintPolicy("lake").configure(
        key_storage=storage, isolation_level="SERIALIZABLE", lock_manager=manager
    )

    both = ours + other if ours_first else other + ours

    for one in (both, copy.deepcopy(both)):
        assert one.key_storage == storage
        assert one.isolation_level == "SERIALIZABLE"
        assert one.lock_manager == manager


def test_what_another_policy_was_configured_with_survives_the_sum():
    other = INPUTS.configure(isolation_level="SERIALIZABLE", lock_manager=MemoryLockManager())

    both = FingerprintPolicy("lake") + other

    assert both.isolation_level == "SERIALIZABLE"
    assert isinstance(both.lock_manager, MemoryLockManager)


def test_what_does_not_go_together_is_refused():
    serial = FingerprintPolicy("lake").configure(isolation_level="SERIALIZABLE")

    with pytest.raises(ValueError, match="different isolation levels"):
        serial + INPUTS.configure(isolation_level="READ_COMMITTED")


def test_a_sum_leaves_its_parts_alone():
    policy = FingerprintPolicy("lake")

    more, less = policy + INPUTS, policy - "logger"

    assert (policy.others, policy.ignore) == ((), frozenset())
    assert more.others == (INPUTS,)
    assert less.ignore == {"logger"}


def test_policies_with_different_terms_are_not_equal():
    assert FingerprintPolicy(version="1") != FingerprintPolicy(version="2")
    assert FingerprintPolicy("lake") != FingerprintPolicy("pond")


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda one: one.configure()])
def test_copies_have_all_terms(copied):
    policy = FingerprintPolicy("lake", version="2", ignore={"logger"}, context={"flow_run.name"})

    other = copied(policy + RUN_ID)

    held = ("cache", "ignore", "context", "others", "policy", "namespace", "_terms")
    assert all(getattr(other, name) == getattr(policy + RUN_ID, name) for name in held)


def test_a_pickled_policy_has_all_terms(lake: Path):
    policy = FingerprintPolicy(Cache(lake), version="2", ignore={"logger"}) + INPUTS

    other = cloudpickle.loads(cloudpickle.dumps(policy))

    assert other.cache.place == policy.cache.place
    assert other._terms == policy._terms
    assert other.others == (INPUTS,)
