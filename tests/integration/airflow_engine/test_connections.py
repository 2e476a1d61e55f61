"""A cache in Airflow is found by a connection, by the configuration, and signs with its keys."""

from __future__ import annotations

import json
import os
import shlex
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from orchestra_cache import Cache
from orchestra_cache.airflow.connections import is_connected
from orchestra_cache.airflow.provider import get_provider_info
from orchestra_cache.keys import new_hmac_key
from tests.integration.airflow_engine.placing import meant, write_provider
from tests.integration.airflow_engine.runs import DAGS, Dags
from tests.integration.core.seaweed import KEY, SECRET, SeaweedServer
from tests.integration.fresh_process import FreshProcesses
from tests.integration.marks import MARKS, Marks

OPTION = "AIRFLOW__ORCHESTRA_CACHE__"


@pytest.mark.parametrize(
    "cache, connected",
    [
        ("s3://aws_default@bucket/prefix", True),
        ("file://files@/lake", True),
        ("s3://bucket/prefix", False),
        ("sftp://user:word@host/lake", False),
        ("s3://bucket/pre@fix", False),
        ("s3://aws_default@bucket.with.dots/prefix", True),
        ("abfss://lake@shop.dfs.core.windows.net/prefix", False),
        ("ABFS://lake@shop.dfs.core.chinacloudapi.cn/prefix", False),
        ("az://lake@shop.blob.core.windows.net", False),
        ("wasbs://lake@shop.blob.core.windows.net/prefix", False),
        ("abfss://team@onelake.dfs.fabric.microsoft.com/lake", False),
        ("abfss://azure_default@lake/pre.fix", True),
        ("abfs://azure_default@lake", True),
        ("oci://lake@namespace/prefix", False),
        ("lake", False),
        (Path("/lake"), False),
        (None, False),
    ],
)
def test_a_name_before_the_host_is_a_connection(cache: object, connected: bool):
    assert is_connected(cache) == connected


def test_a_container_of_an_account_is_opened_as_a_place_of_its_own(processes: FreshProcesses):
    (told,) = asked(processes, "abfss://lake@shop.dfs.core.windows.net/prefix")

    # No connection is asked for: what is missing is the library.
    assert "adlfs" in str(told)


@pytest.fixture
def key() -> str:
    return new_hmac_key()


def asked(processes: FreshProcesses, *caches: Any, **environment: str) -> list[Any]:
    found: list[Any] = processes.call(meant, *caches, environment=environment)
    return found


def test_the_argument_wins_then_airflow_then_the_settings_of_the_core(processes: FreshProcesses):
    core = {"ORCHESTRA_CACHE_DEFAULT": "/of/core", "ORCHESTRA_CACHE_CACHES__LAKE__URL": "/of/lake"}
    airflow = {f"{OPTION}CACHE": "/of/airflow"}
    by_name = {f"{OPTION}CACHE": "lake"}

    assert asked(processes, None, "/own", **core, **airflow) == [
        ("/of/airflow", False),
        ("/own", False),
    ]
    assert asked(processes, None, **core, **by_name) == [("/of/lake", False)]
    assert asked(processes, None, **core) == [("/of/core", False)]


def test_a_connection_to_this_machine_is_a_folder(processes: FreshProcesses, tmp_path: Path):
    assert asked(processes, f"file://files@{tmp_path}") == [(f"file://{tmp_path}", False)]


def test_a_connection_that_leads_nowhere_is_told_without_what_it_holds(processes: FreshProcesses):
    (told,) = asked(processes, "s3://no_such_one@bucket/lake")

    assert "the connection of s3://no_such_one@bucket/lake leads to no file system" in told


def test_keys_come_from_a_command_or_a_secrets_backend(
    processes: FreshProcesses, tmp_path: Path, key: str
):
    (tmp_path / "key").write_text(key)
    command = {f"{OPTION}KEYS_CMD": shlex.join(["cat", str(tmp_path / "key")])}
    vault = {
        f"{OPTION}KEYS_SECRET": "shop/keys",
        "AIRFLOW__SECRETS__BACKEND": "tests.integration.airflow_engine.placing.Vault",
        "AIRFLOW__SECRETS__BACKEND_KWARGS": json.dumps({"keys": key}),
    }

    for given in ({f"{OPTION}KEYS": key}, command, vault):
        found = asked(
            processes,
            *("/lake", f"file://files@{tmp_path}", "lake"),
            **{**given, "ORCHESTRA_CACHE_CACHES__LAKE__URL": "/of/lake"},
        )
        assert [signed for _, signed in found] == [True, True, False]


def test_without_the_keys_that_are_configured_there_is_no_cache(processes: FreshProcesses):
    nothing = {f"{OPTION}KEYS_CMD": "true"}
    broken = {f"{OPTION}KEYS": "hmac:no key at all"}

    (told,) = asked(processes, "/lake", **nothing)
    (wrong,) = asked(processes, "/lake", **broken)

    assert "the keys of [orchestra_cache] cannot be read" in told
    assert "no key at all" not in wrong
    assert wrong


def test_airflow_knows_the_options_and_which_of_them_are_secret(processes: FreshProcesses):
    (section,) = get_provider_info()["config"].values()  # type: ignore[attr-defined]

    assert {name for name, option in section["options"].items() if option["sensitive"]} == {"keys"}
    assert {"cache", "on_clear", "xcom_cache", "xcom_threshold"} < set(section["options"])


def with_connection(provider: Path, port: int, place: str) -> dict[str, str]:
    """The environment of a process that has a provider for S3, and a connection to a server."""
    connection = {
        "conn_type": "aws",
        "login": KEY,
        "password": SECRET,
        "extra": {"endpoint_url": f"http://127.0.0.1:{port}"},
    }
    return {
        "AIRFLOW_CONN_LAKE_S3": json.dumps(connection),
        "CONNECTED": place.replace("://", "://lake_s3@"),
        "PYTHONPATH": os.pathsep.join([os.environ["PYTHONPATH"], str(DAGS), str(provider)]),
    }


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_provider(tmp_path_factory.mktemp("installed"))


def test_a_connection_leads_to_a_cache_on_s3_and_is_never_shown(
    dags: Dags, marks: Marks, provider: Path, seaweed: SeaweedServer
):
    place = f"s3://{seaweed.bucket}/{uuid4().hex}"
    known = with_connection(provider, seaweed.port, place)

    first, second = [
        dags.command("dags", "test", "by_connection", "2026-01-01", **known) for _ in range(2)
    ]

    assert "connected: miss: no entry" in first
    assert "connected: hit " in second
    assert marks.of("connected") == [[1]]
    of_core = Cache(place, storage_options=seaweed.storage_options)
    assert len(list(of_core.store.iter("main/entries-v1/connected/"))) == 1
    with closing(sqlite3.connect(dags.home / "airflow.db")) as database:
        rows = database.execute("SELECT value FROM xcom WHERE dag_id = 'by_connection'").fetchall()
    said = f"{first}{second}{rows}"
    assert [word for word in ("127.0.0.1", SECRET) if word in said] == []


def test_a_server_that_is_away_is_told_without_where_it_is(home: Path, provider: Path):
    place = "s3://tests/away"
    program = (
        "import os, logging; logging.basicConfig(level=logging.INFO, force=True)\n"
        "from orchestra_cache.airflow.connections import airflow_cache\n"
        "from connected import tripled\n"
        "print(airflow_cache(os.environ['CONNECTED']).memoize(tripled)(1))"
    )
    environment = {**os.environ, **with_connection(provider, 1, place), MARKS: os.devnull}

    told = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )

    said = told.stdout + told.stderr
    assert told.stdout.splitlines()[-1] == "[1, 1, 1]"
    assert f"cannot read the cache at {place}: " in said
    assert [word for word in ("127.0.0.1", SECRET) if word in said] == []
