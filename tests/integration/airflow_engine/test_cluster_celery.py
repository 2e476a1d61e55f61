"""Two Celery workers with one store on an S3 server, and what may happen to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestra_cache import Cache
from tests.integration.airflow_engine.cluster_celery import Celery, running_celery
from tests.integration.airflow_engine.conftest import copy_dags
from tests.integration.airflow_engine.runs import AIRFLOW_2
from tests.integration.fresh_process import FreshProcesses

pytestmark = [
    # The first test waits for the cluster as well.
    pytest.mark.timeout(400),
    pytest.mark.skipif(AIRFLOW_2, reason="the scheduler alone is enough for Airflow 2"),
]


@pytest.fixture(scope="module")
def celery(
    home: Path, processes: FreshProcesses, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Celery]:
    folder = tmp_path_factory.mktemp("celery")
    copy_dags(folder)
    with running_celery(folder, processes) as celery:
        yield celery


def test_the_second_run_executes_nothing_whichever_worker_has_it(celery: Celery):
    celery.cluster.run("clears")
    celery.cluster.run("clears")

    names = [name for name, *_ in celery.cluster.marks.all()]
    assert names == ["gathered", "counted", "told"]


def test_equal_elements_of_a_mapped_task_are_computed_once(celery: Celery):
    run = celery.cluster.run("many")

    computed = Counter(number for (number,) in celery.cluster.marks.of("squared"))
    assert computed == dict.fromkeys(range(8), 1)
    assert celery.cluster.marks.of("summed") == [[5 * sum(n**2 for n in range(8))]]
    assert len(celery.cluster.states(run)) == 41


def test_days_that_are_no_input_are_one_execution(celery: Celery):
    celery.cluster.backfill("every_day", "2024-01-01", "2024-01-10")

    assert celery.cluster.database.states_of_runs("every_day") == ["success"] * 10
    assert celery.cluster.marks.of("rates") == [[]]


def test_a_task_whose_worker_is_killed_is_done_by_the_other(celery: Celery):
    cluster = celery.cluster
    run = cluster.triggered("waits_in_its_worker")
    cluster.wait(lambda: cluster.marks.of("held"))
    ((worker,),) = cluster.marks.of("held")
    (name,) = (name for name, service in cluster.services.items() if service.pid == worker)
    cluster.kill(name)
    Path(f"{cluster.marks.path}.go").touch()

    cluster.succeeded(run)
    cluster.run("waits_in_its_worker")

    (_, (other,)) = cluster.marks.of("held")
    assert other != worker
    assert _lake(celery).verify().sound


def test_tasks_succeed_when_the_store_has_stopped(celery: Celery):
    celery.cluster.run("priced_by_a_task")
    celery.s3.close()

    celery.cluster.run("priced_by_a_task")

    assert celery.cluster.marks.of("priced") == [["pear"], ["pear"]]
    assert len(celery.cluster.marks.of("passed")) == 2


def _lake(celery: Celery) -> Cache:
    return Cache(f"s3://{celery.s3.bucket}/lake", storage_options=celery.s3.storage_options)
