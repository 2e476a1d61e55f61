"""The journal costs a hit nothing, tells collections what was used, and never fails a task."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
import pytest

from orchestra_cache import Cache
from orchestra_cache.errors import StoreError
from orchestra_cache.events import Event, Failed, Hit, Miss
from orchestra_cache.fingerprints.digest import digest_bytes
from orchestra_cache.fingerprints.recipe import CacheKey
from orchestra_cache.journal import Journal
from orchestra_cache.stores import LocalStore, MemoryStore
from orchestra_cache.stores.entry import Output, Part
from orchestra_cache.stores.seals import Checksum

DAY = 86400.0
START = 1_700_000_000.0 - 1_700_000_000.0 % DAY
KEY = CacheKey("Shop.totals", digest_bytes(b"key"))
OUTPUT = Output("", "dict", (), (Part(str(digest_bytes(b"blob")), "json"),))


class Watch:
    now = START

    def __call__(self) -> float:
        return self.now


class Broken(MemoryStore):
    def put(self, name: str, pieces: Any) -> bool:
        raise StoreError("the disk is full", "delete something")


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def journal(store: MemoryStore, watch: Watch) -> Journal:
    return Journal(store, "main", Checksum(), clock=watch, chance=lambda: 0.0)


def hit(key: CacheKey = KEY, *, age: float = 30) -> Hit:
    made = datetime.fromtimestamp(START - age * DAY, timezone.utc)
    return Hit(key.task, str(key), made, "", timedelta(seconds=2), None)


def miss() -> Miss:
    return Miss(KEY.task, str(KEY), "no entry")


def objects(store: MemoryStore) -> list[str]:
    return [one.name for one in store.iter("")]


def records(store: MemoryStore) -> list[list[Any]]:
    def lines() -> Iterator[bytes]:
        for name in objects(store):
            stored = store.get(name)
            assert stored is not None
            yield from bytes(stored.data).split(b"\n")[1:]

    return sorted(msgspec.json.decode(line) for line in lines())


def other(number: int) -> CacheKey:
    return CacheKey("task", digest_bytes(b"%d" % number))


def test_nothing_is_written_before_it_is_flushed(store: MemoryStore, journal: Journal) -> None:
    for _ in range(100):
        journal.looked(hit())
        journal.looked(miss())
    journal.published(KEY, OUTPUT, 100, datetime.now(timezone.utc), 1.5)

    assert objects(store) == []


def test_a_flush_writes_one_object_under_the_day(store: MemoryStore, journal: Journal) -> None:
    for number in range(10):
        journal.looked(hit(other(number)))

    journal.flush()

    (name,) = objects(store)
    assert name.startswith("main/journal-v1/2023-11-14/")


def test_what_was_used_published_and_missed_is_written(
    store: MemoryStore, journal: Journal
) -> None:
    created = datetime.fromtimestamp(START, timezone.utc)
    journal.looked(hit())
    journal.looked(miss())
    journal.published(KEY, OUTPUT, 100, created, 1.5)

    journal.flush()

    published, task, used = records(store)
    name = f"shop.totals~{used[1].partition('~')[2]}".replace("shop", "Shop")
    assert used == ["used", name, START]
    assert used[1].endswith(KEY.digest.hex)
    assert task == ["task", "Shop.totals", 1, 1, 1, 2.0]
    assert published[:4] == ["published", used[1], 100, START]
    assert published[5:] == [1.5, [digest_bytes(b"blob").hex]]
    assert 0 <= published[4] < 60


def test_an_entry_is_noted_once_a_day(store: MemoryStore, journal: Journal, watch: Watch) -> None:
    for hour in range(48):
        watch.now = START + hour * 3600
        journal.looked(hit())
        journal.flush()

    uses = [record for record in records(store) if record[0] == "used"]
    assert [record[2] for record in uses] == [START, START + DAY]


def test_what_was_made_today_is_not_noted(store: MemoryStore, journal: Journal) -> None:
    journal.looked(hit(age=0.9))

    journal.flush()

    assert [record[0] for record in records(store)] == ["task"]


def test_a_flush_of_nothing_writes_nothing(store: MemoryStore, journal: Journal) -> None:
    journal.looked(miss())
    journal.flush()

    journal.flush()

    assert len(objects(store)) == 1


@pytest.mark.parametrize(
    ("drawn", "seconds", "hits", "written"),
    [(0.2, 1, 1, 1), (0.3, 1, 1, 0), (0.3, 100, 1, 1), (0.5, 100, 1, 0), (0.5, 1, 600, 1)],
)
def test_a_short_process_writes_its_hits_only_sometimes(
    drawn: float, seconds: float, hits: int, written: int, store: MemoryStore, watch: Watch
) -> None:
    journal = Journal(store, "main", Checksum(), clock=watch, chance=lambda: drawn)
    for number in range(hits):
        journal.looked(hit(other(number)))
    watch.now += seconds

    journal.flush()

    assert len(objects(store)) == written


def test_what_was_not_written_may_be_later(store: MemoryStore, watch: Watch) -> None:
    journal = Journal(store, "main", Checksum(), clock=watch, chance=lambda: 0.9)
    journal.looked(hit())
    journal.flush()
    watch.now += 280

    journal.flush()

    assert [record[0] for record in records(store)] == ["task", "used"]


def test_a_publication_is_always_written(store: MemoryStore, watch: Watch) -> None:
    journal = Journal(store, "main", Checksum(), clock=watch, chance=lambda: 1.0)
    journal.published(KEY, OUTPUT, 100, datetime.now(timezone.utc), 1.5)

    journal.flush()

    assert len(objects(store)) == 1


@pytest.mark.parametrize("by", ["time", "number"])
def test_a_long_process_writes_by_itself(
    by: str, store: MemoryStore, journal: Journal, watch: Watch
) -> None:
    import threading

    for number in range(1001 if by == "number" else 2):
        journal.looked(hit(other(number)))
        watch.now += 301 if by == "time" else 0
    for thread in threading.enumerate():
        if thread.name == "journal":
            thread.join()

    assert len(objects(store)) >= 1


def test_a_store_that_fails_is_reported_once(events: list[Event]) -> None:
    journal = Journal(Broken(), "main", Checksum(), chance=lambda: 0.0)

    for _ in range(3):
        journal.looked(miss())
        journal.flush()

    assert [type(event) for event in events] == [Failed]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_does_not_write_what_its_parent_noted(
    tmp_path: Path, run_python: Callable[..., str]
) -> None:
    program = (
        "import os, sys; from orchestra_cache import Cache\n"
        f"cache = Cache({str(tmp_path)!r})\n"
        "task = cache.memoize(len)\n"
        "task('1')\n"
        "if os.fork() == 0:\n"
        "    cache.flush()\n"
        "    os._exit(0)\n"
        "os.wait()\n"
        f"count = lambda: sum(len(names) for *_, names in os.walk({str(tmp_path)!r}"
        " + '/main/journal-v1'))\n"
        "print(count()); cache.flush(); print(count())"
    )

    assert run_python(program).split() == ["0", "1"]


def test_another_process_has_a_journal_of_its_own(tmp_path: Path) -> None:
    journal = Journal(LocalStore(tmp_path), "main", Checksum(), chance=lambda: 0.0)
    journal.looked(hit())

    pickle.loads(pickle.dumps(journal)).flush()

    assert list(tmp_path.iterdir()) == []


def test_a_cache_writes_its_journal_when_it_is_flushed(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    task = cache.memoize(len)
    task("abc")
    task("abc")
    before = list(tmp_path.glob("main/journal-v1/*/*"))

    cache.flush()

    assert before == []
    (file,) = tmp_path.glob("main/journal-v1/*/*")
    assert b'["task","len",1,1,1,' in file.read_bytes()
