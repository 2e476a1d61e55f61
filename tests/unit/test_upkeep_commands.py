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
from orchestra_cache.keys import new_hmac_key
from tests.conftest import resealed
from tests.unit.collecting import Shelf, recipe

run = CliRunner().invoke


def words_of(printed: str) -> str:
    """What is printed in a frame, as one line."""
    return " ".join(printed.replace("│", " ").split())


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


@pytest.mark.parametrize("text", ["30x", "", "a week", "-", "1M", "30M", "-5d", "30"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        duration(text)


def test_sizes_and_parts_are_written_as_people_do() -> None:
    assert (size("10GB"), size("1.5MiB"), shard("3/16")) == (10**10, 3 << 19, (3, 16))
    assert (size("1000B"), size("10 gb"), shard("1/1")) == (1000, 10**10, (1, 1))
    for parse, text in ((size, "ten"), (shard, "3"), (shard, "3/x"), (shard, "0/3")):
        with pytest.raises(typer.BadParameter):
            parse(text)


@pytest.mark.parametrize("text", ["1.5", "10", "1000", "0", "0GB", "1.5B", "0.5B", "8kbit", "-1GB"])
def test_what_could_be_a_slip_of_the_pen_is_no_size(text: str, shelf: Shelf) -> None:
    printed = run(app, ["collect", str(shelf.root), f"--max-bytes={text}"])

    assert printed.exit_code == 2
    assert "write a number and a unit" in words_of(printed.stderr)
    assert shelf.entries() == {"old", "middle", "new"}


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


@pytest.mark.parametrize(
    "words",
    [
        ["--keep", "1"],
        ["--task", "t*"],
        ["--keep", "-1", "--older", "1d"],
        ["--max-entries", "-1"],
        ["--shard", "5/4"],
        ["--shard", "0/4"],
        ["--older", "30x"],
        ["--older", "1M"],
        ["--older", "-5d"],
        ["--grace", "-1h"],
    ],
)
def test_what_cannot_be_meant_is_2(words: list[str], shelf: Shelf) -> None:
    printed = run(app, ["collect", str(shelf.root), *words])

    assert printed.exit_code == 2
    assert words[0] in printed.stderr or words[1] in printed.stderr
    assert not any(term in printed.stderr for term in ("timedelta", "`", "cannot be meant"))
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


@pytest.mark.parametrize("verb", ["collect", "verify"])
@pytest.mark.parametrize("place", ["none", "file", "file/below"])
def test_where_there_is_no_folder_there_is_no_cache(verb: str, place: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")

    printed = run(app, [verb, str(tmp_path / place)])

    assert printed.exit_code == 2
    assert "there is no folder at" in printed.stderr
    assert printed.stdout == ""
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_key_that_cannot_be_read_damages_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "a.key"
    run(app, ["keygen", str(key)])
    Cache(tmp_path / "store", keys=[key]).publish(recipe("a"), 1, seconds=1)
    monkeypatch.setenv("ORCHESTRA_CACHE_CACHES__LAKE__URL", str(tmp_path / "store"))
    monkeypatch.setenv("ORCHESTRA_CACHE_CACHES__LAKE__KEYS", str(tmp_path / "gone.key"))

    printed = [run(app, [*verb, "lake"]) for verb in VERBS]

    assert [one.exit_code for one in printed] == [2] * len(VERBS)
    assert all("cannot read the key file" in one.stderr for one in printed)
    assert Cache(tmp_path / "store", keys=[key]).lookup(recipe("a"))


VERBS = [["verify"], ["verify", "--repair"], ["collect"], ["collect", "--dry-run"]]


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


def test_verify_does_not_speak_for_what_it_cannot_judge(tmp_path: Path) -> None:
    Cache(tmp_path, keys=[new_hmac_key()]).publish(recipe("a"), 1, seconds=1)

    for words in ([], ["--repair"]):
        printed = run(app, ["verify", str(tmp_path), *words])

        assert printed.exit_code == 1
        assert "1 entries are of unknown keys" in printed.output
        assert "all of it is what was written" not in printed.output


@pytest.mark.parametrize("name", ["blobs-v1/junk", "blobs-v1/ab/notes", "entries-v1/task/readme"])
def test_what_is_no_entry_or_blob_by_its_name_is_named_and_stays(name: str, shelf: Shelf) -> None:
    shelf.store.put(f"main/{name}", [b"somebody's"])

    printed = run(app, ["verify", str(shelf.root), "--repair"])

    assert printed.exit_code == 0
    assert f"of no known name, left alone: main/{name}" in printed.output
    assert "3 entries and 3 blobs" in printed.output
    assert "all else is what was written" in printed.output
    assert shelf.store.get(f"main/{name}")


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
