"""Servers that a test run starts on this machine and ends itself."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

__all__ = ["Service", "end", "free_port", "start"]

Service = subprocess.Popen[bytes]

_PATIENCE_SECONDS = 20


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def start(
    command: Sequence[str], *, output: Path, environment: Mapping[str, str] | None = None
) -> Service:
    """Start a command as the leader of a group with all processes that it starts."""
    with output.open("wb") as file:
        return subprocess.Popen(
            command, env=environment, stdout=file, stderr=subprocess.STDOUT, start_new_session=True
        )


def end(service: Service) -> None:
    """End a service with its group; what does not end by itself is killed."""
    with suppress(ProcessLookupError):
        os.killpg(service.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        service.wait(_PATIENCE_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(service.pid, signal.SIGKILL)
    service.wait()
