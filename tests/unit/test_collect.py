"""A collection deletes what its limits say, keeps everything else, and says what it did."""

from __future__ import annotations

import os
import random
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from orchestra_cache import Cache
from orchestra_cache.collection import Limits
from orchestra_cache.errors import ConfigurationError, ReadOnlyError, StoreError
from orchestra_cache.events import Hit
from orchestra_cache.fingerprints.digest import digest_bytes
from orchestra_cache.journal import Journal
from orchestra_cache.keyring import Keyring
from orchestra_cache.keys import new_ed25519_key, new_hmac_key, parse_key, public_half
from orchestra_cache.stores import LocalStore
from orchestra_cache.stores.holds import hold
from orchestra_cache.stores.layout import pin_name
from tests.unit.collecting import DAY, Shelf, recipe

DAYS = {days: timedelta(days=days) for days in (1, 7, 10, 20)}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "store")


def use(shelf: Shelf, name: str, *, age: float) -> None:
    """Let a process hit an entry so many days ago, and say so."""
    at = shelf.now - age * DAY
    journal = Journal(shelf.store, "main", shelf.seals, clock=lambda: at, chance=lambda: 0.0)
    made = datetime.fromtimestamp(shelf.now - 1000 * DAY, timezone.utc)
    key = shelf.key(name)
    journal.looked(Hit(key.task, str(key), made, "", timedelta(seconds=3), None))
    journal.flush()


def fill(shelf: Shelf, ages: dict[str, float], **terms: Any) -> None:
    for name, age in ages.items():
        shelf.add(name, age=age, **terms)


def test_without_limits_no_entry_goes(shelf: Shelf) -> None:
    fill(shelf, {"a": 1000, "b": 1}, blobs=[b"blob"])

    report = shelf.collect()

    assert shelf.entries() == {"a", "b"}
    assert shelf.blobs() == {b"blob"}
    assert (report.entries.count, report.blobs.count, report.freed) == (2, 1, 0)


def test_old_entries_go_and_their_blobs_with_them(shelf: Shelf) -> None:
    shelf.add("old", age=11, blobs=[b"old"])
    shelf.add("new", age=9, blobs=[b"new"])
    size = shelf.path("old").stat().st_size

    report = shelf.collect(older=DAYS[10])

    assert shelf.entries() == {"new"}
    assert shelf.blobs() == {b"new"}
    assert (report.deleted.count, report.deleted.size) == (1, size)
    assert (report.deleted_blobs.count, report.deleted_blobs.size) == (1, 3)
    assert report.reasons == {"older": 1}


def test_a_blob_goes_with_its_last_reference(shelf: Shelf) -> None:
    shelf.add("old", age=11, blobs=[b"shared", b"own"])
    shelf.add("new", age=9, blobs=[b"shared"])

    report = shelf.collect(older=DAYS[10])

    assert shelf.blobs() == {b"shared"}
    assert report.deleted_blobs.size == 3


def test_a_part_that_lies_in_its_entry_may_also_be_a_blob(shelf: Shelf) -> None:
    shelf.add("a", age=30)
    shelf.blob(b"a")

    shelf.collect()

    assert shelf.blobs() == {b"a"}


def test_idle_entries_go(shelf: Shelf) -> None:
    fill(shelf, {"idle": 30, "used": 30, "new": 5})
    use(shelf, "used", age=2)

    report = shelf.collect(idle=DAYS[10])

    assert shelf.entries() == {"used", "new"}
    assert report.reasons == {"idle": 1}
    assert (report.hits, report.saved) == (1, timedelta(seconds=3))


def test_what_was_used_is_remembered_after_its_journal_is_gone(shelf: Shelf) -> None:
    fill(shelf, {"idle": 30, "used": 30})
    use(shelf, "used", age=2)
    shelf.collect()
    journals = list(shelf.store.iter("main/journal-v1/"))

    shelf.collect(idle=DAYS[10])

    assert journals == []
    assert shelf.entries() == {"used"}


@pytest.mark.parametrize(("order", "left"), [("lru", {"a", "b"}), ("fifo", {"b", "c"})])
def test_only_so_many_stay_by_use_or_by_age(order: str, left: set[str], shelf: Shelf) -> None:
    fill(shelf, {"a": 30, "b": 10, "c": 20})
    use(shelf, "a", age=1)

    report = shelf.collect(max_entries=2, order=order)

    assert shelf.entries() == left
    assert report.reasons == {"room": 1}


def test_bytes_count_each_blob_once(shelf: Shelf) -> None:
    shared = bytes(1000)
    fill(shelf, {"a": 1, "b": 2, "c": 3}, blobs=[shared])
    shelf.add("d", age=4, blobs=[bytes(999)])
    entries = sum(shelf.path(name).stat().st_size for name in "abc")

    shelf.collect(max_bytes=entries + 1000)

    assert shelf.entries() == {"a", "b", "c"}
    assert shelf.blobs() == {shared}


def test_one_byte_less_is_one_entry_less(shelf: Shelf) -> None:
    fill(shelf, {"a": 1, "b": 2, "c": 3}, blobs=[bytes(1000)])
    entries = sum(shelf.path(name).stat().st_size for name in "abc")

    shelf.collect(max_bytes=entries + 1000 - 1)

    assert shelf.entries() == {"a", "b"}


def test_what_fits_stays_though_something_newer_does_not(shelf: Shelf) -> None:
    shelf.add("new", age=1)
    shelf.add("large", age=2, blobs=[bytes(10_000)])
    shelf.add("small", age=3)

    shelf.collect(max_bytes=5000)

    assert shelf.entries() == {"new", "small"}


def test_the_newest_of_each_task_stay_whatever_the_limits_say(shelf: Shelf) -> None:
    for task in ("one", "two"):
        fill(shelf, {f"{task}{age}": age for age in (11, 12, 13)}, task=task)

    report = shelf.collect(older=DAYS[10], max_entries=0, keep=2)

    assert shelf.entries() == {"one11", "one12", "two11", "two12"}
    assert report.newest == 4


def test_what_is_spared_takes_room_before_the_rest(shelf: Shelf) -> None:
    fill(shelf, {"a": 1, "b": 2, "pinned": 30})
    shelf.store.put(pin_name("main", shelf.key("pinned")), [b""])

    shelf.collect(max_entries=2)

    assert shelf.entries() == {"a", "pinned"}


def test_a_blob_that_another_task_has_takes_no_room_of_this_one(shelf: Shelf) -> None:
    shelf.add("a", task="one", blobs=[bytes(5000)])
    shelf.add("b", task="two", blobs=[bytes(5000)])

    shelf.collect(tasks=["one"], max_bytes=2000)

    assert shelf.entries() == {"a", "b"}


def test_entries_of_other_tasks_neither_go_nor_count(shelf: Shelf) -> None:
    fill(shelf, {"a": 30, "b": 20}, task="Etl.load")
    fill(shelf, {"c": 40}, task="Etl.clean")
    fill(shelf, {"d": 50}, task="report")
    shelf.collect()

    shelf.collect(max_entries=1, tasks=["Etl.l*", "none"])

    assert shelf.entries() == {"b", "c", "d"}


@pytest.mark.parametrize("told", ["journal", "index", "journal and index", "nobody"])
@pytest.mark.parametrize("task", ["etl.load", "Etl.Load<1>"])
def test_entries_of_a_task_are_known_whoever_told_of_them(
    told: str, task: str, tmp_path: Path
) -> None:
    cache = Cache(tmp_path)
    for number in range(3):
        cache.publish(recipe(f"a{number}", task), number, seconds=1)
        cache.publish(recipe(f"b{number}", "Report"), number, seconds=1)
        if told == "journal and index" and number == 1:
            cache.collect()
    if told != "nobody":
        cache.flush()
    if told == "index":
        cache.collect()

    report = Cache(tmp_path).collect(tasks=["[eE]tl.*"], max_entries=1)

    assert report.deleted.count == 2
    assert report.read == (6 if told == "nobody" else 0)
    assert sum(bool(cache.lookup(recipe(f"a{number}", task))) for number in range(3)) == 1
    assert all(cache.lookup(recipe(f"b{number}", "Report")) for number in range(3))


def test_a_pinned_entry_stays_until_it_is_unpinned(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.publish(recipe("a"), 1, seconds=1)
    cache.publish(recipe("b"), 2, seconds=1)
    cache.pin(recipe("a"))

    pinned = cache.collect(max_entries=0)
    first = [bool(cache.lookup(recipe(name))) for name in "ab"]
    cache.unpin(recipe("a"))
    cache.collect(max_entries=0)

    assert first == [True, False]
    assert pinned.pinned == 1
    assert not cache.lookup(recipe("a"))


def test_a_dry_run_says_what_would_go_and_changes_nothing(shelf: Shelf) -> None:
    fill(shelf, {"old": 11, "new": 9})
    shelf.add("blob", age=11, blobs=[b"blob"])
    shelf.blob(b"unused")
    (shelf.root / "main/entries-v1/task/.writing-1-a").write_bytes(b"half")
    os.utime(shelf.root / "main/entries-v1/task/.writing-1-a", (0, 0))
    use(shelf, "old", age=1)
    before = shelf.files()

    said = shelf.collect(older=DAYS[10], dry_run=True)
    after = shelf.files()
    done = shelf.collect(older=DAYS[10])

    assert after == before
    assert said.deleted == done.deleted
    assert said.deleted_blobs == done.deleted_blobs
    assert said.litter == done.litter
    assert (done.deleted.count, done.deleted_blobs.count, done.litter.count) == (2, 2, 1)
    assert "would go" in str(said)


def test_a_blob_that_nothing_refers_to_waits_for_the_time_of_grace(shelf: Shelf) -> None:
    shelf.blob(b"old", age=1.1)
    shelf.blob(b"new", age=0.9)

    report = shelf.collect(grace=DAYS[1])

    assert shelf.blobs() == {b"new"}
    assert (report.waiting.count, report.waiting.size) == (1, 3)


def test_a_blob_that_somebody_holds_stays_for_the_time_of_grace(shelf: Shelf) -> None:
    path = shelf.blob(b"held", age=30)
    hold(shelf.store, "main", digest_bytes(b"held"), clock=lambda: shelf.now - 3000)

    waiting = shelf.collect().waiting.count
    there = path.exists()
    shelf.now += 700
    shelf.collect()

    assert (waiting, there) == (1, True)
    assert not path.exists()


def test_who_stores_what_is_there_already_holds_it(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    value = random.Random(1).randbytes(100_000)
    cache.publish(recipe("a"), value, seconds=1)
    nobody = list(tmp_path.glob("main/holds-v1/*/?*"))

    cache.publish(recipe("b"), value, seconds=1)

    assert nobody == []
    assert [path.name for path in tmp_path.glob("main/holds-v1/*/?*") if path.name[0] != "."] == [
        path.name for path in tmp_path.glob("main/blobs-v1/*/?*") if path.name[0] != "."
    ]


@pytest.mark.parametrize("moment", ["before it is read", "before it is deleted"])
def test_an_entry_that_was_replaced_meanwhile_stays(moment: str, tmp_path: Path) -> None:
    class Replacing(LocalStore):
        def get(self, name: str) -> Any:
            self.replace(name, "before it is read")
            return super().get(name)

        def delete(self, name: str, *, version: str | None = None) -> bool:
            self.replace(name, "before it is deleted")
            return super().delete(name, version=version)

        def replace(self, name: str, now: str) -> None:
            if "/entries-v1/" in name and now == moment:
                # Of the same size.
                writer.add("a", age=0, blobs=[b"new"])

    shelf, writer = Shelf(tmp_path), Shelf(tmp_path)
    shelf.add("a", age=30, blobs=[b"old"])
    size = shelf.path("a").stat().st_size
    shelf.collect()
    shelf.store = Replacing(tmp_path)

    report = shelf.collect(older=DAYS[10])

    assert shelf.entries() == {"a"}
    assert shelf.path("a").stat().st_size == size
    assert shelf.blobs() == {b"old", b"new"}
    assert (report.deleted.count, report.changed) == (0, 1)


def test_who_published_tells_what_its_entry_refers_to(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for name in "ab":
        cache.publish(recipe(name), os.urandom(100_000), seconds=1)
    cache.flush()
    cache.publish(recipe("unflushed"), os.urandom(100_000), seconds=1)

    first = Cache(tmp_path).collect(grace=timedelta(0))
    second = Cache(tmp_path).collect(grace=timedelta(0))

    assert (first.read, second.read) == (1, 0)
    assert first.deleted_blobs.count == second.deleted_blobs.count == 0
    assert Cache(tmp_path).verify().sound


def test_what_replaced_an_entry_is_read_though_its_writer_was_killed(shelf: Shelf) -> None:
    shelf.add("a", age=30, blobs=[b"one"])
    shelf.collect()
    shelf.add("a", age=20, blobs=[b"two"])

    report = shelf.collect(grace=DAYS[1])

    assert report.read == 1
    assert shelf.blobs() == {b"two"}


def test_a_journal_does_not_speak_for_what_replaced_its_entry(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    shelf = Shelf(tmp_path)
    shelf.tasks["a"] = "task"
    cache.publish(recipe("a"), os.urandom(100_000), seconds=1)
    content = shelf.path("a").read_bytes()
    cache.flush()
    # Of the same size, by somebody who was killed before it could say so.
    shelf.path("a").unlink()
    shelf.path("a").write_bytes(content)
    os.utime(shelf.path("a"), (shelf.now + 60,) * 2)

    assert Cache(tmp_path).collect().read == 1


def test_everything_is_read_if_that_is_asked_for(shelf: Shelf) -> None:
    fill(shelf, {"a": 1, "b": 2})
    shelf.collect()

    assert shelf.collect().read == 0
    assert shelf.collect(full=True).read == 2


def test_a_damaged_entry_goes_after_the_time_of_grace(shelf: Shelf) -> None:
    fill(shelf, {"old": 2, "new": 0.5, "whole": 2})
    for name in ("old", "new"):
        path = shelf.path(name)
        times = (path.stat().st_atime, path.stat().st_mtime)
        path.write_bytes(path.read_bytes()[:-1])
        os.utime(path, times)

    report = shelf.collect(grace=DAYS[1])

    assert shelf.entries() == {"new", "whole"}
    assert (report.damaged, report.reasons) == (2, {"damaged": 1})


def test_an_entry_of_an_unknown_key_stays_with_its_blobs(tmp_path: Path) -> None:
    theirs = Shelf(tmp_path, seals=Keyring([new_hmac_key()]))
    ours = Shelf(tmp_path, seals=Keyring([new_hmac_key()]))
    theirs.add("theirs", age=30, blobs=[b"theirs"])
    ours.add("ours", age=30, blobs=[b"ours"])

    report = ours.collect(older=DAYS[10])

    assert theirs.entries() == {"theirs"}
    assert theirs.blobs() == {b"theirs"}
    assert (report.foreign, report.deleted.count) == (1, 1)


def test_no_blob_goes_while_there_is_an_entry_of_a_newer_format(shelf: Shelf) -> None:
    fill(shelf, {"newer": 30, "old": 30})
    path = shelf.path("newer")
    path.write_bytes(path.read_bytes().replace(b"entry/1", b"entry/2", 1))
    shelf.blob(b"whose?")

    report = shelf.collect(older=DAYS[10])

    assert shelf.entries() == {"newer"}
    assert shelf.blobs() == {b"whose?"}
    assert report.unknown == 1
    assert "Update orchestra_cache" in str(report)


@pytest.mark.skipif(getattr(os, "getuid", lambda: 0)() == 0, reason="root may read every folder")
def test_a_folder_that_cannot_be_listed_is_no_empty_one(shelf: Shelf) -> None:
    shelf.add("a", blobs=[b"blob"])
    folder = shelf.path("a").parent
    folder.chmod(0)

    with pytest.raises(StoreError):
        shelf.collect()

    folder.chmod(0o700)
    assert shelf.blobs() == {b"blob"}


def test_a_listing_that_breaks_off_deletes_nothing(tmp_path: Path) -> None:
    class Breaking(LocalStore):
        def iter(self, prefix: str) -> Any:
            if "entries" in prefix:
                raise StoreError("the network is down", "wait")
            return super().iter(prefix)

    shelf = Shelf(tmp_path)
    shelf.add("a", blobs=[b"blob"])
    shelf.store = Breaking(tmp_path)

    with pytest.raises(StoreError):
        shelf.collect(grace=timedelta(0))

    assert shelf.blobs() == {b"blob"}


def test_objects_of_other_names_and_namespaces_stay(tmp_path: Path) -> None:
    shelf, other = Shelf(tmp_path), Shelf(tmp_path, namespace="other")
    shelf.add("a", blobs=[b"ours"])
    other.add("a", blobs=[b"theirs"])
    other.blob(b"unused")
    strange = ["main/entries-v1/task/readme", "main/blobs-v1/ab/notes", "main/blobs-v1/x"]
    for name in strange:
        shelf.store.put(name, [b"text"])

    report = shelf.collect(max_entries=0, grace=timedelta(0))

    assert other.blobs() == {b"theirs", b"unused"}
    assert other.entries() == {"a"}
    assert report.strange == 3
    assert all(shelf.store.get(name) for name in strange)


def test_where_there_is_no_cache_none_is_made(tmp_path: Path) -> None:
    report = Cache(tmp_path / "none").collect()

    assert report.entries.count == 0
    assert list(tmp_path.iterdir()) == []


def test_who_has_no_key_to_sign_with_changes_nothing(tmp_path: Path) -> None:
    secret = new_ed25519_key()
    public = public_half(parse_key(secret, "the key"))
    assert public is not None
    writer, reader = (Cache(tmp_path, keys=[key]) for key in (secret, public))
    writer.publish(recipe("a"), 1, seconds=1)

    said = reader.collect(max_entries=0, dry_run=True)
    for change in (
        lambda: reader.collect(max_entries=0),
        lambda: reader.verify(repair=True),
        lambda: reader.invalidate(task="task"),
        lambda: reader.pin(recipe("a")),
        lambda: reader.unpin(recipe("a")),
    ):
        with pytest.raises(ReadOnlyError):
            change()

    assert said.deleted.count == 1
    assert reader.verify().sound
    assert reader.lookup(recipe("a"))


@pytest.mark.parametrize(
    ("limits", "names"),
    [
        ({"older": timedelta(days=-1)}, "older"),
        ({"idle": 7}, "idle"),
        ({"max_bytes": -1}, "max_bytes"),
        ({"max_entries": 1.5}, "max_entries"),
        ({"order": "random"}, "order"),
        ({"tasks": "etl.*", "max_entries": 1}, "tasks"),
        ({"keep": 3}, "keep"),
        ({"tasks": ["etl.*"]}, "tasks"),
        ({"shard": (0, 16)}, "shard"),
        ({"shard": (17, 16)}, "shard"),
        ({"shard": 5}, "shard"),
        ({"shard": ("1", "2")}, "shard"),
        ({"shard": (1,)}, "shard"),
        ({"grace": None}, "grace"),
        ({"tasks": [5], "max_entries": 1}, "tasks"),
        ({"tasks": 5, "max_entries": 1}, "tasks"),
    ],
)
def test_limits_that_cannot_be_meant_are_refused(limits: dict[str, Any], names: str) -> None:
    with pytest.raises(ConfigurationError, match=names):
        Limits(**limits)


def test_a_pattern_alone_is_not_read_as_its_letters(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.publish(recipe("a", "train"), 1, seconds=1)

    with pytest.raises(ConfigurationError, match=r"write `tasks=\['etl_\*'\]`"):
        cache.collect(tasks="etl_*", older=timedelta(0))

    assert cache.lookup(recipe("a", "train"))


def test_a_report_fits_a_terminal(shelf: Shelf) -> None:
    fill(shelf, {str(number): number + 0.5 for number in range(50)}, blobs=[b"blob"])

    text = str(shelf.collect(older=DAYS[10], max_entries=5, keep=3))

    assert max(map(len, text.splitlines())) <= 80
    assert "older 40, room 5" in text


def test_a_task_is_invalidated(tmp_path: Path) -> None:
    cache = Cache(tmp_path, memory=1 << 20)
    one, two = cache.memoize(len), cache.memoize(sorted)
    one("a")
    one("ab")
    two("a")

    count = cache.invalidate(task="len")

    assert count == 2
    assert [bool(one.lookup("a")), bool(two.lookup("a"))] == [False, True]


def test_one_recipe_is_invalidated(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for name in "ab":
        cache.publish(recipe(name), name, seconds=1)

    counts = [cache.invalidate(recipe=recipe("a")) for _ in range(2)]

    assert counts == [1, 0]
    assert [bool(cache.lookup(recipe(name))) for name in "ab"] == [False, True]
    with pytest.raises(ConfigurationError):
        cache.invalidate()


def test_pins_are_named_as_entries_are() -> None:
    assert pin_name("main", recipe("a").key).startswith("main/pins-v1/task/")
