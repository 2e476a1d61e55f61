"""What every store keeps to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import pairwise
from threading import Barrier, Event
from typing import TypeVar

import pytest

from orchestra_cache.errors import StoreError
from orchestra_cache.stores.base import Store, version_of

__all__ = ["StoreTests", "at_once"]

T = TypeVar("T")

RACERS = 8
LARGE = 5 << 20


def at_once(work: Callable[[int], T], count: int = RACERS) -> list[T]:
    """Call `work` with 0, 1, 2… in as many threads, all started at the same moment."""
    barrier = Barrier(count)

    def start(number: int) -> T:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(start, range(count)))


def content(store: Store, name: str) -> bytes | None:
    found = store.get(name)
    return None if found is None else bytes(found)


def _put(clients: Sequence[Store], name: str, replaces: str | None = None) -> Callable[[int], bool]:
    return lambda racer: clients[racer].put(name, [b"%d" % racer * 1000], replaces=replaces)


class StoreTests:
    """Inherit it and give the fixture `store`, an empty store for each test.

    ```python
    class TestShelfStore(StoreTests):
        @pytest.fixture
        def store(self, tmp_path):
            return ShelfStore(tmp_path)
    ```
    Give `again` as well where a place can be opened twice: a function that does so. Give `broken`,
    a store whose place does not work, if there can be such a one. A store for tests alone that
    writes in place says `whole = False`.
    """

    whole = True

    @pytest.fixture
    def store(self) -> Store:
        raise NotImplementedError("give a fixture `store`")

    @pytest.fixture
    def again(self, store: Store) -> Callable[[], Store]:
        raise pytest.skip.Exception("this place is not opened twice")

    @pytest.fixture
    def broken(self) -> Store:
        raise pytest.skip.Exception("this store cannot be broken")

    def test_what_was_put_is_got_in_one_piece(self, store: Store) -> None:
        wrote = store.put("a/b", [b"one ", bytearray(b"two "), memoryview(b"three")])

        assert wrote
        assert content(store, "a/b") == b"one two three"

    def test_nothing_is_got_where_nothing_was_put(self, store: Store) -> None:
        store.put("a/b", [b"1"])

        assert store.get("a/c") is None
        assert store.get("b/c/d") is None

    def test_an_empty_object_is_an_object(self, store: Store) -> None:
        wrote = store.put("empty", [])

        assert wrote
        assert content(store, "empty") == b""
        assert store.size("empty") == 0

    def test_every_byte_comes_back(self, store: Store) -> None:
        data = bytes(range(256)) * 16

        store.put("bytes", [data])

        assert content(store, "bytes") == data

    def test_a_large_object_comes_back(self, store: Store) -> None:
        data = bytes(range(256)) * (LARGE // 256)

        store.put("large", [data, b"end"])

        assert content(store, "large") == data + b"end"
        assert store.size("large") == LARGE + 3

    def test_a_name_that_is_taken_is_not_written_again(self, store: Store) -> None:
        store.put("a/b", [b"first"])

        wrote = store.put("a/b", [b"second"])

        assert not wrote
        assert content(store, "a/b") == b"first"

    def test_a_replacement_of_the_version_that_is_there_is_written(self, store: Store) -> None:
        store.put("a/b", [b"first"])

        wrote = store.put("a/b", [b"second"], replaces=version_of(b"first"))

        assert wrote
        assert content(store, "a/b") == b"second"

    def test_a_replacement_of_another_version_is_not_written(self, store: Store) -> None:
        store.put("a/b", [b"first"])
        store.put("a/b", [b"second"], replaces=version_of(b"first"))

        wrote = store.put("a/b", [b"third"], replaces=version_of(b"first"))

        assert not wrote
        assert content(store, "a/b") == b"second"

    def test_what_is_not_there_cannot_be_replaced(self, store: Store) -> None:
        wrote = store.put("a/b", [b"second"], replaces=version_of(b"first"))

        assert not wrote
        assert store.get("a/b") is None

    def test_what_was_got_stays_as_it_was(self, store: Store) -> None:
        store.put("a/b", [b"first"])

        got = store.get("a/b")
        store.put("a/b", [b"other"], replaces=version_of(b"first"))

        assert bytes(got or b"") == b"first"

    def test_the_size_of_nothing_is_none(self, store: Store) -> None:
        assert store.size("a/b") is None

    def test_a_deleted_object_is_gone_and_its_name_is_free(self, store: Store) -> None:
        store.put("a/b", [b"first"])

        store.delete("a/b")

        assert store.get("a/b") is None
        assert store.size("a/b") is None
        assert store.put("a/b", [b"second"])

    def test_deleting_nothing_is_no_error(self, store: Store) -> None:
        store.put("a/b", [b"1"])

        store.delete("a/c")
        store.delete("b/c/d")

        assert content(store, "a/b") == b"1"

    def test_a_listing_names_what_lies_below_a_prefix(self, store: Store) -> None:
        for name in ("main/x/1", "main/x/2", "main/xy/3", "other/x/4"):
            store.put(name, [name.encode()])

        found = sorted(one.name for one in store.iter("main/x/"))

        assert found == ["main/x/1", "main/x/2"]

    def test_a_listing_tells_sizes_and_when_they_were_written(self, store: Store) -> None:
        store.put("main/x/1", [b"1234567"])

        (found,) = store.iter("main/x/")

        assert found.size == 7
        assert isinstance(found.modified, datetime)
        assert found.modified.utcoffset() is not None

    def test_a_listing_of_nothing_is_empty(self, store: Store) -> None:
        assert list(store.iter("nowhere/")) == []

    def test_a_listing_shows_what_was_just_written_and_deleted(self, store: Store) -> None:
        store.put("main/x/1", [b"1"])
        first = [one.name for one in store.iter("main/x/")]
        store.put("main/x/2", [b"2"])
        store.delete("main/x/1")

        second = [one.name for one in store.iter("main/x/")]

        assert first == ["main/x/1"]
        assert second == ["main/x/2"]

    def test_of_many_who_create_a_name_at_once_one_does(self, store: Store) -> None:
        for number in range(5):
            name = f"race/{number}"

            wrote = at_once(lambda racer, name=name: store.put(name, [b"%d" % racer * 1000]))  # type: ignore[misc]

            assert wrote.count(True) == 1
            assert content(store, name) == b"%d" % wrote.index(True) * 1000

    def test_of_many_who_replace_a_version_at_once_one_does(self, store: Store) -> None:
        store.put("race", [b"first"])
        version = version_of(b"first")

        wrote = at_once(lambda racer: store.put("race", [b"%d" % racer * 1000], replaces=version))

        assert wrote.count(True) == 1
        assert content(store, "race") == b"%d" % wrote.index(True) * 1000

    def test_of_many_clients_who_create_a_name_at_once_one_does(
        self, again: Callable[[], Store]
    ) -> None:
        clients = [again() for _ in range(RACERS)]
        names = [f"race/{number}" for number in range(5)]

        wrote = [at_once(_put(clients, name)) for name in names]

        assert [each.count(True) for each in wrote] == [1] * len(names)

    def test_of_many_clients_who_replace_a_version_at_once_one_does(
        self, store: Store, again: Callable[[], Store]
    ) -> None:
        clients = [again() for _ in range(RACERS)]
        names = [f"race/{number}" for number in range(5)]
        for name in names:
            store.put(name, [b"first"])

        wrote = [at_once(_put(clients, name, version_of(b"first"))) for name in names]

        assert [each.count(True) for each in wrote] == [1] * len(names)

    def test_a_client_sees_what_another_wrote_and_deleted(
        self, store: Store, again: Callable[[], Store]
    ) -> None:
        other = again()
        before = content(other, "a/b")
        store.put("a/b", [b"first"])
        after = content(other, "a/b")
        store.delete("a/b")

        assert (before, after, content(other, "a/b")) == (None, b"first", None)

    def test_a_reader_sees_an_object_whole_while_it_is_replaced(self, store: Store) -> None:
        if not self.whole:
            pytest.skip("this store writes in place")
        versions = [b"%d" % number * 200_000 for number in range(8)]
        store.put("shared", [versions[0]])
        done = Event()

        def read() -> set[bytes | None]:
            seen = {content(store, "shared")}
            while not done.is_set():
                seen.add(content(store, "shared"))
            return seen

        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(read)
            try:
                for before, after in pairwise(versions):
                    store.put("shared", [after], replaces=version_of(before))
            finally:
                done.set()

        assert reading.result() <= set(versions)
        assert content(store, "shared") == versions[-1]

    def test_a_store_says_where_it_is_and_how_far_it_is_trusted(self, store: Store) -> None:
        assert isinstance(store.url, str)
        assert store.url
        assert store.local in (True, False)
        assert store.trusted in (True, False)

    def test_a_place_that_does_not_work_raises_a_store_error(self, broken: Store) -> None:
        with pytest.raises(StoreError):
            broken.put("a/b", [b"1"])

        with pytest.raises(StoreError):
            broken.put("a/b", [b"1"], replaces=version_of(b"0"))
