"""Every store keeps to the contract of the port."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from orchestra_cache.stores import LocalStore, MemoryStore, Store, open_store
from orchestra_cache.stores.remote import RemoteStore
from orchestra_cache.testing import StoreTests


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
    def store(self) -> Store:
        return RemoteStore(f"memory://{uuid4().hex}")


class TestRemoteStoreInAFolder(StoreTests):
    # fsspec's local file system writes in place: for folders there is LocalStore.
    whole = False

    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        return RemoteStore(f"local://{tmp_path / 'lake'}", options={"auto_mkdir": True})


class TestRemoteStoreOnS3(StoreTests):
    @pytest.fixture
    def store(self, s3: tuple[str, dict[str, Any]]) -> Store:
        url, options = s3
        return open_store(url, options=options)

    @pytest.fixture
    def again(self, s3: tuple[str, dict[str, Any]]) -> Callable[[], Store]:
        url, options = s3
        return lambda: RemoteStore(url, options=options)

    @pytest.fixture
    def broken(self, s3: tuple[str, dict[str, Any]]) -> Store:
        _, options = s3
        wrong = {**options, "secret": "wrong"}
        return RemoteStore("s3://tests/x", options=wrong)
