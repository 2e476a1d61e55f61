"""A Prefect server of the run's own, on this machine only."""

from __future__ import annotations

import os
import sqlite3
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.integration.services import Service, end, start

__all__ = ["DATABASE", "answers", "copy_database", "running_server", "started_server"]

# In the home of a server.
DATABASE = "prefect.db"

_DEADLINE_SECONDS = 90

# The oldest Prefect has these also in a server that is to have none.
_SERVICES = ("EVENT_PERSISTER", "TASK_RUN_RECORDER", "TRIGGERS")
_WITHOUT = {f"PREFECT_SERVER_SERVICES_{name}_ENABLED": "false" for name in _SERVICES}


@contextmanager
def running_server(port: int, log: Path, *, services: bool = False) -> Iterator[None]:
    """Start a server with the settings of this process, wait for it, and end it afterwards.

    Args:
        services: It also does what is done in the background, such as storing events.
    """
    server = started_server(port, log, services=services)
    try:
        yield
    finally:
        end(server)


def started_server(port: int, log: Path, *, services: bool = False) -> Service:
    """A server that answers; who started it ends it."""
    command = [sys.executable, "-m", "prefect", "server", "start", "--no-ui"]
    if not services:
        command.append("--no-services")
    server = start(
        [*command, "--host", "127.0.0.1", "--port", str(port)],
        output=log,
        environment={**os.environ, **({} if services else _WITHOUT)},
    )
    try:
        _wait_for(server, f"http://127.0.0.1:{port}/api/health", log)
    except BaseException:
        end(server)
        raise
    return server


def copy_database(home: Path, other: Path) -> None:
    """Let a server begin with what another one has: making the tables takes seconds."""
    with (
        closing(sqlite3.connect(home / DATABASE)) as whole,
        closing(sqlite3.connect(other / DATABASE)) as copied,
    ):
        whole.backup(copied)


def _wait_for(server: Service, url: str, log: Path) -> None:
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while not answers(url):
        alive = server.poll() is None and time.monotonic() < deadline
        assert alive, f"Prefect's server did not start:\n{log.read_text()}"
        time.sleep(0.1)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:
        return False
