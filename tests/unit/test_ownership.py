"""A local cache is trusted if nobody else can write to it, or put another in its place."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orchestra_cache import Cache
from orchestra_cache.events import Event, Failed, Hit, Miss, Published, Uncached
from orchestra_cache.stores import LocalStore

pytestmark = pytest.mark.skipif(not hasattr(os, "getuid"), reason="folders have no owner here")

needs_root = pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() != 0, reason="only root gives folders away"
)
SOMEBODY = 65534


def objects() -> Any:
    return {1, 2}


def trusted(place: Path) -> bool:
    return LocalStore(place).trusted


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A cache whose parent is open to all, as a checkout often is, and nothing else is."""
    for folder in (tmp_path, *tmp_path.parents):
        # pytest's own folders are closed to others, so that nobody would get to any below.
        if folder.name.startswith(("pytest-", "popen-", "test_")):
            folder.chmod(0o755)
    place = tmp_path / "above" / "cache"
    place.parent.mkdir(mode=0o755)
    Cache(place).memoize(lambda: np.arange(20_000))()
    place.chmod(0o755)
    return place


def test_what_is_the_users_own_is_trusted(place: Path) -> None:
    assert trusted(place)
    place.chmod(0o700)
    assert trusted(place)
    assert trusted(place.parent / "not" / "there")


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o757, 0o702, 0o720, 0o1777])
@pytest.mark.parametrize(
    "inside", ["", "main", "main/entries-v1", "main/blobs-v1", "main/blobs-v1/*"]
)
def test_a_folder_that_others_may_write_to_is_not(place: Path, inside: str, mode: int) -> None:
    (folder,) = place.glob(inside) if inside else [place]
    for above in folder.relative_to(place).parents:
        (place / above).chmod(0o755)
    before = trusted(place)
    folder.chmod(mode)

    assert before
    assert not trusted(place)


def test_a_folder_that_others_cannot_get_to_does_not_matter(place: Path) -> None:
    (place / "main" / "entries-v1").chmod(0o777)
    (place / "main").chmod(0o700)

    assert trusted(place)


@needs_root
@pytest.mark.parametrize("inside", ["", "main", "main/entries-v1"])
def test_a_folder_of_somebody_else_is_not(place: Path, inside: str) -> None:
    (place / "main").chmod(0o755)
    os.chown(place / inside, SOMEBODY, SOMEBODY)

    assert not trusted(place)


@pytest.mark.parametrize(
    ("mode", "expected"), [(0o755, True), (0o757, False), (0o777, False), (0o1777, True)]
)
def test_a_folder_above_that_others_may_write_to_is_not(
    place: Path, mode: int, expected: bool
) -> None:
    place.parent.chmod(mode)

    assert trusted(place) is expected


@needs_root
@pytest.mark.parametrize(("group", "expected"), [(0, True), (SOMEBODY, False)])
def test_a_group_with_the_users_own_number_is_nobody_else(
    place: Path, group: int, expected: bool
) -> None:
    os.chown(place.parent, 0, group)
    place.parent.chmod(0o775)

    assert trusted(place) is expected


@needs_root
def test_a_folder_above_of_somebody_else_is_not(place: Path) -> None:
    os.chown(place.parent, SOMEBODY, SOMEBODY)

    assert not trusted(place)


def test_a_folder_above_that_nobody_else_can_enter_protects_all_below(place: Path) -> None:
    place.parent.chmod(0o777)
    place.parent.parent.chmod(0o700)

    assert trusted(place)


def test_where_a_link_leads_counts(place: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(place)
    linked = tmp_path / "link"

    before = trusted(linked)
    place.parent.chmod(0o777)

    assert before
    assert not trusted(linked)


def test_who_can_change_a_link_counts(place: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "link").symlink_to(place)

    before = trusted(shared / "link")
    shared.chmod(0o777)

    assert before
    assert not trusted(shared / "link")


@needs_root
def test_a_link_of_somebody_else_is_not_followed_with_trust(place: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    (shared / "link").symlink_to(place)

    before = trusted(shared / "link")
    os.chown(shared / "link", SOMEBODY, SOMEBODY, follow_symlinks=False)

    assert before
    assert not trusted(shared / "link")


def test_pickles_are_neither_read_nor_written_where_others_write(
    tmp_path: Path, events: list[Event]
) -> None:
    place = tmp_path / "cache"
    Cache(place).memoize(objects)()
    place.chmod(0o777)
    del events[:]

    result = Cache(place).memoize(objects)()
    other = Cache(place).memoize(lambda: {3})()

    assert (result, other) == ({1, 2}, {3})
    assert [type(event) for event in events] == [Failed, Miss, Uncached, Miss, Uncached]
    assert isinstance(events[4], Uncached)
    assert "keys=" in events[4].hint
    assert "yours alone" in events[4].hint


def test_with_keys_a_shared_folder_may_hold_pickles(tmp_path: Path, events: list[Event]) -> None:
    from orchestra_cache.keys import new_hmac_key

    place, key = tmp_path / "cache", new_hmac_key()
    place.mkdir()
    place.chmod(0o777)

    results = [Cache(place, keys=[key]).memoize(objects)() for _ in range(2)]

    assert results == [{1, 2}] * 2
    assert [type(event) for event in events] == [Miss, Published, Hit]


@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
def test_files_are_0600_in_folders_of_0700_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        cache = Cache(tmp_path / "new" / "cache")
        task = cache.memoize(lambda day: np.full(20_000, day))
        task(1)
        Cache(tmp_path / "new" / "cache", namespace="dev").memoize(objects)()
    finally:
        os.umask(before)

    made = [tmp_path / "new", *(tmp_path / "new").rglob("*")]
    modes = {(path.is_dir(), oct(stat.S_IMODE(path.stat().st_mode))) for path in made}
    assert len(made) > 10
    assert modes == {(True, "0o700"), (False, "0o600")}
