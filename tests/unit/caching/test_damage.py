"""What is damaged is a miss, and heals."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestra_cache import Cache
from orchestra_cache.events import Event, Failed
from tests.unit.caching import work

LARGE = "x" * 100_000


def files(cache: Cache, kind: str) -> list[Path]:
    root = Path(cache.place, "main", kind)
    return [path for path in root.rglob("*") if path.is_file()]


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def remove(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("harm", [flip, cut, empty, remove])
@pytest.mark.parametrize("kind", ["entries-v1", "blobs-v1"])
def test_a_damaged_object_is_a_miss_and_heals(
    cache: Cache, ran: list[object], kind: str, harm: Callable[[Path], None]
) -> None:
    echo = cache.memoize(work.echo)
    echo(LARGE)
    for path in files(cache, kind):
        harm(path)

    results = [echo(LARGE), echo(LARGE)]

    assert results == [LARGE, LARGE]
    assert ran == ["echo", "echo"]


def test_damage_is_reported(cache: Cache, events: list[Event]) -> None:
    echo = cache.memoize(work.echo)
    echo(LARGE)
    flip(files(cache, "blobs-v1")[0])

    echo(LARGE)

    (failure,) = [event for event in events if isinstance(event, Failed)]
    assert failure.operation == "read"
    assert "not what their entry says" in str(failure.error)


def test_an_entry_moved_to_another_key_is_not_used(cache: Cache, ran: list[object]) -> None:
    double = cache.memoize(work.double)
    double(1)
    (first,) = files(cache, "entries-v1")
    double(2)
    (second,) = set(files(cache, "entries-v1")) - {first}
    second.write_bytes(first.read_bytes())

    assert double(2) == [2, 2]
    assert ran == [1, 2, 2]


def test_an_entry_of_a_newer_format_is_not_used(cache: Cache, ran: list[object]) -> None:
    double = cache.memoize(work.double)
    double(1)
    (path,) = files(cache, "entries-v1")
    path.write_bytes(path.read_bytes().replace(b"entry/1", b"entry/9", 1))

    assert double(1) == [1, 1]
    assert ran == [1, 1]


def test_two_results_of_one_content_are_stored_once(cache: Cache) -> None:
    echo = cache.memoize(work.echo)

    echo(LARGE, logger=1)
    echo(LARGE, logger=2)

    assert len(files(cache, "entries-v1")) == 2
    assert len(files(cache, "blobs-v1")) == 1


def test_nothing_is_left_behind_beside_entries_and_blobs(cache: Cache) -> None:
    echo = cache.memoize(work.echo)

    echo(LARGE)
    echo(1)
    cache.memoize(mode="refresh")(work.echo)(1)

    names = {path.name for path in Path(cache.place).rglob("*") if path.is_file()}
    assert all(len(name) == 64 or name == ".replace-lock" for name in names)


def test_files_are_the_owners_alone(cache: Cache) -> None:
    cache.memoize(work.echo)(LARGE)

    root = Path(cache.place)
    assert root.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in files(cache, "")} == {0o600}
