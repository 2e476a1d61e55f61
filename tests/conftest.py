"""What several test folders share: events as a list, a clock that tests set, a real S3 server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from orchestra_cache import Cache
from orchestra_cache.events import Event, subscribe
from orchestra_cache.fingerprints.digest import digest_bytes
from tests.integration.core.redis_server import RedisServer
from tests.integration.core.seaweed import SeaweedServer, started
from tests.integration.core.servers import emulators
from tests.integration.core.servers.emulators import Emulator
from tests.integration.core.servers.proxy import Proxy

ROOT = Path(__file__).parents[1]


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, 0, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        self.now += timedelta(**duration)


def resealed(entry: bytes) -> bytes:
    """An entry whose checksum is right again, as of somebody who meant to change it."""
    first, _, body = entry.partition(b"\n")
    words = first.split(b" ")[:2]
    return b"\n".join((b" ".join((*words, digest_bytes(body).hex.encode())), body))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(tmp_path: Path, clock: Clock) -> Cache:
    return Cache(tmp_path / "cache", clock=clock)


@pytest.fixture
def events() -> Iterator[list[Event]]:
    """Everything that observers are told during the test, in order."""
    seen: list[Event] = []
    unsubscribe = subscribe(seen.append)
    yield seen
    unsubscribe()


@pytest.fixture
def run_python() -> Callable[..., str]:
    """Run a program in a process of its own, and return what it prints."""

    def run(program: str, *arguments: str, **options: Any) -> str:
        found = subprocess.run(
            [sys.executable, "-c", program, *arguments],
            capture_output=True,
            text=True,
            check=False,
            **{"cwd": ROOT, **options},
        )
        assert found.returncode == 0, found.stderr
        return found.stdout.strip()

    return run


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--without-servers", action="store_true", help="skip what needs a store's server"
    )


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> None:
    """Who starts a server asks for this: what servers say does not depend on the Python."""
    if request.config.getoption("--without-servers"):
        pytest.skip("stores on servers are tested on one Python")


@pytest.fixture(scope="session")
def seaweed(servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedServer]:
    with closing(started(tmp_path_factory.mktemp("seaweed"))) as server:
        yield server


@pytest.fixture(scope="session")
def redis_server(servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with closing(RedisServer.started(tmp_path_factory.mktemp("redis"))) as server:
        yield server


@pytest.fixture
def s3(seaweed: SeaweedServer) -> tuple[str, dict[str, Any]]:
    """An empty prefix on the S3 server, and the options to reach it."""
    return f"s3://{seaweed.bucket}/{uuid4().hex}", seaweed.storage_options


@pytest.fixture(scope="session")
def moto(servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with closing(emulators.moto(tmp_path_factory.mktemp("moto"))) as server:
        yield server


@pytest.fixture(scope="session")
def gcs(servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with closing(emulators.gcs(tmp_path_factory.mktemp("gcs"))) as server:
        yield server


@pytest.fixture(scope="session")
def azurite(servers: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with closing(emulators.azurite(tmp_path_factory.mktemp("azurite"))) as server:
        yield server


@pytest.fixture
def proxy(request: pytest.FixtureRequest) -> Iterator[Callable[[int], Proxy]]:
    """Puts a proxy before a port."""
    proxies: list[Proxy] = []

    def before(port: int) -> Proxy:
        proxies.append(Proxy(port))
        return proxies[-1]

    yield before
    for one in proxies:
        one.close()
