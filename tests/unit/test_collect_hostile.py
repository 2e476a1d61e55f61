"""Whoever can write to a namespace cannot make a collection delete what it should not."""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from orchestra_cache.fingerprints.digest import digest_bytes
from orchestra_cache.journal import FORMAT, journal_context
from orchestra_cache.keyring import Keyring
from orchestra_cache.keys import new_hmac_key
from orchestra_cache.stores import LocalStore
from orchestra_cache.stores.seals import Checksum, Seals
from tests.unit.collecting import DAY, Shelf


class Untrusted(LocalStore):
    """A store where others may write."""

    trusted = False  # type: ignore[assignment]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "store")


def name_of(shelf: Shelf, name: str) -> str:
    return "/".join(shelf.path(name).parts[-2:])


def journal(shelf: Shelf, *lines: Any, seals: Seals | None = None, day: str = "2026-01-01") -> str:
    """Write a journal that somebody made up."""
    writer = uuid4().hex
    body = b"\n".join(
        line if isinstance(line, bytes) else msgspec.json.encode(line) for line in lines
    )
    key_id, seal = (seals or Checksum()).seal(journal_context("main", writer), body)
    name = f"main/journal-v1/{day}/{writer}"
    shelf.store.put(name, [f"{FORMAT} {key_id} {seal}\n".encode(), body])
    return name


def published(shelf: Shelf, name: str, *digests: str) -> list[Any]:
    """What the journal of an entry's writer says, with other digests."""
    status = shelf.path(name).stat()
    ago = max(0.0, shelf.now - status.st_mtime)
    return ["published", name_of(shelf, name), status.st_size, 1.0, ago, 1.0, list(digests)]


def test_the_lines_of_a_journal_that_are_wrong_are_passed_over(shelf: Shelf) -> None:
    shelf.add("a", age=5, blobs=[b"blob"])
    wrong: list[Any] = [
        b"",
        b"garbage",
        b"\xff\xfe",
        b"[" * 100_000,
        ["used"],
        ["used", "../../../etc/passwd", 1.0],
        ["used", "other/" + "0" * 64, 1.0],
        ["used", name_of(shelf, "a"), 1e300],
        ["used", name_of(shelf, "a"), -1e300],
        ["used", name_of(shelf, "a"), "now"],
        ["used", "a" * 1_000_000, 1.0],
        ["published", "../x", 1, 1.0, 1.0, 1.0, []],
        published(shelf, "a", "zz"),
        published(shelf, "a", "00"),
        ["published", name_of(shelf, "a"), 1 << 70, 1.0, 1e300, 1.0, []],
        ["task", "t", -(1 << 62), 1 << 62, 0, 1e308],
        ["other", 1],
        {"used": 1},
    ]
    journal(shelf, *wrong)

    for limits in ({}, {"idle": timedelta(days=10)}):
        report = shelf.collect(**limits, grace=timedelta(0))

        assert shelf.entries() == {"a"}
        assert shelf.blobs() == {b"blob"}
        assert report.hits == 0


@pytest.mark.parametrize(("task", "first"), [("etl", 1), ("Etl", 3)])
def test_entries_are_read_if_neither_journal_nor_folder_says_the_task(
    task: str, first: int, shelf: Shelf
) -> None:
    for name, age in (("a", 30), ("b", 20), ("c", 10)):
        shelf.add(name, age=age, task=task)
    lines = [published(shelf, name) for name in "ab"]
    for line, age in zip(lines, (30, 20), strict=True):
        line[3] = datetime.fromtimestamp(shelf.now - age * DAY, timezone.utc).timestamp()
    journal(shelf, *lines)

    reads = [shelf.collect(tasks=[task], max_entries=count).read for count in (2, 1)]

    assert reads == [first, 0]
    assert shelf.entries() == {"c"}


def test_a_use_in_the_future_counts_as_one_now(shelf: Shelf) -> None:
    shelf.add("a", age=30)
    journal(shelf, ["used", name_of(shelf, "a"), shelf.now + 1000 * DAY])
    shelf.collect()

    shelf.now += 20 * DAY
    shelf.collect(idle=timedelta(days=10))

    assert shelf.entries() == set()


@pytest.mark.parametrize("damage", ["bit", "format", "length", "empty"])
def test_a_journal_that_is_not_what_was_written_says_nothing(damage: str, shelf: Shelf) -> None:
    shelf.add("a", age=30)
    name = journal(shelf, ["used", name_of(shelf, "a"), shelf.now])
    path = shelf.root / name
    data = path.read_bytes()
    path.write_bytes(
        {
            "bit": data[:-1] + bytes([data[-1] ^ 1]),
            "format": data.replace(b"journal/1", b"journal/2", 1),
            "length": data[:-1],
            "empty": b"",
        }[damage]
    )

    shelf.collect(idle=timedelta(days=10))

    assert shelf.entries() == set()


def test_a_journal_is_of_one_writer(shelf: Shelf) -> None:
    shelf.add("a", age=30)
    name = journal(shelf, ["used", name_of(shelf, "a"), shelf.now])
    copy = name[:-32] + uuid4().hex
    signed = Shelf(shelf.root, seals=Keyring([new_hmac_key()]))
    signed.tasks = shelf.tasks
    signed.add("a", age=30)
    own = journal(signed, ["used", name_of(shelf, "a"), shelf.now], seals=signed.seals)
    (shelf.root / own).rename(shelf.root / copy)

    signed.collect(idle=timedelta(days=10))

    assert signed.entries() == set()


def test_a_gigabyte_in_one_line_is_not_read(shelf: Shelf) -> None:
    shelf.add("a", age=5)
    path = shelf.root / "main/journal-v1/2026-01-01" / uuid4().hex
    path.parent.mkdir(parents=True)
    with open(path, "wb") as file:
        file.truncate(1 << 30)

    class Counting(LocalStore):
        def get(self, name: str) -> Any:
            assert "journal" not in name
            return super().get(name)

    shelf.store = Counting(shelf.root)
    shelf.collect()

    assert path.exists()


def test_where_others_may_write_no_journal_says_what_is_deleted(shelf: Shelf) -> None:
    shelf.add("a", age=5, blobs=[b"blob"])
    shelf.add("b", age=30)
    shelf.store = Untrusted(shelf.root)
    journal(shelf, ["used", name_of(shelf, "b"), shelf.now], published(shelf, "a"))

    report = shelf.collect(idle=timedelta(days=10), grace=timedelta(0))

    assert shelf.entries() == {"a"}
    assert shelf.blobs() == {b"blob"}
    assert report.read == 2


def test_where_others_may_write_no_index_says_what_is_deleted(shelf: Shelf) -> None:
    shelf.add("a", age=5, blobs=[b"blob"])
    path = shelf.path("a")
    content, times = path.read_bytes(), path.stat().st_mtime
    shelf.collect()
    # The index that is there now is right for an entry of this size and time.
    other = content.replace(digest_bytes(b"blob").hex.encode(), digest_bytes(b"BLOB").hex.encode())
    body = other.partition(b"\n")[2]
    path.write_bytes(b"orchestra-cache-entry/1 - %s\n%s" % (digest_bytes(body).hex.encode(), body))
    os.utime(path, (times, times))
    shelf.blob(b"BLOB")
    shelf.store = Untrusted(shelf.root)

    shelf.collect(grace=timedelta(0))

    assert b"BLOB" in shelf.blobs()


def test_where_others_may_write_the_store_says_how_old_an_entry_is(shelf: Shelf) -> None:
    shelf.add("a", age=5)
    os.utime(shelf.path("a"), (shelf.now - 30 * DAY,) * 2)
    shelf.store = Untrusted(shelf.root)

    shelf.collect(older=timedelta(days=10))

    assert shelf.entries() == set()


def test_with_keys_only_a_signed_journal_is_believed(shelf: Shelf) -> None:
    key = new_hmac_key()
    signed = Shelf(shelf.root, seals=Keyring([key]))
    signed.store = Untrusted(shelf.root)
    for name in "ab":
        signed.add(name, age=30)
    journal(signed, ["used", name_of(signed, "a"), signed.now])
    journal(signed, ["used", name_of(signed, "b"), signed.now], seals=Keyring([key]))

    signed.collect(idle=timedelta(days=10))

    assert signed.entries() == {"b"}


def test_an_index_that_is_not_signed_is_not_believed(shelf: Shelf) -> None:
    shelf.add("a", age=5)
    shelf.collect()
    signed = Shelf(shelf.root, seals=Keyring([new_hmac_key()]))
    signed.tasks = shelf.tasks
    signed.add("a", age=5)

    assert signed.collect().read == 1
    assert signed.collect().read == 0


@pytest.mark.parametrize("content", [b"", b"garbage", b"orchestra-cache-index/1 - 00\n{}"])
def test_an_index_that_is_damaged_is_written_anew(content: bytes, shelf: Shelf) -> None:
    shelf.add("a", age=5)
    shelf.collect()
    (shelf.root / "main/index-v1/current").write_bytes(content)

    reads = [shelf.collect().read for _ in range(2)]

    assert reads == [1, 0]


def test_an_index_that_is_gone_is_written_anew(shelf: Shelf) -> None:
    shelf.add("a", age=5)
    shelf.collect()
    for path in (shelf.root / "main/index-v1").glob("[0-9a-f]" * 64):
        path.unlink()

    reads = [shelf.collect().read for _ in range(2)]

    assert reads == [1, 0]


def test_an_index_that_is_replaced_while_it_is_looked_for_is_found(shelf: Shelf) -> None:
    shelf.add("a", age=5)
    shelf.collect()
    other = Shelf(shelf.root)

    class Late(LocalStore):
        def get(self, name: str) -> Any:
            if "/index-v1/" in name and name[-64:] in indexes:
                indexes.clear()
                other.add("b", age=5)
                other.collect()
            return super().get(name)

    indexes = {path.name for path in (shelf.root / "main/index-v1").iterdir()} - {"current"}
    shelf.store = Late(shelf.root)

    assert shelf.collect().read == 0


def test_two_collections_that_compact_at_once_lose_no_journal(shelf: Shelf) -> None:
    for name in "ab":
        shelf.add(name, age=30)
    journal(shelf, ["used", name_of(shelf, "a"), shelf.now])
    other = Shelf(shelf.root)

    class Second(LocalStore):
        def exchange(self, name: str, data: Any, *, version: str | None) -> str | None:
            if name.endswith("/current") and not late:
                late.append(journal(other, ["used", name_of(shelf, "b"), shelf.now]))
                other.collect()
            return super().exchange(name, data, version=version)

    late: list[str] = []
    shelf.store = Second(shelf.root)
    shelf.collect()
    shelf.store = LocalStore(shelf.root)

    shelf.collect(idle=timedelta(days=10))

    assert late
    assert shelf.entries() == {"a", "b"}
    assert list(shelf.store.iter("main/journal-v1/")) == []
