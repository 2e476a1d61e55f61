"""A TaskRef made in another process is read with what a task that was sent there knows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cloudpickle
from prefect import task

from orchestra_cache import Cache
from orchestra_cache.declaration import Declaration
from orchestra_cache.keys import new_hmac_key
from orchestra_cache.prefect import FingerprintPolicy, TaskRef
from tests.integration.prefect_engine.runs import Flows

VALUES = list(range(50_000))


def given(values: list[int]) -> list[int]:
    return values


def test_the_keys_of_its_cache_tell_a_ref_that_was_changed(flows: Flows, tmp_path: Path):
    cache = Cache(tmp_path / "signed", keys=[new_hmac_key()])
    sent = task(given, name="total", cache_policy=FingerprintPolicy(cache))
    ref = cache.run(Declaration(given), {"values": VALUES}, lambda: VALUES, refs=True)
    refs = [TaskRef(ref), TaskRef(replace(ref, type="dict"))]

    run = flows.run("handed.read", cloudpickle.dumps(sent), cloudpickle.dumps(refs))

    assert run.value == [("total", VALUES), ("total", "IntegrityError")]
