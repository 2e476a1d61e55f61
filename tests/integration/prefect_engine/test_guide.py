"""The page on an existing deployment is followed as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId

from tests.integration.prefect_engine.deployed import kill
from tests.integration.prefect_engine.page import Block, blocks, edited, shows
from tests.integration.services import start

PAGE = Path(__file__).parents[3] / "docs/guides/existing-prefect-deployment.md"
UUIDS = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@dataclass
class Reader:
    """Does what a page says, in a folder of its own."""

    folder: Path
    environment: dict[str, str]
    services: ExitStack
    printed: dict[str, str] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)

    def follow(self, block: Block) -> None:
        if block.word == "install":
            self.skipped.append(block.text)
        elif block.word == "background":
            self._leave_running(block.text)
        elif block.language == "bash":
            self.printed[block.word] = self._run(block.text)
        elif block.language == "diff":
            path = self.folder / str(block.file)
            path.write_text(edited(path.read_text(), block.text))
        elif block.file:
            (self.folder / block.file).write_text(block.text)

    def _run(self, command: str) -> str:
        finished = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=90,
        )
        assert finished.returncode == 0, f"{command}\n{finished.stdout}"
        return finished.stdout

    def _leave_running(self, command: str) -> None:
        log = self.folder.with_name("background.log")
        service = start(
            ["bash", "-c", f"cd {self.folder} && {command}"],
            output=log,
            environment=self.environment,
        )
        self.services.callback(kill, service)


@pytest.fixture
def reader(api: str, tmp_path: Path) -> Iterator[Reader]:
    folder = tmp_path / "repository"
    folder.mkdir()
    person = {"NAME": "Somebody", "EMAIL": "somebody@example.com"}
    environment = {
        **os.environ,
        **{f"GIT_{who}_{what}": person[what] for who in ("AUTHOR", "COMMITTER") for what in person},
        "GIT_CONFIG_GLOBAL": os.devnull,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PREFECT_WORKER_QUERY_SECONDS": "0.5",
    }
    with ExitStack() as services:
        yield Reader(folder, environment, services)


@pytest.mark.timeout(300)
def test_who_follows_the_page_gets_a_cached_run_and_the_files_back_as_they_were(
    api: str, reader: Reader, tmp_path: Path
):
    page = list(blocks(PAGE, my_team=tmp_path / "bucket"))

    for block in page:
        reader.follow(block)

    assert reader.skipped == ['pip install "orchestra-cache[prefect,s3]"\n']
    seen = {word: logged(api, reader.printed[word]) for word in ("first", "second", "off")}
    told = [
        (block.word, line) for block in page if block.language == "text" for line in lines(block)
    ]
    assert [(word, line) for word, line in told if not shows(seen[word], line)] == []
    assert len(told) == 5
    assert "total: " not in seen["off"]
    originals = {block.file: block.text for block in page if block.language in {"python", "yaml"}}
    assert {file: (reader.folder / str(file)).read_text() for file in originals} == originals


def lines(block: Block) -> list[str]:
    return block.text.splitlines()


def logged(api: str, printed: str) -> str:
    """What Prefect shows of the flow run that a command has watched."""
    run = re.findall(UUIDS, printed)[0]
    only = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[UUID(run)]))
    with SyncPrefectClient(api) as client:
        return "\n".join(line.message for line in client.read_logs(only))
