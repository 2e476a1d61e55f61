"""`orchestra-cache collect` and `verify`: what they are given, what they say, how they end."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import typer
from typer.testing import CliRunner

from orchestra_cache import Cache
from orchestra_cache.cli import app
from orchestra_cache.cli.terms import duration, shard, size
from tests.conftest import resealed
from tests.unit.collecting import Shelf, recipe

run = CliRunner().invoke


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("30d", timedelta(days=30)),
        ("12h", timedelta(hours=12)),
        ("90m", timedelta(minutes=90)),
        ("1h30m", timedelta(minutes=90)),
        ("45s", timedelta(seconds=45)),
        ("2w", timedelta(weeks=2)),
        ("P1DT12H", timedelta(hours=36)),
    ],
)
def test_durations_are_written_as_people_do(text: str, meant: timedelta) -> None:
    assert duration(text) == meant


@pytest.mark.parametrize("text", ["30x", "", "a week", "-"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        duration(text)


def test_sizes_and_parts_are_written_as_people_do() -> None:
    assert (size("10GB"), size("1.5MiB"), shard("3/16")) == (10**10, 3 << 19, (3, 16))
    for parse, text in ((size, "ten"), (shard, "3"), (shard, "3/x")):
        with pytest.raises(typer.BadParameter):
            parse(text)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path / "store")
    for name, age in (("old", 40), ("middle", 20), ("new", 1)):
        shelf.add(name, age=age, blobs=[name.encode()])
    return shelf


def test_collect_deletes_what_it_is_told_to(shelf: Shelf) -> None:
    printed = run(app, ["collect", str(shelf.root), "--older", "30d", "--max-entries", "1"])

    assert printed.exit_code == 0
    assert shelf.entries() == {"new"}
    assert "older 1, room 1" in printed.output
    assert max(map(len, printed.output.splitlines())) <= 80


def test_every_limit_can_be_given(shelf: Shelf) -> None:
    limits = ["--idle", "2w", "--keep", "1", "--max-bytes", "1kB", "--order", "fifo"]
    others = ["--task", "t*", "--task", "x", "--grace", "2d", "--shard", "1/1", "--full"]

    printed = run(app, ["collect", str(shelf.root), *limits, *others])

    assert printed.exit_code == 0, printed.output
    assert shelf.entries() == {"new"}


def test_a_dry_run_deletes_nothing(shelf: Shelf) -> None:
    before = shelf.files()

    printed = run(app, ["collect", str(shelf.root), "--max-entries", "0", "--dry-run"])

    assert "entries that would go" in printed.output
    assert shelf.files() == before


@pytest.mark.parametrize("words", [["--keep", "1"], ["--shard", "5/4"], ["--older", "30x"]])
def test_what_cannot_be_meant_is_2(words: list[str], shelf: Shelf) -> None:
    assert run(app, ["collect", str(shelf.root), *words]).exit_code == 2
    assert shelf.entries() == {"old", "middle", "new"}


@pytest.mark.parametrize("verb", ["collect", "verify"])
def test_a_cache_that_does_not_work_is_1(verb: str) -> None:
    printed = run(app, [verb, "~there-is-no-such-user/cache"])

    assert printed.exit_code == 1
    assert "hint:" in printed.stderr


def test_verify_finds_all_whole(shelf: Shelf) -> None:
    printed = run(app, ["verify", str(shelf.root)])

    assert printed.exit_code == 0
    assert "3 entries and 3 blobs" in printed.output
    assert "all of it is what was written" in printed.output


def damaged(shelf: Shelf) -> None:
    """Flip a bit of an entry and of a blob, and delete another blob."""
    for path in (shelf.path("old"), shelf.blob(b"middle")):
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(data)
    shelf.blob(b"new").unlink()


def test_verify_names_what_is_damaged_and_ends_with_1(shelf: Shelf) -> None:
    damaged(shelf)

    printed = run(app, ["verify", str(shelf.root)])

    assert printed.exit_code == 1
    lines = printed.output.split("\n")
    assert sum(line.startswith("damaged: main/") for line in lines) == 2
    assert sum(line.startswith("incomplete: main/entries-v1/task/") for line in lines) == 2
    assert shelf.entries() == {"old", "middle", "new"}


def test_verify_repairs_what_it_is_told_to(shelf: Shelf) -> None:
    damaged(shelf)
    shelf.add("whole", blobs=[b"whole"])

    printed = [run(app, ["verify", str(shelf.root), *words]) for words in (["--repair"], [])]

    assert [one.exit_code for one in printed] == [0, 0]
    assert shelf.entries() == {"whole"}
    assert b"whole" in shelf.blobs()


def test_verify_leaves_alone_what_others_can_use(shelf: Shelf) -> None:
    path = shelf.path("old")
    path.write_bytes(path.read_bytes().replace(b"entry/1", b"entry/2", 1))

    printed = run(app, ["verify", str(shelf.root), "--repair"])

    assert "1 entries are of unknown keys or newer formats" in printed.output
    assert path.exists()


def test_verify_reads_what_lies_in_an_entry_too(shelf: Shelf) -> None:
    path = shelf.path("old")
    # Sealed again, by somebody who meant to change it.
    path.write_bytes(resealed(path.read_bytes()[:-1] + b"D"))

    assert shelf.root / Cache(shelf.root).verify().damaged[0] == path


def test_what_is_verified_is_not_the_copies_near_by(tmp_path: Path) -> None:
    place = f"memory://{uuid4().hex}"
    cache = Cache(place, near=tmp_path / "near")
    cache.publish(recipe("a"), os.urandom(100_000), seconds=1)
    (blob,) = cache.store.iter("main/blobs-v1/")
    far = Cache(place)
    far.store.delete(blob.name)
    far.store.put(blob.name, [b"TEXT"])

    found = cache.verify()

    assert cache.lookup(recipe("a"))
    assert found.damaged == [blob.name]
