"""What every store keeps to."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Event

import pytest

from orchestra_cache.errors import StoreError
from orchestra_cache.stores.base import Store
from orchestra_cache.testing.races import RaceTests, at_once, content

__all__ = ["StoreTests", "at_once"]

LARGE = 5 << 20


class StoreTests(RaceTests):
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

    def test_a_new_object_is_exchanged_for_nothing(self, store: Store) -> None:
        version = store.exchange("a/b", b"first", version=None)

        stored = store.get("a/b")

        assert version
        assert stored is not None
        assert (bytes(stored.data), stored.version) == (b"first", version)

    def test_the_version_that_is_there_is_exchanged(self, store: Store) -> None:
        first = store.exchange("a/b", b"first", version=None)

        second = store.exchange("a/b", b"second", version=first)

        assert second not in (None, first)
        assert content(store, "a/b") == b"second"

    def test_a_version_is_exchanged_that_was_read(self, store: Store) -> None:
        store.put("a/b", [b"first"])
        read = store.get("a/b")
        assert read is not None

        wrote = store.exchange("a/b", b"second", version=read.version)

        assert wrote
        assert content(store, "a/b") == b"second"

    def test_versions_are_exchanged_in_a_chain(self, store: Store) -> None:
        version = store.exchange("a/b", b"0", version=None)

        for number in range(1, 5):
            version = store.exchange("a/b", b"%d" % number, version=version)
            assert version

        assert content(store, "a/b") == b"4"

    def test_another_version_is_not_exchanged(self, store: Store) -> None:
        first = store.exchange("a/b", b"first", version=None)
        store.exchange("a/b", b"second", version=first)

        wrote = [
            store.exchange("a/b", b"third", version=first),
            store.exchange("a/b", b"third", version=None),
        ]

        assert wrote == [None, None]
        assert content(store, "a/b") == b"second"

    def test_what_is_not_there_is_not_exchanged(self, store: Store) -> None:
        version = store.exchange("a/b", b"first", version=None)
        store.delete("a/b")

        wrote = store.exchange("a/b", b"second", version=version)

        assert wrote is None
        assert store.get("a/b") is None

    def test_what_was_got_stays_as_it_was(self, store: Store) -> None:
        version = store.exchange("a/b", b"first", version=None)

        got = store.get("a/b")
        store.exchange("a/b", b"other", version=version)

        assert got is not None
        assert bytes(got.data) == b"first"

    def test_what_a_reader_writes_to_is_its_own(self, store: Store) -> None:
        store.put("large", [bytes(LARGE)])
        got = store.get("large")
        assert got is not None

        if not got.data.readonly:
            got.data[:3] = b"own"

        assert content(store, "large") == bytes(LARGE)

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

    def test_a_version_is_deleted_only_while_it_is_there(self, store: Store) -> None:
        first = store.exchange("a/b", b"first", version=None)
        second = store.exchange("a/b", b"second", version=first)

        of_first = store.delete("a/b", version=first)
        between = content(store, "a/b")
        of_second = store.delete("a/b", version=second)

        assert (of_first, between) == (False, b"second")
        assert of_second
        assert store.get("a/b") is None
        assert store.delete("a/b", version=second)

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
        version = store.exchange("shared", versions[0], version=None)
        done = Event()

        def read() -> set[bytes | None]:
            seen = {content(store, "shared")}
            while not done.is_set():
                seen.add(content(store, "shared"))
            return seen

        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(read)
            try:
                for after in versions[1:]:
                    version = store.exchange("shared", after, version=version)
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
            broken.exchange("a/b", b"1", version=None)
