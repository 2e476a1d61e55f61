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

from tests.conformance.datasets.postgres import PostgresServer
from tests.integration.airflow_engine.cluster import Cluster, running_cluster
from tests.integration.airflow_engine.runs import AIRFLOW_2
from tests.integration.core.redis_server import RedisServer
from tests.integration.core.seaweed import SeaweedServer, started
from tests.integration.fresh_process import FreshProcesses

__all__ = ["Celery", "running_celery"]

WORKERS = ("one", "two")


@dataclass(frozen=True)
class Celery:
    cluster: Cluster
    s3: SeaweedServer


@contextmanager
def running_celery(home: Path, processes: FreshProcesses) -> Iterator[Celery]:
    """Start servers, an empty database and a cluster on a home with DAGs; end them afterwards."""
    with ExitStack() as stack:
        postgres = stack.enter_context(closing(PostgresServer.started()))
        redis = stack.enter_context(closing(RedisServer.started(_folder(home, "redis"))))
        s3 = stack.enter_context(closing(started(_folder(home, "s3"))))
        environment = {**_airflow(postgres, redis), **_lake(s3)}
        _migrate({**os.environ, **environment, "AIRFLOW_HOME": str(home)})
        workers = {name: ("celery", "worker", *_options(home, name)) for name in WORKERS}
        cluster = running_cluster(home, processes, environment=environment, more=workers)
        yield Celery(stack.enter_context(cluster), s3)


def _airflow(postgres: PostgresServer, redis: RedisServer) -> dict[str, str]:
    url = postgres.url.replace("+psycopg", "+psycopg2") if AIRFLOW_2 else postgres.url
    return {
        "AIRFLOW__CELERY__BROKER_URL": redis.url,
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{url}",
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CORE__PARALLELISM": "16",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": url,
        # A worker that is gone is noticed soon.
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "10",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "1",
    }


def _lake(s3: SeaweedServer) -> dict[str, str]:
    named = "ORCHESTRA_CACHE_CACHES__LAKE__"
    options = json.dumps(s3.storage_options)
    return {f"{named}URL": f"s3://{s3.bucket}/lake", f"{named}STORAGE_OPTIONS": options}


def _options(home: Path, name: str) -> tuple[str, ...]:
    quiet = ("--skip-serve-logs", "--without-gossip", "--without-mingle")
    own = ("--celery-hostname", f"{name}@%h", "--pid", str(home / f"{name}.pid"))
    return ("--concurrency", "2", *own, *quiet)


def _migrate(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "airflow", "db", "migrate"]
    subprocess.run(command, env=environment, check=True, capture_output=True)


def _folder(home: Path, name: str) -> Path:
    folder = home / name
    folder.mkdir()
    return folder
