"""Every store keeps to the contract of the port."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import pytest

from orchestra_cache.stores import LocalStore, MemoryStore, Store
from orchestra_cache.stores.remote import RemoteStore
from orchestra_cache.testing import StoreTests
from tests.integration.core.seaweed import SeaweedServer


class TestMemoryStore(StoreTests):
    @pytest.fixture
    def store(self) -> Store:
        return MemoryStore()


class TestLocalStore(StoreTests):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        return LocalStore(tmp_path / "not" / "yet" / "there")

    @pytest.fixture
    def again(self, tmp_path: Path) -> Callable[[], Store]:
        return lambda: LocalStore(tmp_path / "not" / "yet" / "there")

    @pytest.fixture
    def broken(self, tmp_path: Path) -> Store:
        (tmp_path / "file").write_text("no folder")
        return LocalStore(tmp_path / "file")


class TestRemoteStoreInMemory(StoreTests):
    @pytest.fixture
    def again(self) -> Callable[[], Store]:
        url = f"memory://{uuid4().hex}"
        return lambda: RemoteStore(url)

    @pytest.fixture
    def store(self, again: Callable[[], Store]) -> Store:
        return again()


class TestRemoteStoreOnAnyFileSystem(StoreTests):
    # Between processes the last writer stays, and a reader may meet half an object.
    whole = False

    @pytest.fixture
    def again(self, tmp_path: Path) -> Callable[[], Store]:
        options = {"path": str(tmp_path / "lake"), "target_protocol": "file"}
        options["target_options"] = {"auto_mkdir": True}
        return lambda: RemoteStore("dir://lake", options=options)

    @pytest.fixture
    def store(self, again: Callable[[], Store]) -> Store:
        return again()

    def test_it_says_that_two_may_write_at_once(self, store: Store) -> None:
        assert not store.atomic


# The library of fsspec does the work where an option is none that obstore knows.
LIBRARY = {"asynchronous": False}


class OnAServer(StoreTests):
    """Inherited once per transport, so that each is a class of its own in the report."""

    options: ClassVar[dict[str, Any]]
    transport: ClassVar[tuple[str, ...]]

    @pytest.fixture(params=["seaweed", "moto", "azurite"])
    def server(self, request: pytest.FixtureRequest) -> Any:
        return request.getfixturevalue(request.param)

    @pytest.fixture
    def again(self, server: Any) -> Callable[[], Store]:
        url = f"{server.scheme}://{server.bucket}/{uuid4().hex}"
        return lambda: RemoteStore(url, options={**server.storage_options, **self.options})

    @pytest.fixture
    def store(self, again: Callable[[], Store]) -> Store:
        return again()

    @pytest.fixture
    def broken(self, server: Any) -> Store:
        options = {**server.storage_options, **self.options}
        if isinstance(server, SeaweedServer):
            # This one makes a bucket that is not there.
            return RemoteStore(f"s3://{server.bucket}/x", options={**options, "secret": "wrong"})
        return RemoteStore(f"{server.scheme}://nowhere-{uuid4().hex}/x", options=options)

    def test_a_version_is_deleted_only_while_it_is_there(self, store: RemoteStore) -> None:  # type: ignore[override]
        if store.url.startswith("gs:"):
            pytest.skip("this server deletes whatever the condition; see test_round_trips")
        super().test_a_version_is_deleted_only_while_it_is_there(store)

    def test_the_transport_is_the_one_that_is_meant(self, store: RemoteStore) -> None:
        assert type(store._transport()).__name__.startswith(self.transport)


class TestOnServersByTheirLibraries(OnAServer):
    options: ClassVar[dict[str, Any]] = LIBRARY
    transport: ClassVar[tuple[str, ...]] = ("S3", "Gcs", "Azure")

    @pytest.fixture(params=["seaweed", "moto", "gcs", "azurite"])
    def server(self, request: pytest.FixtureRequest) -> Any:
        return request.getfixturevalue(request.param)


@pytest.mark.skipif(find_spec("obstore") is None, reason="obstore is not installed")
class TestOnServersByObstore(OnAServer):
    options: ClassVar[dict[str, Any]] = {}
    transport: ClassVar[tuple[str, ...]] = ("Fast",)
