"""Airflow with Celery: two workers, Redis between them, PostgreSQL and an S3 server behind them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from orchestra_cache import Cache
from tests.conformance.datasets.postgres import PostgresServer
from tests.integration.airflow_engine.cluster import Cluster, running_cluster
from tests.integration.airflow_engine.cluster_strait import Strait
from tests.integration.airflow_engine.runs import AIRFLOW_2
from tests.integration.core.redis_server import RedisServer
from tests.integration.core.seaweed import SeaweedServer, started

__all__ = ["WORKERS", "Celery", "running_celery", "words_of_worker"]

WORKERS = ("one", "two")

# A worker that is gone.
_NOTICED_SOON = {
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "10",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "1",
}
_NOTICED_SOON_BY_AIRFLOW_2 = {
    # It looks each ten seconds: if it looked sooner, it would fail what it has just begun anew.
    "AIRFLOW__SCHEDULER__SCHEDULER_ZOMBIE_TASK_THRESHOLD": "10",
}


@dataclass(frozen=True)
class Celery:
    """A cluster whose workers have queues of their own names, beside the one that they share.

    Attributes:
        strait: The way of the cache `strait` to the same store: no entry gets through to the end
            that is the first.
    """

    cluster: Cluster
    s3: SeaweedServer
    strait: Strait

    @property
    def lake(self) -> Cache:
        return Cache(f"s3://{self.s3.bucket}/lake", storage_options=self.s3.storage_options)


@contextmanager
def running_celery(home: Path) -> Iterator[Celery]:
    """Start servers, an empty database and a cluster on a home with DAGs; end them afterwards."""
    with ExitStack() as stack:
        postgres = stack.enter_context(closing(PostgresServer.started()))
        redis = stack.enter_context(closing(RedisServer.started(_folder(home, "redis"))))
        s3 = stack.enter_context(closing(started(_folder(home, "s3"))))
        strait = stack.enter_context(closing(Strait(s3.port, ends_at=_puts_entry)))
        environment = {
            **_airflow(postgres, redis),
            **_cache("LAKE", s3, s3.port),
            **_cache("STRAIT", s3, strait.port),
            # Who waits there does so until it is killed.
            "ORCHESTRA_CACHE_CACHES__STRAIT__BUDGET": "PT60S",
        }
        _migrate({**os.environ, **environment, "AIRFLOW_HOME": str(home)})
        workers = {name: words_of_worker(home, name) for name in WORKERS}
        cluster = running_cluster(home, environment=environment, more=workers)
        yield Celery(stack.enter_context(cluster), s3, strait)


def words_of_worker(home: Path, name: str) -> tuple[str, ...]:
    """What starts one, also in place of one that is gone."""
    module = "tests.integration.airflow_engine.cluster_worker"
    quiet = ("--skip-serve-logs", "--without-gossip", "--without-mingle")
    own = ("--celery-hostname", f"{name}@%h", "--pid", str(home / f"{name}.pid"))
    queues = ("--queues", f"default,{name}")
    return (module, "celery", "worker", "--concurrency", "2", *queues, *own, *quiet)


def _airflow(postgres: PostgresServer, redis: RedisServer) -> dict[str, str]:
    url = postgres.url.replace("+psycopg", "+psycopg2") if AIRFLOW_2 else postgres.url
    return {
        "AIRFLOW__CELERY__BROKER_URL": redis.url,
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{url}",
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CORE__PARALLELISM": "16",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": url,
        **(_NOTICED_SOON_BY_AIRFLOW_2 if AIRFLOW_2 else _NOTICED_SOON),
    }


def _cache(name: str, s3: SeaweedServer, port: int) -> dict[str, str]:
    named = f"ORCHESTRA_CACHE_CACHES__{name}__"
    options = json.dumps(s3.options(port))
    return {f"{named}URL": f"s3://{s3.bucket}/lake", f"{named}STORAGE_OPTIONS": options}


def _puts_entry(data: bytes) -> bool:
    return data.startswith(b"PUT ") and b"/entries-v1/" in data.partition(b"\r\n")[0]


def _migrate(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "airflow", "db", "migrate"]
    subprocess.run(command, env=environment, check=True, capture_output=True)


def _folder(home: Path, name: str) -> Path:
    folder = home / name
    folder.mkdir()
    return folder
