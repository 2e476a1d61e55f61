"""Copies near by are used, bounded, checked, and given up when the entry they are of is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from orchestra_cache import Cache
from orchestra_cache.errors import StoreError
from orchestra_cache.events import Event, Failed, Hit, Miss, Published
from orchestra_cache.stores import MemoryStore
from orchestra_cache.stores.near import NearFolder
from orchestra_cache.stores.origins import origin_of
from orchestra_cache.stores.tiered import TieredStore
from orchestra_cache.testing import StoreTests

BLOB, ENTRY = "main/blobs-v1/ab/abcd", "main/entries-v1/task/1234"
LIMIT = 1 << 20


class Far(MemoryStore):
    """A store that remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.url = "s3://lake/cache"
        self.asked: list[str] = []

    def get(self, name: str) -> Any:
        self.asked.append(name)
        return super().get(name)


class Clock:
    """The file system's time, some seconds later."""

    later = 0.0

    def __call__(self) -> float:
        return _now() + self.later


def _now() -> float:
    import time

    return time.time()


@pytest.fixture
def far() -> Far:
    return Far()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def near(tmp_path: Path, far: Far, clock: Clock) -> NearFolder:
    return NearFolder(tmp_path / "near", origin=far.url, limit=LIMIT, clock=clock)


@pytest.fixture
def failures() -> list[StoreError]:
    return []


@pytest.fixture
def store(near: NearFolder, far: Far, failures: list[StoreError]) -> TieredStore:
    return TieredStore(near, far, report=failures.append)


@pytest.fixture(autouse=True)
def no_failures(failures: list[StoreError], request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    assert bool(failures) == ("fails" in request.node.name)


def content(store: TieredStore | Far, name: str) -> bytes | None:
    found = store.get(name)
    return None if found is None else bytes(found.data)


def copies(tmp_path: Path) -> list[Path]:
    return [
        path for path in (tmp_path / "near").rglob("*") if path.is_file() and path.name[0] != "."
    ]


class TestTieredStore(StoreTests):
    @pytest.fixture
    def store(self, near: NearFolder, far: Far) -> TieredStore:
        return TieredStore(near, far)


@pytest.mark.parametrize("name", [BLOB, ENTRY])
def test_what_was_read_once_is_read_near_by(name: str, store: TieredStore, far: Far) -> None:
    far.put(name, [b"content"])

    read = [content(store, name), content(store, name)]

    assert read == [b"content"] * 2
    assert far.asked == [name]


def test_what_was_written_is_read_near_by(store: TieredStore, far: Far) -> None:
    store.put(BLOB, [b"blob"])
    store.exchange(ENTRY, b"entry", version=None)

    read = [content(store, BLOB), content(store, ENTRY)]

    assert read == [b"blob", b"entry"]
    assert far.asked == []
    assert [content(far, BLOB), content(far, ENTRY)] == read


def test_what_is_neither_blob_nor_entry_is_not_copied(store: TieredStore, far: Far) -> None:
    store.exchange("main/leases-v1/1234", b"mine", version=None)

    content(store, "main/leases-v1/1234")

    assert far.asked == ["main/leases-v1/1234"]


def test_a_copy_of_an_entry_has_the_version_of_the_entry(store: TieredStore, far: Far) -> None:
    first = store.exchange(ENTRY, b"first", version=None)

    copy = store.get(ENTRY)

    assert copy is not None
    assert copy.version == first
    assert store.exchange(ENTRY, b"second", version=copy.version)
    assert content(far, ENTRY) == b"second"


def test_an_entry_deleted_elsewhere_is_gone_after_ten_minutes(
    store: TieredStore, far: Far, clock: Clock
) -> None:
    store.exchange(ENTRY, b"entry", version=None)
    far.delete(ENTRY)

    clock.later = 9 * 60
    before = content(store, ENTRY)
    clock.later = 11 * 60
    after = content(store, ENTRY)
    clock.later = 0

    assert (before, after) == (b"entry", None)
    assert content(store, ENTRY) is None


def test_an_entry_replaced_elsewhere_is_fetched_after_a_time_of_ones_own(
    near: NearFolder, far: Far, clock: Clock
) -> None:
    store = TieredStore(near, far, recheck=timedelta(seconds=30))
    first = store.exchange(ENTRY, b"first", version=None)
    far.exchange(ENTRY, b"second", version=first)

    clock.later = 31

    assert content(store, ENTRY) == b"second"


def test_a_copy_from_the_future_is_not_used(store: TieredStore, far: Far, clock: Clock) -> None:
    store.exchange(ENTRY, b"entry", version=None)
    far.delete(ENTRY)

    clock.later = -60

    assert content(store, ENTRY) is None


def test_a_blob_is_never_fetched_again(store: TieredStore, far: Far, clock: Clock) -> None:
    store.put(BLOB, [b"blob"])

    clock.later = 365 * 24 * 3600

    assert content(store, BLOB) == b"blob"
    assert far.asked == []


def test_a_damaged_copy_of_an_entry_is_fetched_again(
    store: TieredStore, far: Far, tmp_path: Path
) -> None:
    store.exchange(ENTRY, b"entry", version=None)
    (copy,) = copies(tmp_path)
    whole = copy.read_bytes()

    for damage in (whole[:-1], b"", whole[:-1] + b"x", whole.replace(b"copy/1", b"copy/2")):
        copy.write_bytes(damage)
        assert content(store, ENTRY) == b"entry"
        assert copy.read_bytes() == whole

    assert len(far.asked) == 4


def test_a_copy_of_a_blob_is_deleted_alone(store: TieredStore, far: Far) -> None:
    store.put(BLOB, [b"blob"])
    copy = store.get(BLOB)
    assert copy is not None

    store.delete(BLOB, version=copy.version)

    assert content(far, BLOB) == b"blob"
    assert far.asked == [BLOB]
    assert content(store, BLOB) == b"blob"
    assert far.asked == [BLOB, BLOB]


def test_what_is_deleted_is_deleted_near_and_far(store: TieredStore, far: Far) -> None:
    store.put(BLOB, [b"blob"])

    store.delete(BLOB)

    assert content(store, BLOB) is None


def test_who_comes_second_does_not_keep_its_own(store: TieredStore, far: Far) -> None:
    far.exchange(ENTRY, b"theirs", version=None)

    wrote = store.exchange(ENTRY, b"ours", version=None)

    assert wrote is None
    assert content(store, ENTRY) == b"theirs"


def test_the_folder_never_holds_more_than_it_may(store: TieredStore, tmp_path: Path) -> None:
    for number in range(50):
        store.put(f"main/blobs-v1/ab/{number}", [bytes(LIMIT // 10)])

        held = sum(path.stat().st_size for path in copies(tmp_path))
        assert held <= LIMIT

    assert held > LIMIT // 2


def test_what_was_used_least_recently_goes_first(store: TieredStore, tmp_path: Path) -> None:
    names = [f"main/blobs-v1/ab/{number}" for number in range(9)]
    for number, name in enumerate(names):
        store.put(name, [bytes(LIMIT // 10)])
        (path,) = [one for one in copies(tmp_path) if one.name == str(number)]
        # The first was used last.
        os.utime(path, (_now() - (100 if number else 0), _now() - 1000 + number))

    for number in (9, 10):
        store.put(f"main/blobs-v1/ab/{number}", [bytes(LIMIT // 10)])

    left = {path.name for path in copies(tmp_path)}
    assert {"0", "9", "10"} <= left
    assert "1" not in left


def test_what_is_larger_than_the_folder_may_be_is_not_copied(
    store: TieredStore, far: Far, tmp_path: Path
) -> None:
    store.put(BLOB, [bytes(LIMIT + 1)])

    assert copies(tmp_path) == []
    assert len(content(store, BLOB) or b"") == LIMIT + 1


def test_what_others_count_wrong_is_counted_anew(store: TieredStore, tmp_path: Path) -> None:
    store.put(BLOB, [b"blob"])
    (tmp_path / "near" / "near-v1" / ".occupied").write_text("garbage")

    store.put("main/blobs-v1/ab/2", [bytes(LIMIT // 2)])

    assert int((tmp_path / "near" / "near-v1" / ".occupied").read_text()) == LIMIT // 2 + 4


def test_what_a_killed_writer_left_goes_when_room_is_made(
    store: TieredStore, near: NearFolder, clock: Clock, tmp_path: Path
) -> None:
    store.put(BLOB, [b"blob"])
    (folder,) = [path.parent for path in copies(tmp_path)]
    left = folder / ".writing-1-abc"
    left.write_bytes(b"half")

    clock.later = 7200
    for number in range(12):
        store.put(f"main/blobs-v1/ab/{number}", [bytes(LIMIT // 10)])

    assert not left.exists()


def test_stores_do_not_see_each_others_copies(tmp_path: Path) -> None:
    stores = []
    for bucket in ("a", "b"):
        far = Far()
        far.url = f"s3://{bucket}"
        far.put(ENTRY, [bucket.encode()])
        near = NearFolder(tmp_path / "near", origin=far.url, limit=LIMIT)
        stores.append(TieredStore(near, far))

    assert [content(store, ENTRY) for store in stores] == [b"a", b"b"]
    assert [content(store, ENTRY) for store in stores] == [b"a", b"b"]


def test_a_folder_that_fails_is_reported_once_and_not_used(
    far: Far, tmp_path: Path, failures: list[StoreError]
) -> None:
    (tmp_path / "file").write_text("no folder")
    near = NearFolder(tmp_path / "file", origin=far.url, limit=LIMIT)
    store = TieredStore(near, far, report=failures.append)
    far.put(ENTRY, [b"entry"])

    read = [content(store, ENTRY) for _ in range(3)]

    assert read == [b"entry"] * 3
    assert far.asked == [ENTRY] * 3
    assert len(failures) == 1


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="folders have no owner here")
def test_a_folder_that_others_may_write_to_fails(
    near: NearFolder, store: TieredStore, far: Far, tmp_path: Path, failures: list[StoreError]
) -> None:
    (tmp_path / "near").mkdir()
    (tmp_path / "near").chmod(0o777)
    far.put(ENTRY, [b"entry"])

    read = [content(store, ENTRY) for _ in range(2)]

    assert read == [b"entry"] * 2
    assert far.asked == [ENTRY] * 2
    assert "not this user's alone" in str(failures[0])


def test_a_damaged_copy_of_a_blob_is_no_miss(tmp_path: Path) -> None:
    url = f"memory://{uuid4().hex}"
    cache = Cache(url, near=tmp_path / "near")
    task = cache.memoize(lambda: np.arange(100_000))
    task()
    (copy,) = [path for path in copies(tmp_path) if "blobs-v1" in str(path)]
    whole = copy.read_bytes()
    copy.write_bytes(whole[:-1] + b"x")

    found = task.lookup()

    assert isinstance(found, Hit)
    assert (found.value == np.arange(100_000)).all()
    assert copy.read_bytes() == whole


def test_a_near_folder_without_a_home_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, events: list[Event]
) -> None:
    monkeypatch.chdir(tmp_path)
    task = Cache(f"memory://{uuid4().hex}", near="~nobody-of-this-name/near").memoize(lambda: [1])

    results = [task(), task()]

    assert results == [[1], [1]]
    assert [type(event) for event in events] == [Failed, Miss, Published, Hit]
    assert "no home folder" in str(getattr(events[0], "error", ""))
    assert list(tmp_path.iterdir()) == []


def test_what_else_lies_in_the_folder_is_neither_counted_nor_deleted(tmp_path: Path) -> None:
    (tmp_path / "near").mkdir(mode=0o700)
    own = tmp_path / "near" / "thesis.tex"
    own.write_bytes(bytes(LIMIT))
    os.utime(own, (0, 0))
    far = Far()
    store = TieredStore(NearFolder(tmp_path / "near", origin="a", limit=LIMIT), far)

    for number in range(20):
        store.put(f"main/blobs-v1/ab/{number}", [bytes(LIMIT // 10)])

    assert own.stat().st_size == LIMIT
    assert len(copies(tmp_path)) > 5


def test_another_endpoint_under_one_url_is_another_place(tmp_path: Path) -> None:
    places = [
        origin_of("s3://lake", {"endpoint_url": "http://staging"}),
        origin_of("s3://lake", {"endpoint_url": "http://production"}),
        origin_of("s3://lake", {"client_kwargs": {"endpoint_url": "http://staging"}}),
        origin_of("s3://lake", {}),
        origin_of("s3://lakes", {}),
    ]

    assert len(set(places)) == len(places)


def test_who_asks_makes_no_other_place() -> None:
    assert origin_of("s3://lake/", {"key": "a", "secret": "b"}) == origin_of(
        "s3://lake", {"key": "c"}
    )
