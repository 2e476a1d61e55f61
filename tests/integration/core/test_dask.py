"""Tasks on the workers of a real Dask cluster: their own code counts, whoever sent the task."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestra_cache.fingerprints.code.trace import trace
from tests.conftest import ROOT
from tests.unit.programs import imported, written

distributed = pytest.importorskip("distributed")

SHOP = "K = 1\ndef price(n):\n    return n + K\n"
WORK = """
import functools
import logging
import shop

log = logging.getLogger(__name__)

def helper(n):
    log.info(n)
    return shop.price(n)

def task(n):
    return helper(n) + functools.reduce(lambda a, b: a + b, [n])
"""


def digest_of(function: Any) -> str:
    return str(trace([function]).digest)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Any]:
    """Start a worker, in a process of its own, whose modules lie in the given folder."""
    started: list[Any] = []

    def start(folder: Path) -> Any:
        os.environ["PYTHONPATH"] = os.pathsep.join([str(folder), str(ROOT)])
        options = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": None}
        one = distributed.LocalCluster(
            host="127.0.0.1", processes=True, local_directory=str(tmp_path), **options
        )
        started.extend([one, distributed.Client(one)])
        started[-1].run(_use, str(folder))
        return started[-1]

    before = os.environ.get("PYTHONPATH")
    yield start
    for one in reversed(started):
        one.close()
    os.environ.pop("PYTHONPATH")
    if before is not None:
        os.environ["PYTHONPATH"] = before


def _use(folder: str) -> None:
    sys.path.insert(0, folder)


@pytest.mark.parametrize("sent", ["by name", "by value"])
def test_a_worker_with_the_same_code_has_the_same_digest(
    cluster: Any, tmp_path: Path, sent: str
) -> None:
    root = written(tmp_path, {"work": WORK, "shop": SHOP})
    client = cluster(root)

    with imported(root) as module:
        found = on_a_worker(client, module, sent)
        expected = digest_of(module.task)

    assert found == expected


@pytest.mark.parametrize("sent", ["by name", "by value"])
def test_a_worker_with_another_helper_has_another_digest(
    cluster: Any, tmp_path: Path, sent: str
) -> None:
    driver = written(tmp_path, {"work": WORK, "shop": SHOP})
    worker = written(tmp_path, {"work": WORK, "shop": SHOP.replace("K = 1", "K = 2")})
    client = cluster(worker)

    with imported(driver) as module:
        found = on_a_worker(client, module, sent)
        expected = digest_of(module.task)
    with imported(worker) as module:
        theirs = digest_of(module.task)

    assert found == theirs != expected


def on_a_worker(client: Any, module: Any, sent: str) -> str:
    import cloudpickle

    if sent == "by value":
        cloudpickle.register_pickle_by_value(module)
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    try:
        return str(client.submit(digest_of, module.task).result(timeout=60))
    finally:
        cloudpickle.unregister_pickle_by_value(sys.modules[__name__])
        if sent == "by value":
            cloudpickle.unregister_pickle_by_value(module)
