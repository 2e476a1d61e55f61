"""Servers of Prefect with each database that it can have, one of which is killed."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.conformance.datasets.postgres import PostgresServer
from tests.integration.marks import Marks
from tests.integration.prefect_engine.deployed import waited_for
from tests.integration.prefect_engine.runs import Flows
from tests.integration.prefect_engine.server import started_server
from tests.integration.services import Service, end, free_port


@dataclass
class Server:
    """A server at one address, which may be another process after a while."""

    port: int
    log: Path
    process: Service

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.port}/api"

    def kill_and_start(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = started_server(self.port, self.log)


@pytest.fixture(scope="module")
def database() -> Iterator[PostgresServer]:
    server = PostgresServer.started(programs())
    try:
        yield server
    finally:
        server.close()


def programs() -> Path:
    """Those of a PostgreSQL with the extension that Prefect asks for: few wheels have it."""
    program = shutil.which("initdb")
    if program is None:
        pytest.skip("PostgreSQL is not installed here")
    return Path(program).resolve().parent


@pytest.fixture(scope="module")
def server(
    request: pytest.FixtureRequest, api: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server with the database that the test names; Prefect makes one of SQLite by itself."""
    home, port = tmp_path_factory.mktemp("database"), free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(home))
        if request.param == "PostgreSQL":
            url = request.getfixturevalue("database").url.replace("psycopg", "asyncpg")
            patch.setenv("PREFECT_SERVER_DATABASE_CONNECTION_URL", url)
        log = home / "server.log"
        server = Server(port, log, started_server(port, log))
        try:
            yield server
        finally:
            end(server.process)


@pytest.fixture
def flows_there(flows: Flows, server: Server) -> Flows:
    settings = {**flows.settings, "PREFECT_API_URL": server.api}
    return replace(flows, api=server.api, settings=settings)


@pytest.mark.parametrize("server", ["PostgreSQL"], indirect=True)
def test_the_second_run_is_cached_and_its_log_is_kept(flows_there: Flows):
    first = flows_there.run("orders.called", 3)
    second = flows_there.run("orders.called", 3)

    assert first.states == ["Completed"]
    assert second.states == ["Cached"]
    assert "total: hit" in second.text


@pytest.mark.parametrize("server", ["PostgreSQL", "SQLite"], indirect=True)
def test_a_server_killed_while_a_task_runs_costs_neither_the_run_nor_its_result(
    flows_there: Flows, server: Server, marks: Marks
):
    with ThreadPoolExecutor() as threads:
        run = threads.submit(flows_there.run, "waiting.called")
        waited_for(lambda: marks.of("waiting") or None)
        server.kill_and_start()
        marks.path.with_name("gone on").touch()
        first = run.result()
    second = flows_there.run("waiting.called")

    assert first.value == [("Completed", "made")]
    assert second.value == [("Cached", "made")]
    assert marks.of("waiting") == [[]]
