"""What cannot be meant is told where it is written, or once beside the task run."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from prefect.cache_policies import INPUTS
from pydantic import ValidationError

from orchestra_cache.datasets import File
from orchestra_cache.errors import ConfigurationError, MissingExtraError
from orchestra_cache.events import Event, Failed, subscribe
from orchestra_cache.prefect import (
    FINGERPRINT,
    FingerprintPolicy,
    LeaseLockManager,
    OrchestraStorage,
    cached_task,
)
from tests.integration.marks import Marks
from tests.integration.prefect_engine.runs import FlowRun, Flows
from tests.integration.prefect_engine.saved_blocks import Saved

BLOCK = "orchestra-cache/lake"


def total(day: int) -> int:
    return day


def refused(write: Any, *named: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        write()
    for words in named:
        assert words in str(caught.value)
    assert "report it" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"reads": "s3://lake/orders"}, "reads holds 's3://lake/orders'"),
        ({"reads": None}, "reads=None"),
        ({"ignore": 5}, "ignore=5"),
        ({"ordered": [1]}, "ordered holds 1"),
        ({"version": 3}, "version=3 is not a text"),
        ({"packages": {"numpy==2"}}, "packages names 'numpy==2'"),
        ({"depends_on": [5]}, "depends_on holds 5"),
        ({"files": [1]}, "files holds 1"),
        ({"first_party": 5}, "first_party=5"),
        ({"codec": 5}, "codec=5 is not a text"),
        ({"namespace": 5}, "namespace=5"),
        ({"context": 5}, "context=5"),
        ({"single_flight": "yes"}, "single_flight='yes'"),
    ],
)
def test_a_term_that_cannot_be_meant_is_told_where_it_is_written(terms: Any, message: str):
    for write in (FingerprintPolicy, cached_task(**terms)):
        given = terms if write is FingerprintPolicy else {}
        refused(partial(write, *([] if given else [total]), **given), message)


@pytest.mark.parametrize("given", [5, {"url": "s3://key:hunter2@lake"}, total])
@pytest.mark.parametrize("kind", [FingerprintPolicy, LeaseLockManager])
def test_what_is_no_cache_is_told_by_its_type(kind: Any, given: Any):
    error = refused(lambda: kind(given), f"of type `{type(given).__name__}`, which is no cache")

    assert "hunter2" not in str(error)


@pytest.mark.parametrize("kind", [FingerprintPolicy, LeaseLockManager])
@pytest.mark.parametrize("given", [BLOCK, OrchestraStorage(url="/lake")])
def test_a_block_is_no_cache_and_the_hint_says_where_it_belongs(kind: Any, given: Any):
    refused(lambda: kind(given), "is a storage and no cache", ".cache()", "result_storage=")


def test_a_folder_that_has_the_name_of_a_block_is_written_as_one():
    policy = FingerprintPolicy(f"./{BLOCK}")

    assert policy.cache == f"./{BLOCK}"


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("lake", ["`'lake'` is not a function", "`@cached_task(cache='lake')`"]),
        (5, ["`5` is not a function", "`@cached_task` above the function"]),
        (dict, ["`dict` does not say what its parameters are", "wrap it in a function"]),
    ],
)
def test_only_a_function_is_made_a_task(given: Any, named: list[str]):
    refused(lambda: cached_task(given), *named)


def test_a_task_of_a_partial_has_the_name_of_its_function(flows: Flows, marks: Marks):
    run = flows.run("mistakes.partials")

    assert run.value == ([("total", "total", None), ("Shop", "Shop", "Sells.")], 6, 4)
    assert run.warnings == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"url": "s3:/x"}, "cannot make a cache of 's3:/x'"),
        ({"url": ""}, "cannot make a cache of ''"),
        ({"url": "s3://"}, "nothing follows the scheme"),
        ({"namespace": "a/b"}, "namespace='a/b'"),
        ({"read_from": ["a/b"]}, "namespace='a/b'"),
        ({"leases": "redis:/user:hunter2@x"}, "is no service for leases"),
        ({"near": "s3://x/y"}, "near='s3:/x/y' cannot be meant"),
    ],
)
def test_a_block_that_cannot_be_meant_is_not_made(fields: Any, message: str):
    error = refused(lambda: OrchestraStorage(**{"url": "/lake", **fields}), message)

    assert "hunter2" not in str(error)


def test_a_block_may_need_a_library_that_only_others_have():
    block = OrchestraStorage(url="gs://lake/cache")

    with pytest.raises(MissingExtraError, match="this needs `gcsfs`"):
        block.cache()


def test_credentials_by_name_are_told_how_they_are_loaded():
    with pytest.raises(ValidationError, match=r"`GcpCredentials.load\('lake'\)`"):
        OrchestraStorage(url="gs://lake", credentials="gcp-credentials/lake")
    with pytest.raises(ValidationError, match="of type `str`, which is no block") as caught:
        OrchestraStorage(url="s3://lake", credentials="hunter2")

    assert "hunter2" not in str(caught.value)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "url": ({"url": "s3:/x"}, "cannot make a cache of 's3:/x'"),
    "namespace": ({"namespace": "a/b"}, "namespace='a/b'"),
    "near": ({"near": "s3://x/y"}, "near="),
    "credentials": ({"credentials": "hunter2"}, "credentials of the type"),
}
LATE = {
    "expired_at_once": "cache_expiration=datetime.timedelta(0) of the task is not positive",
    "two_of_ours": "two FingerprintPolicies are added",
    "one_of_ours_twice": "two FingerprintPolicies are added",
    "misspelt_package": "packages names `nmpy`, which is not installed",
}


@pytest.fixture(scope="module")
def mistaken(new_flows: Callable[[], Flows]) -> tuple[Flows, dict[str, FlowRun]]:
    """The runs of tasks with mistakes, and of one with blocks that were filled in wrongly."""
    flows = new_flows()
    saved = Saved(flows.api, flows.lake)
    saved()
    blocks = {name: f"orchestra-cache/{saved.as_pages_do(**WRONG[name][0])}" for name in WRONG}
    with_blocks = flows.run_each(
        *(("mistakes.called_with_storage", block) for block in blocks.values())
    )
    late = flows.run_each(*(("mistakes.called", task) for task in LATE))
    return flows, dict(zip([*blocks, *LATE], [*with_blocks, *late], strict=True))


@pytest.mark.parametrize("field", WRONG)
def test_no_task_fails_of_a_block_that_was_filled_in_wrongly(
    mistaken: tuple[Flows, dict[str, FlowRun]], field: str
):
    run = mistaken[1][field]

    assert run.value == [("Completed", 3)]
    assert run.warnings != []
    assert all(WRONG[field][1] in warning for warning in run.warnings)
    assert "hunter2" not in run.text


@pytest.mark.parametrize("task", LATE)
def test_a_mistake_that_shows_late_is_one_warning(
    mistaken: tuple[Flows, dict[str, FlowRun]], task: str
):
    flows, runs = mistaken

    assert runs[task].value == [("Completed", 3)]
    assert [LATE[task] in warning for warning in runs[task].warnings] == [True]
    assert "ttl" not in runs[task].warnings[0]
    assert flows.marks.all() == [["ran"]] * (len(WRONG) + len(LATE))


def test_all_events_call_a_task_by_one_name(flows: Flows, marks: Marks):
    told = flows.run("mistakes.names_told").value

    assert {kind for kind, _ in told} == {"Miss", "Published", "Hit", "Uncached", "Failed"}
    assert {name for _, name in told} == {"names_told.<locals>.outer.<locals>.total"}


def test_locks_at_a_place_nobody_can_write_to_say_what_is_to_be_done(tmp_path: Path):
    place = tmp_path / "lake"
    place.write_text("not a folder")
    told: list[Event] = []
    unsubscribe = subscribe(told.append)

    LeaseLockManager(place).acquire_lock("key", "holder", 0.01)

    unsubscribe()
    (failed,) = told
    assert isinstance(failed, Failed)
    assert "cannot lock" in str(failed.error)
    assert "make the folder one to write to" in str(failed.error)
    assert "single_flight" not in str(failed.error)


def test_a_policy_shows_what_was_set_and_no_secret():
    policy = FingerprintPolicy(
        "s3://key:hunter2@lake/cache",
        reads=File("s3://key:hunter2@orders/{day}.csv"),
        ignore="logger",
        depends_on=[total, "json:loads"],
        version="2",
        context=(),
        single_flight=True,
    )

    assert repr(FINGERPRINT) == "FingerprintPolicy()"
    assert repr(policy) == (
        "FingerprintPolicy('s3://…@lake/cache', context=[], depends_on=[total, 'json:loads'], "
        "ignore={'logger'}, reads=[File('s3://…@orders/{day}.csv')], single_flight=True, "
        "version='2')"
    )
    assert repr(FingerprintPolicy("lake") + INPUTS).startswith("FingerprintPolicy('lake') + Inputs")
