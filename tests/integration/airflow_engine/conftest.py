"""One migrated metadata database for the run; each DAG runs in a process of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestra_cache import Cache
from tests.integration.airflow_engine.cluster import Cluster, running_cluster
from tests.integration.airflow_engine.runs import DAGS, Dags
from tests.integration.fresh_process import FreshProcesses
from tests.integration.marks import MARKS, Marks

ROOT = Path(__file__).parents[3]

_ENVIRONMENT = {
    "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
    "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__XCOM_BACKEND": "orchestra_cache.airflow.xcom.CacheXComBackend",
    "AIRFLOW__DATABASE__CHECK_MIGRATIONS": "False",
    "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
    "AIRFLOW__METRICS__LEGACY_NAMES_ON": "False",
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    "DO_NOT_TRACK": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONPATH": str(ROOT),
}


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of Airflow for every process started from here."""
    folder = tmp_path_factory.mktemp("airflow")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**_ENVIRONMENT, "AIRFLOW_HOME": str(folder)}.items():
            patch.setenv(name, value)
        subprocess.run(
            [sys.executable, "-m", "airflow", "db", "migrate"], check=True, capture_output=True
        )
        shutil.copy(folder / "airflow.db", folder / "migrated.db")
        yield folder


@pytest.fixture(scope="session")
def processes(home: Path) -> FreshProcesses:
    return FreshProcesses("tests.integration.airflow_engine.preloaded")


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """The folder of the cache that the DAGs call `lake`."""
    return tmp_path / "lake"


@pytest.fixture
def cache(lake: Path) -> Cache:
    return Cache(lake)


@pytest.fixture
def marks(tmp_path: Path) -> Marks:
    return Marks(tmp_path / "marks")


@pytest.fixture
def environment(lake: Path, marks: Marks) -> dict[str, str]:
    return {
        "ORCHESTRA_CACHE_CACHES__LAKE__URL": str(lake),
        "ORCHESTRA_CACHE_CACHES__POND__URL": f"{lake}-of-readers",
        "ORCHESTRA_CACHE_CACHES__SHUT__URL": "/dev/null/cache",
        "ORCHESTRA_CACHE_CACHES__STRAIT__URL": str(lake),
        MARKS: str(marks.path),
    }


@pytest.fixture
def dags(home: Path, processes: FreshProcesses, environment: dict[str, str]) -> Dags:
    return Dags(home, processes, environment)


@pytest.fixture(scope="session")
def cluster(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler and a triggerer, with tasks in processes of the scheduler's machine."""
    folder = tmp_path_factory.mktemp("cluster")
    copy_dags(folder)
    shutil.copy(home / "migrated.db", folder / "airflow.db")
    with running_cluster(folder, environment={}) as cluster:
        yield cluster


def copy_dags(folder: Path) -> None:
    """Copy the DAGs that clusters run: all that there are would take long to read."""
    (folder / "dags").mkdir()
    for pattern in ("cluster_*.py", "engine.py", "frames.py", "kinds.py", "marking.py"):
        for path in DAGS.glob(pattern):
            shutil.copy(path, folder / "dags")
