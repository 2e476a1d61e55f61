"""Two Celery workers with one store on an S3 server, and what may happen to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.airflow_engine.cluster import ClusterRun
from tests.integration.airflow_engine.cluster_celery import (
    Celery,
    running_celery,
    words_of_worker,
)
from tests.integration.airflow_engine.conftest import copy_dags


@dataclass(frozen=True)
class Killed:
    """What was going on as a worker was killed, which had `holds` and `keeps`.

    Attributes:
        worker: Its session.
        holds: Computed what `waits` had missed too, on the other worker.
        keeps: Had sent an entry but for its end.
    """

    worker: int
    holds: ClusterRun
    waits: ClusterRun
    keeps: ClusterRun


@pytest.fixture(scope="module")
def celery(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Celery]:
    folder = tmp_path_factory.mktemp("celery")
    copy_dags(folder)
    with running_celery(folder) as celery:
        yield celery


@pytest.fixture(scope="module")
def killed(celery: Celery) -> Killed:
    """A worker is killed, and started anew; it takes a while until everybody has noticed."""
    cluster = celery.cluster
    holds = cluster.triggered("holds")
    cluster.wait(lambda: cluster.marks.of("held"))
    waits = cluster.triggered("holds_elsewhere")
    cluster.wait(lambda: "which computes the same" in cluster.log("holds_elsewhere", "held"))
    keeps = cluster.triggered("keeps")
    cluster.wait(celery.strait.reached.is_set)
    worker = cluster.services["one"].pid
    cluster.kill("one")
    Path(f"{cluster.marks.path}.go").touch()
    cluster.start("one", words_of_worker(cluster.home, "one"))
    return Killed(worker, holds, waits, keeps)


pytestmark = [
    # The first test waits for the cluster as well.
    pytest.mark.timeout(400),
    # While that is noticed, other tests run.
    pytest.mark.usefixtures("killed"),
]


def test_the_second_run_executes_nothing_whichever_worker_has_it(celery: Celery):
    celery.cluster.run("clears")
    celery.cluster.run("clears")

    marks = celery.cluster.marks
    assert [len(marks.of(task)) for task in ("gathered", "counted", "told")] == [1, 1, 1]


def test_equal_elements_of_a_mapped_task_are_computed_once(celery: Celery):
    run = celery.cluster.run("many")

    computed = Counter(number for (number,) in celery.cluster.marks.of("squared"))
    assert computed == dict.fromkeys(range(20), 1)
    assert celery.cluster.marks.of("summed") == [[5 * sum(n**2 for n in range(20))]]
    assert len(celery.cluster.states(run)) == 101


def test_days_that_are_no_input_are_one_execution(celery: Celery):
    celery.cluster.backfill("every_day", "2024-01-01", "2024-01-10")

    assert celery.cluster.database.states_of_runs("every_day") == ["success"] * 10
    assert celery.cluster.marks.of("rates") == [[]]


def test_who_waited_for_a_worker_that_is_killed_computes(celery: Celery, killed: Killed):
    cluster = celery.cluster

    cluster.succeeded(killed.waits)
    cluster.succeeded(killed.holds)
    cluster.run("holds")

    (first, second) = cluster.marks.of("held")
    assert first == [killed.worker]
    assert second == [cluster.services["two"].pid]
    assert "hit" in cluster.log("holds", "held")


def test_an_entry_whose_writer_is_killed_is_none(celery: Celery, killed: Killed):
    cluster = celery.cluster

    cluster.succeeded(killed.keeps)
    cluster.run("keeps")

    assert cluster.marks.of("kept") == [[killed.worker], [cluster.services["one"].pid]]
    assert celery.lake.verify().sound


def test_tasks_succeed_when_the_store_has_stopped(celery: Celery):
    celery.cluster.run("priced_by_a_task")
    celery.s3.close()

    celery.cluster.run("priced_by_a_task")

    assert celery.cluster.marks.of("priced") == [["pear"], ["pear"]]
    assert len(celery.cluster.marks.of("passed")) == 2
