"""Real servers and files for the tests of datasets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from tests.conformance.datasets.places import Place
from tests.conformance.datasets.postgres import PostgresServer
from tests.conformance.datasets.site import Site


@pytest.fixture(params=["folder", "memory", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty place, once in a folder, once in memory and once on S3."""
    if request.param == "folder":
        return Place(str(tmp_path / "lake"))
    if request.param == "memory":
        return Place(f"memory://{uuid4().hex}")
    return Place(*request.getfixturevalue("s3"))


@pytest.fixture
def site() -> Iterator[Site]:
    with closing(Site()) as site:
        yield site


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with closing(PostgresServer.started()) as server:
        yield server
