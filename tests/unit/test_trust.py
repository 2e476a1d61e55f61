"""A pickle can run code, so it lies only where nobody but trusted parties can write."""

from __future__ import annotations

import os
import pickle
import stat
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from orchestra_cache import Cache, Ref
from orchestra_cache.codecs import PickleCodec
from orchestra_cache.errors import IntegrityError
from orchestra_cache.events import Event, Failed, Hit, Miss, Published, Uncached
from orchestra_cache.fingerprints.digest import digest_bytes
from orchestra_cache.stores.layout import blob_name


@pytest.fixture
def url() -> str:
    return f"memory://{uuid4().hex}"


def objects() -> Any:
    return {1, 2}


def documents() -> Any:
    return {"a": [1, 2]}


def kinds(events: list[Event]) -> list[type]:
    return [type(event) for event in events]


def test_a_remote_store_takes_no_pickle(url: str, events: list[Event]) -> None:
    task = Cache(url).memoize(objects)

    results = [task(), task()]

    assert results == [{1, 2}] * 2
    assert kinds(events) == [Miss, Uncached, Miss, Uncached]
    assert isinstance(events[1], Uncached)
    assert "set can only be kept as a pickle" in events[1].reason
    assert "trusted=True" in events[1].hint


def test_a_remote_store_takes_documents_and_arrays(url: str, events: list[Event]) -> None:
    cache = Cache(url)

    for make in (documents, lambda: np.arange(5), lambda: b"bytes"):
        task = cache.memoize(make)
        task()
        task()

    assert kinds(events) == [Miss, Published, Hit] * 3


def test_a_store_that_is_declared_trusted_takes_pickles(url: str, events: list[Event]) -> None:
    task = Cache(url, trusted=True).memoize(objects)

    results = [task(), task()]

    assert results == [{1, 2}] * 2
    assert kinds(events) == [Miss, Published, Hit]


def test_a_pickle_in_a_store_that_is_not_trusted_is_not_read(url: str, events: list[Event]) -> None:
    Cache(url, trusted=True).memoize(objects)()
    del events[:]

    result = Cache(url).memoize(objects)()

    assert result == {1, 2}
    assert kinds(events) == [Failed, Miss, Uncached]
    assert isinstance(events[0], Failed)
    assert "codec pickle5 can run code" in str(events[0].error)


class Bomb:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.folder / "exploded"),)


def test_a_pickle_somebody_else_put_there_is_never_run(url: str, tmp_path: Path) -> None:
    cache = Cache(url)
    data = b"".join(PickleCodec().encode(Bomb(tmp_path)))
    digest = digest_bytes(data)
    cache.store.put(blob_name("main", digest), [data])
    ref = Ref(cache.store.url, "main", (f"pickle5 {digest}",), f"blake3:{digest.hex}", "Bomb")

    with pytest.raises(IntegrityError, match="can run code"):
        ref.load(cache.store)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="folders have no owner here")
def test_a_folder_that_others_may_write_to_is_not_trusted(
    tmp_path: Path, events: list[Event]
) -> None:
    tmp_path.chmod(0o777)
    cache = Cache(tmp_path)

    cache.memoize(objects)()
    trusted = cache.store.trusted
    tmp_path.chmod(0o755)

    assert not trusted
    assert kinds(events) == [Miss, Uncached]
    assert cache.store.trusted


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="files have no mode here")
def test_what_is_written_is_for_its_owner_alone(cache: Cache) -> None:
    cache.memoize(lambda: np.arange(100_000))()

    paths = [Path(cache.place), *Path(cache.place).rglob("*")]

    modes = {stat.S_IMODE(path.stat().st_mode) for path in paths}
    assert len(paths) > 6
    assert all(mode & 0o077 == 0 for mode in modes)


def test_a_store_may_hold_pickles_of_objects_with_buffers(url: str) -> None:
    task = Cache(url, trusted=True).memoize(lambda: {"a": np.arange(50_000), 1: 2})

    task()
    found = task()

    assert (found["a"] == np.arange(50_000)).all()
    assert pickle.loads(pickle.dumps(found))[1] == 2
