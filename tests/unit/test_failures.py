"""Whatever is wrong with the cache, the task runs; and what is damaged heals."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orchestra_cache import Cache, Policy
from orchestra_cache.declaration import Declaration
from orchestra_cache.errors import CodecError, ForeignError, IntegrityError, StoreError
from orchestra_cache.events import Event, Failed, Hit, Miss, Published
from orchestra_cache.memoized import Memoized
from orchestra_cache.stores.layout import entry_name
from orchestra_cache.testing.stores import at_once
from tests.conftest import resealed


def large(n: int) -> Any:
    return np.arange(100_000) + n


def small(n: int) -> Any:
    return [n]


def entry_file(cache: Cache, task: Memoized[Any], *args: Any) -> Path:
    return Path(cache.place, entry_name("main", task.recipe(*args).key))


def blob_file(cache: Cache) -> Path:
    (blob,) = Path(cache.place, "main", "blobs-v1").rglob("*/*")
    return blob


def kinds(events: list[Event]) -> list[type]:
    return [type(event) for event in events]


def test_a_store_that_cannot_be_written_fails_no_task(tmp_path: Path, events: list[Event]) -> None:
    (tmp_path / "file").write_text("no folder")
    task = Cache(tmp_path / "file").memoize(small)

    results = [task(1), task(1)]

    assert results == [[1], [1]]
    assert kinds(events) == [Miss, Failed, Miss, Failed]
    assert isinstance(events[1], Failed)
    assert events[1].operation == "publish"
    assert isinstance(events[1].error, StoreError)


def test_a_store_that_cannot_be_read_fails_no_task(cache: Cache, events: list[Event]) -> None:
    task = cache.memoize(small)
    entry_file(cache, task, 1).mkdir(parents=True)

    result = task(1)

    assert result == [1]
    assert kinds(events)[:2] == [Failed, Miss]
    assert isinstance(events[0], Failed)
    assert events[0].operation == "look up"
    assert isinstance(events[1], Miss)
    assert events[1].reason.startswith("the store failed: cannot read the cache at")


def test_a_server_that_is_gone_fails_no_task(events: list[Event]) -> None:
    options = {"key": "k", "secret": "s", "endpoint_url": "http://127.0.0.1:1"}
    options |= {"config_kwargs": {"retries": {"max_attempts": 1}, "connect_timeout": 1}}
    task = Cache("s3://bucket/a", storage_options=options).memoize(small)

    result = task(1)

    assert result == [1]
    assert kinds(events) == [Failed, Miss, Failed]


def test_an_error_of_the_store_is_raised_where_one_asks_for_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    strict = Cache(tmp_path / "file", policy=Policy(on_error="raise")).memoize(small)

    with pytest.raises(StoreError, match="cannot write to the cache"):
        strict(1)


def test_an_unreadable_store_is_raised_before_the_task_runs(tmp_path: Path) -> None:
    cache = Cache(tmp_path, policy=Policy(on_error="raise"))
    ran: list[int] = []
    task = cache.memoize(ignore={"ran"})(lambda n, ran: ran.append(n))
    entry_file(cache, task, 1, ran).mkdir(parents=True)

    with pytest.raises(StoreError, match="cannot read the cache"):
        task(1, ran)

    assert ran == []


def test_what_cannot_be_kept_is_not_an_error_of_the_store(tmp_path: Path) -> None:
    strict = Cache(tmp_path, policy=Policy(on_error="raise")).memoize(lambda: memoryview(b"a"))

    assert strict() == b"a"


def exchanged(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    """What somebody writes who knows the format."""
    return lambda data: resealed(data.replace(old, new, 1))


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "cut short": lambda data: data[:-1],
    "cut in the header": lambda data: data[:40],
    "longer": lambda data: data + b"x",
    "another output": lambda data: data[:-1] + b"x",
    "another output under a right checksum": lambda data: resealed(data[:-1] + b"x"),
    "another word": lambda data: data.replace(b"entry/1", b"Entry/1", 1),
    "no JSON": exchanged(b"{", b"["),
    "another codec": exchanged(b'"json"', b'"arrow"'),
    "no outputs": exchanged(b'"outputs":[{', b'"outputs":[],"x":[{'),
    "another namespace": exchanged(b'"main"', b'"dev"'),
    "no time zone": exchanged(b"12:00:00Z", b"12:00:00"),
    "garbage": lambda data: b"\xff" * 100,
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_entry_is_a_miss_that_heals(name: str, cache: Cache, events: list[Event]) -> None:
    task = cache.memoize(small)
    task(1)
    file = entry_file(cache, task, 1)
    whole = file.read_bytes()
    file.write_bytes(DAMAGE[name](whole))
    assert file.read_bytes() != whole
    del events[:]

    results = [task(1), task(1)]

    assert results == [[1], [1]]
    assert kinds(events) == [Failed, Miss, Published, Hit]
    assert isinstance(events[0], Failed)
    assert events[0].operation == "read"
    assert isinstance(events[0].error, (IntegrityError, CodecError))


# What may be right for somebody else: a newer release, a fleet with keys, a codec of theirs.
FOREIGN: dict[str, Callable[[bytes], bytes]] = {
    "another format": lambda data: data.replace(b"entry/1", b"entry/2", 1),
    "a key": lambda data: data.replace(b" - ", b" key ", 1),
    "an unknown codec": exchanged(b'"json"', b'"yaml"'),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_an_entry_for_others_is_a_miss_and_stays(
    name: str, cache: Cache, events: list[Event]
) -> None:
    task = cache.memoize(small)
    task(1)
    file = entry_file(cache, task, 1)
    file.write_bytes(FOREIGN[name](file.read_bytes()))
    theirs = file.read_bytes()
    del events[:]

    results = [task(1), task(1)]

    assert results == [[1], [1]]
    assert kinds(events) == [Failed, Miss] * 2
    assert isinstance(events[0], Failed)
    assert isinstance(events[0].error, ForeignError)
    assert file.read_bytes() == theirs


@pytest.mark.parametrize("name", ["empty", "cut short", "longer", "another output", "garbage"])
def test_a_damaged_blob_is_a_miss_that_heals(name: str, cache: Cache, events: list[Event]) -> None:
    task = cache.memoize(large)
    task(1)
    blob = blob_file(cache)
    blob.write_bytes(DAMAGE[name](blob.read_bytes()))
    del events[:]

    results = [task(1), task(1)]

    assert [result.tolist() for result in results] == [large(1).tolist()] * 2
    assert kinds(events) == [Failed, Miss, Published, Hit]


def test_a_missing_blob_is_a_miss_that_heals(cache: Cache, events: list[Event]) -> None:
    task = cache.memoize(large)
    task(1)
    blob_file(cache).unlink()
    del events[:]

    task(1)
    task(1)

    assert kinds(events) == [Failed, Miss, Published, Hit]


def test_a_blob_that_was_cut_short_is_written_again_by_whoever_makes_it(cache: Cache) -> None:
    first, second = cache.memoize(lambda: large(1)), cache.memoize(lambda: large(1) + 0)
    first()
    blob = blob_file(cache)
    whole = blob.read_bytes()
    blob.write_bytes(whole[:100])

    second()

    assert blob.read_bytes() == whole


def test_equal_outputs_of_two_tasks_are_stored_once(cache: Cache) -> None:
    first, second = cache.memoize(lambda: large(1)), cache.memoize(lambda: large(1) + 0)

    first()
    second()

    assert blob_file(cache).exists()


def test_a_small_output_lies_in_its_entry(cache: Cache) -> None:
    task = cache.memoize(small)

    task(1)

    assert entry_file(cache, task, 1).read_bytes().endswith(b"\n[1]")
    assert not Path(cache.place, "main", "blobs-v1").exists()


def test_a_cache_that_is_deleted_while_it_is_used_is_made_again(
    cache: Cache, events: list[Event]
) -> None:
    task = cache.memoize(small)
    task(1)
    shutil.rmtree(cache.place)
    del events[:]

    task(1)
    task(1)

    assert kinds(events) == [Miss, Published, Hit]


def test_of_many_who_publish_at_once_one_does_and_all_have_the_result(
    cache: Cache, events: list[Event]
) -> None:
    task = cache.memoize(large)

    results = at_once(lambda _: task(1))

    assert all((result == large(1)).all() for result in results)
    assert kinds(events).count(Published) == 1
    assert Failed not in kinds(events)
    assert isinstance(task.lookup(1), Hit)


def test_a_publisher_that_comes_second_leaves_the_first_entry(cache: Cache) -> None:
    task = cache.memoize(small)
    attempts = [cache.begin(Declaration(small), {"n": 1}) for _ in range(2)]

    results = [attempt.finish([number]) for number, attempt in enumerate(attempts)]

    assert results == [[0], [1]]
    assert task(1) == [0]


def test_a_result_is_published_by_hand(cache: Cache, events: list[Event]) -> None:
    task = cache.memoize(small)
    recipe = task.recipe(1)

    wrote = [cache.publish(recipe, ["by hand"], seconds=2, producer="me") for _ in range(2)]
    found = cache.lookup(recipe)

    assert wrote == [True, False]
    assert isinstance(found, Hit)
    assert (found.value, found.producer, found.saved.total_seconds()) == (["by hand"], "me", 2)
    assert kinds(events) == [Published]


def test_publishing_what_cannot_be_kept_is_an_error(cache: Cache) -> None:
    with pytest.raises(CodecError, match="cannot be pickled"):
        cache.publish(cache.memoize(small).recipe(1), memoryview(b"a"), seconds=0)


def test_a_cache_without_a_home_fails_no_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, events: list[Event]
) -> None:
    monkeypatch.chdir(tmp_path)
    task = Cache("~nobody-of-this-name/cache").memoize(small)

    result = task(1)

    assert result == [1]
    assert kinds(events) == [Failed, Miss, Failed]
    assert "there is no home folder" in str(getattr(events[0], "error", ""))
    assert list(tmp_path.iterdir()) == []
