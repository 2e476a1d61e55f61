"""Between who refers to a blob anew and who removes it, one object decides."""

from __future__ import annotations

import os
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestra_cache.errors import ConflictError
from orchestra_cache.fingerprints.digest import digest_bytes
from orchestra_cache.stores import LocalStore, MemoryStore, Store
from orchestra_cache.stores.holds import hold, remove
from orchestra_cache.stores.layout import blob_name, hold_name

DIGEST = digest_bytes(b"blob")
BLOB, HOLD = blob_name("main", DIGEST), hold_name("main", DIGEST)
NOW = 1_700_000_000.0


@pytest.fixture(params=["memory", "local"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    store = MemoryStore() if request.param == "memory" else LocalStore(tmp_path)
    store.put(BLOB, [b"blob"])
    return store


def removed(store: Store, *, now: float = NOW, **terms: Any) -> bool:
    (listed,) = store.iter(BLOB)
    terms = {"modified": listed.modified, "grace": 10.0, **terms}
    return remove(store, "main", DIGEST, clock=lambda: now, **terms)


def test_what_nobody_holds_is_removed_without_a_trace(store: Store) -> None:
    went = removed(store)

    assert went
    assert [one.name for one in store.iter("")] == []


@pytest.mark.parametrize(("age", "went"), [(9.9, False), (10.1, True)])
def test_a_hold_counts_for_the_time_of_grace(age: float, went: bool, store: Store) -> None:
    hold(store, "main", DIGEST, clock=lambda: NOW - age)

    assert removed(store) is went
    assert (store.size(BLOB) is None) is went


def test_a_hold_can_be_taken_again(store: Store) -> None:
    for age in (100.0, 0.0):
        hold(store, "main", DIGEST, clock=lambda age=age: NOW - age)  # type: ignore[misc]

    assert not removed(store)


def test_what_was_written_anew_since_it_was_seen_stays(store: Store) -> None:
    (listed,) = store.iter(BLOB)

    went = removed(store, modified=listed.modified - timedelta(seconds=1))

    assert not went
    assert store.size(BLOB) == 4
    assert store.size(HOLD) is None


def test_who_finds_a_removal_under_way_waits_for_its_end(tmp_path: Path) -> None:
    class Slow(LocalStore):
        def delete(self, name: str, *, version: str | None = None) -> bool:
            if name == BLOB:
                removing.set()
                waiting.wait()
            return super().delete(name, version=version)

    class Asking(LocalStore):
        def get(self, name: str) -> Any:
            waiting.set()
            return super().get(name)

    removing, waiting = threading.Event(), threading.Event()
    store = Slow(tmp_path)
    store.put(BLOB, [b"blob"])
    remover = threading.Thread(target=removed, args=(store,), kwargs={"now": NOW})
    remover.start()
    removing.wait()

    hold(Asking(tmp_path), "main", DIGEST, clock=lambda: NOW)
    remover.join()

    assert store.size(BLOB) is None
    assert store.size(HOLD) is not None


def test_who_is_kept_waiting_gives_up(store: Store) -> None:
    store.exchange(HOLD, b'{"state":"removing","at":%f}' % NOW, version=None)

    with pytest.raises(ConflictError):
        hold(store, "main", DIGEST, clock=lambda: NOW)


def test_a_removal_that_was_killed_holds_nobody_up_for_ever(store: Store) -> None:
    store.exchange(HOLD, b'{"state":"removing","at":%f}' % (NOW - 601), version=None)

    hold(store, "main", DIGEST, clock=lambda: NOW)

    assert not removed(store)


def test_two_removals_do_not_meet(store: Store) -> None:
    store.exchange(HOLD, b'{"state":"removing","at":%f}' % NOW, version=None)

    assert not removed(store)
    assert store.size(BLOB) == 4


@pytest.mark.parametrize("content", [b"", b"garbage", b'{"state":"eaten","at":1}', b"[" * 100_000])
def test_a_hold_that_makes_no_sense_is_replaced(content: bytes, store: Store) -> None:
    store.exchange(HOLD, content, version=None)

    hold(store, "main", DIGEST, clock=lambda: NOW)

    assert not removed(store)


def test_many_may_hold_at_once(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    errors: list[Exception] = []

    def work() -> None:
        try:
            for _ in range(20):
                hold(store, "main", DIGEST)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert os.listdir(tmp_path / "main/holds-v1" / DIGEST.hex[:2])
