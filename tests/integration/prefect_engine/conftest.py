"""One Prefect server for the run; each flow runs in a process of its own against it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orchestra_cache import Cache
from tests.integration.fresh_process import FreshProcesses
from tests.integration.marks import MARKS, Marks
from tests.integration.prefect_engine.deployed import POOL, kill, waited_for
from tests.integration.prefect_engine.recorded import Recording
from tests.integration.prefect_engine.runs import LAKE, Flows
from tests.integration.prefect_engine.saved_blocks import Saved
from tests.integration.prefect_engine.server import answers, copy_database, running_server
from tests.integration.services import free_port, start

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prefect")


@pytest.fixture(scope="session")
def api(home: Path) -> Iterator[str]:
    """Address of the server, which every process started from here uses; it stores no events."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/api"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(home))
        patch.setenv("PREFECT_API_URL", url)
        patch.setenv("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
        patch.setenv("DO_NOT_TRACK", "1")
        # There is no TLS on the way, and reading certificates takes longer than a request does.
        patch.setenv("PREFECT_API_TLS_INSECURE_SKIP_VERIFY", "true")
        patch.setenv("PYTHONPATH", str(ROOT))
        # Two edits of a file within one second would otherwise share its compiled form.
        patch.setenv("PYTHONDONTWRITEBYTECODE", "1")
        with running_server(port, home / "server.log"):
            yield url


@pytest.fixture(scope="session")
def processes(api: str) -> FreshProcesses:
    return FreshProcesses("tests.integration.prefect_engine.preloaded")


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """The folder of the cache that the flows call `lake`."""
    return tmp_path / "lake"


@pytest.fixture
def cache(lake: Path) -> Cache:
    return Cache(lake)


@pytest.fixture
def marks(tmp_path: Path) -> Marks:
    return Marks(tmp_path / "marks")


@pytest.fixture(scope="session")
def flows_in(api: str, processes: FreshProcesses) -> Callable[[Path], Flows]:
    """Flows that have everything of theirs in a folder: a cache called `lake`, and `marks`."""

    def made(folder: Path) -> Flows:
        lake, marks = str(folder / "lake"), str(folder / "marks")
        environment = {LAKE: lake, MARKS: marks}
        settings = {"PREFECT_LOCAL_STORAGE_PATH": folder / "storage"}
        return Flows(api, processes, environment, settings)

    return made


@pytest.fixture(scope="session")
def new_flows(
    flows_in: Callable[[Path], Flows], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Flows]:
    """Flows in a folder of their own, for several tests that each look at something of them."""
    return lambda: flows_in(tmp_path_factory.mktemp("flows"))


@pytest.fixture
def flows(flows_in: Callable[[Path], Flows], tmp_path: Path) -> Flows:
    return flows_in(tmp_path)


@pytest.fixture
def on_s3(flows: Flows, s3: tuple[str, dict[str, Any]]) -> Flows:
    """Flows whose tasks wait for each other on S3, where holders are soon taken for dead."""
    url, options = s3
    terms = json.dumps({"url": url, "options": options, "expiry": 2.0})
    return replace(flows, environment={**flows.environment, "PLACE": terms})


@pytest.fixture
def places(request: pytest.FixtureRequest) -> Flows:
    """The flows of a fixture that a parameter names."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


@pytest.fixture(scope="session")
def storing_api(api: str, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a second server, which stores events at once."""
    own, port = tmp_path_factory.mktemp("storing"), free_port()
    copy_database(home, own)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(own))
        patch.setenv("PREFECT_SERVER_SERVICES_EVENT_PERSISTER_FLUSH_INTERVAL", "0.05")
        with running_server(port, own / "server.log", services=True):
            yield f"http://127.0.0.1:{port}/api"


@pytest.fixture
def recording(storing_api: str, flows: Flows) -> Recording:
    return Recording(storing_api, flows.processes, flows.environment, flows.settings)


@pytest.fixture
def saved(api: str, lake: Path) -> Saved:
    """Saves blocks on the server, of the lake unless they have another place."""
    return Saved(api, lake)


@pytest.fixture(scope="session")
def worker(api: str, home: Path) -> Iterator[None]:
    """A worker that starts a process for each flow run."""
    command = [sys.executable, "-m", "prefect", "worker", "start", "--type", "process"]
    service = start(
        [*command, "--pool", POOL],
        output=home / "worker.log",
        environment={**os.environ, "PREFECT_WORKER_QUERY_SECONDS": "0.5"},
    )
    try:
        # It makes the pool as well.
        waited_for(lambda: answers(f"{api}/work_pools/{POOL}") or None)
        yield
    finally:
        kill(service)
