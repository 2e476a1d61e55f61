"""Of what matches the declared outputs of a command, that is kept which the command made."""

from __future__ import annotations

import fcntl
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from orchestra_cache.airflow import beside
from orchestra_cache.airflow.beside import is_shared, writing
from orchestra_cache.airflow.made import _TICK, MadeFiles, OutputsError, _is_doubtful
from tests.integration.airflow_engine.commanding import executed
from tests.integration.airflow_engine.runs import Dags
from tests.integration.fresh_process import FreshProcesses

SECOND = 1_000_000_000


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path


def kept(work: Path, declared: list[str], write: Any) -> list[str]:
    """What is kept of a command that does what `write` does."""
    outputs = MadeFiles(declared, str(work), "")
    with outputs.watched():
        write()
    return [path.relative_to(work).as_posix() for path in outputs.files()]


def written(*paths: Path, text: str = "new") -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_of_a_pattern_what_was_made_or_changed_is_kept_and_what_others_wrote_is_not(work: Path):
    out = work / "out"
    written(out / "theirs.csv", out / "changed.csv", out / "longer.csv", text="old")

    def write() -> None:
        written(out / "made.csv", out / "changed.csv")
        with (out / "longer.csv").open("a") as file:
            file.write("er")

    assert kept(work, ["out/*.csv"], write) == ["out/changed.csv", "out/longer.csv", "out/made.csv"]


def test_what_has_a_name_is_kept_also_if_it_was_there_and_right(work: Path):
    written(work / "out" / "named.csv", work / "folder" / "part", text="old")

    assert kept(work, ["out/named.csv", "folder"], lambda: None) == ["folder", "out/named.csv"]


def test_a_change_within_a_tick_of_the_clock_is_seen(work: Path):
    file = work / "out" / "a.csv"

    def rewrite() -> None:
        with file.open("r+") as opened:
            opened.write("new")
        os.utime(file, ns=before)

    for _ in range(20):
        written(file, text="old")
        before = (file.stat().st_atime_ns, file.stat().st_mtime_ns)
        assert kept(work, ["out/*"], rewrite) == ["out/a.csv"]


def test_what_changed_just_before_has_another_time_than_what_changes_now(work: Path):
    written(work / "out" / "a.csv")
    changed = (work / "out" / "a.csv").stat().st_ctime_ns

    with MadeFiles(["out/*"], str(work), "").watched():
        assert time.time_ns() - changed >= _TICK


def test_a_time_that_may_be_that_of_a_later_change_is_in_doubt():
    now = 1_700_000_000 * SECOND + 5

    assert _is_doubtful(now - 5, now)
    assert not _is_doubtful(now - 5 - 2 * SECOND, now)
    assert not _is_doubtful(now - 4, now)
    assert _is_doubtful(now + 4, now)


def test_where_the_time_of_what_was_there_says_nothing_a_pattern_is_not_kept(
    work: Path, monkeypatch: pytest.MonkeyPatch
):
    """The clock was set back by an hour."""
    written(work / "out" / "theirs.csv", text="old")
    now = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: now() - 3600 * SECOND)

    with pytest.raises(OutputsError, match=r"theirs\.csv` cannot be told by its time"):
        kept(work, ["out/*.csv"], lambda: written(work / "out" / "own.csv"))
    assert kept(work, ["out/own.csv"], lambda: None) == ["out/own.csv"]


def test_a_folder_that_is_new_is_kept_and_of_one_that_was_there_what_is_new_in_it(work: Path):
    written(work / "out" / "old" / "theirs", work / "out" / "old" / "in" / "changed", text="old")

    def write() -> None:
        written(work / "out" / "new" / "a", work / "out" / "new" / "b")
        written(work / "out" / "old" / "more", work / "out" / "old" / "in" / "changed")

    found = ["out/new", "out/old/in/changed", "out/old/more"]
    assert kept(work, ["out/*"], write) == found
    assert kept(work, ["out/**/*"], lambda: written(work / "out" / "old" / "last")) == [
        "out/old/last"
    ]


def test_what_a_command_left_as_it_was_is_nobodys(work: Path):
    written(work / "out" / "theirs.csv", text="old")

    with pytest.raises(OutputsError, match="nobody knows whose that is") as raised:
        kept(work, ["out/*.csv"], lambda: None)
    assert "without wildcards" in raised.value.hint


@pytest.mark.parametrize("declared", ["out/*.csv", "out/a.csv"])
def test_what_is_not_there_is_missing(work: Path, declared: str):
    with pytest.raises(OutputsError, match="made no `out/"):
        kept(work, [declared], lambda: None)


def test_what_two_make_side_by_side_is_not_told_apart(work: Path):
    for one, other in ((["out/*"], ["out/*"]), (["out/*"], ["*/x.csv"]), (["*"], ["out/x.csv"])):
        first, second = MadeFiles(one, str(work), "1"), MadeFiles(other, str(work), "2")
        with first.watched():
            with second.watched():
                written(work / "out" / "x.csv")
            written(work / "out" / "y.csv", text=str(one))

        with pytest.raises(OutputsError, match="another command wrote to"):
            first.files()
        if other == ["out/x.csv"]:
            assert second.files() == [work / "out" / "x.csv"]
        else:
            with pytest.raises(OutputsError, match="another command wrote to"):
                second.files()


def test_what_two_make_in_folders_of_their_own_is(work: Path):
    first, second = MadeFiles(["a/*"], str(work), "1"), MadeFiles(["b/*"], str(work), "2")

    with first.watched(), second.watched():
        written(work / "a" / "1", work / "b" / "2")

    assert first.files() == [work / "a" / "1"]
    assert second.files() == [work / "b" / "2"]


def test_of_a_folder_that_two_write_to_nobody_knows_what_is_whose(work: Path):
    first, second = MadeFiles(["out"], str(work), "1"), MadeFiles(["out/a"], str(work), "2")

    with first.watched(), second.watched():
        written(work / "out" / "a")

    assert second.files() == [work / "out" / "a"]
    with pytest.raises(OutputsError, match="another command wrote to"):
        first.files()


def test_who_does_the_same_makes_the_same(work: Path):
    first, second = MadeFiles(["out/*"], str(work), "same"), MadeFiles(["out/*"], str(work), "same")

    with first.watched(), second.watched():
        written(work / "out" / "a")

    assert first.files() == second.files() == [work / "out" / "a"]


def test_what_is_put_back_meanwhile_is_nobody_elses(work: Path):
    computed, found = MadeFiles(["out/*"], str(work), "1"), MadeFiles(["out/b"], str(work), "2")

    with computed.watched():
        written(work / "out" / "a")
        with found.restored():
            written(work / "out" / "b")

    with pytest.raises(OutputsError, match="another command wrote to"):
        computed.files()


def test_what_cannot_be_told_others_is_put_back_all_the_same(
    work: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(work / "nowhere" / "there"))
    (work / "nowhere").write_text("")

    with MadeFiles(["out/*"], str(work), "1").restored():
        written(work / "out" / "a")


def test_one_that_was_killed_writes_no_more(work: Path):
    program = (
        "import sys, time; from orchestra_cache.airflow.beside import writing\n"
        "with writing([sys.argv[1]], ''): print('writes', flush=True); time.sleep(100)"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", program, str(work)], stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "writes\n"

    with writing([str(work / "out")], "mine") as writer:
        assert not writer.was_alone
    other.send_signal(signal.SIGKILL)
    other.wait()

    with writing([str(work / "out")], "mine") as writer:
        assert writer.was_alone


@pytest.mark.parametrize(
    "kind, shared", [("nfs4", True), ("fuse.s3fs", True), ("ext4", False), ("overlay", False)]
)
def test_a_folder_that_other_hosts_may_write_to_is_known_by_its_mount(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, shared: bool
):
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/a / ext4 rw 0 0\nserver:/a /srv/sh\\040ared {kind} rw 0 0\n")
    monkeypatch.setattr(beside, "_MOUNTS", mounts)

    assert is_shared("/srv/sh ared/reports") == shared
    assert not is_shared("/srv/other")
    mounts.unlink()
    assert not is_shared("/srv/sh ared")


def test_patterns_in_a_folder_that_other_hosts_may_write_to_are_not_kept(
    work: Path, monkeypatch: pytest.MonkeyPatch
):
    (work / "mounts").write_text("server:/a / nfs4 rw 0 0\n")
    monkeypatch.setattr(beside, "_MOUNTS", work / "mounts")

    with pytest.raises(OutputsError, match="other hosts may write to"):
        kept(work, ["out/*"], lambda: written(work / "out" / "a"))
    assert kept(work, ["out/a"], lambda: None) == ["out/a"]


def test_where_nobody_can_be_told_names_are_kept_and_patterns_are_not(
    work: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tempfile, "tempdir", str(work / "nowhere" / "there"))
    (work / "nowhere").write_text("")

    assert kept(work, ["out/a"], lambda: written(work / "out" / "a")) == ["out/a"]
    with pytest.raises(OutputsError, match="is not known: NotADirectoryError"):
        kept(work, ["out/*"], lambda: written(work / "out" / "b"))


@contextmanager
def full_disk(room: int = 0) -> Iterator[None]:
    """No file grows beyond this: what is written more is an error, or is written in part."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def records(work: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where all writers of a test are known."""
    monkeypatch.setattr(tempfile, "tempdir", str(work))
    return work / f"orchestra-cache-writers-{os.getuid()}"


@pytest.mark.parametrize("room", [0, 3])
def test_where_there_is_no_room_for_a_record_none_is_left(work: Path, records: Path, room: int):
    written(work / "out" / "a")
    before = len(os.listdir("/proc/self/fd"))

    with full_disk(room):
        assert kept(work, ["out/a"], lambda: None) == ["out/a"]
        with pytest.raises(OutputsError, match="is not known: OSError"):
            kept(work, ["out/*"], lambda: (work / "out" / "b").touch())
        with MadeFiles(["out/*"], str(work), "").restored():
            pass

    assert len(os.listdir("/proc/self/fd")) == before
    assert [*records.glob("[0-9a-f]*")] == []
    assert kept(work, ["out/*"], lambda: written(work / "out" / "c")) == ["out/c"]


@pytest.mark.parametrize("text", [b"", b"work\0/some", b"work\0/elsewhere\0!"])
def test_a_writer_that_could_not_say_where_it_writes_may_write_anywhere(
    work: Path, records: Path, text: bytes
):
    with writing([str(work)], "first"):
        pass
    with (records / "0").open("wb") as record:
        fcntl.flock(record, fcntl.LOCK_EX)
        record.write(text)
        record.flush()

        assert kept(work, ["out/a"], lambda: written(work / "out" / "a")) == ["out/a"]
        with MadeFiles(["out/b"], str(work), "").restored():
            written(work / "out" / "b")
        with pytest.raises(OutputsError, match="another command wrote to"):
            kept(work, ["out/*"], lambda: written(work / "out" / "c"))


def test_a_writer_learns_of_one_beside_it_also_where_there_is_no_room(work: Path, records: Path):
    computed, named = (MadeFiles([one], str(work), one) for one in ("out/*", "out/b"))

    with computed.watched(), full_disk(), named.watched():
        (work / "out" / "b").touch()

    assert [*records.glob("[0-9a-f]*")] == []
    with pytest.raises(OutputsError, match="another command wrote to"):
        computed.files()


@pytest.mark.parametrize("names", ["out/\0", "out/*\0"])
def test_what_can_be_no_name_fails_nothing(work: Path, names: str):
    with MadeFiles([names], str(work), "").restored():
        pass
    with pytest.raises(OutputsError):
        kept(work, [names], lambda: None)


def test_an_error_of_the_command_is_its_own(work: Path):
    outputs = MadeFiles(["out/*"], str(work), "")

    with pytest.raises(ValueError, match="its own"), outputs.watched():
        raise ValueError("its own")
    with writing([str(work)], "mine") as writer:
        assert writer.was_alone


@pytest.fixture
def run(processes: FreshProcesses, work: Path) -> Any:
    """Run a command in a process of its own."""

    def run(me: str, command: str, outputs: str) -> list[str]:
        said: list[str] = processes.call(executed, work, me, command, outputs, environment={})
        return said

    return run


def both(run: Any, outputs: str) -> list[list[str]]:
    """Run two commands, each of which waits for the other."""

    def one(me: str, other: str) -> list[str]:
        said: list[str] = run(
            me, f"touch $ME.here; {until(other + '.here')}; {WRITE}", outputs.format(me)
        )
        return said

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, "ab", "ba"))


def until(file: str) -> str:
    return f"for i in $(seq 3000); do [ -e {file} ] && break; sleep 0.01; done"


WRITE = 'echo $ME > "out/$ME.csv"'
BESIDE = "another command wrote to"


def test_of_commands_that_run_side_by_side_none_keeps_what_the_other_made(run: Any):
    for said in both(run, "out/*.csv"):
        assert [one.partition(" ")[0] for one in said] == ["Miss", "Uncached"]
        assert BESIDE in said[1]


def test_with_names_of_their_own_they_are_kept_and_hit(run: Any, work: Path):
    first = both(run, "out/{}.csv")
    for path in (work / "out").iterdir():
        path.unlink()
    second = both(run, "out/{}.csv")

    assert first == [["Miss", "Published"]] * 2
    assert second == [["Hit"]] * 2
    assert {path.read_text() for path in (work / "out").iterdir()} == {"a\n", "b\n"}


def test_nor_does_one_keep_what_a_hit_of_another_has_put_back(run: Any, work: Path):
    assert run("b", WRITE, "out/b.csv") == ["Miss", "Published"]
    (work / "out" / "b.csv").unlink()
    waiting = f"touch a.here; {until('out/b.csv')}; {WRITE}"

    with ThreadPoolExecutor(1) as pool:
        computed = pool.submit(run, "a", waiting, "out/*.csv")
        while not (work / "a.here").exists() and not computed.done():
            time.sleep(0.01)
        assert run("b", WRITE, "out/b.csv") == ["Hit"]
        miss, uncached = computed.result()

    assert miss == "Miss"
    assert BESIDE in uncached
    assert {path.name for path in (work / "out").iterdir()} == {"a.csv", "b.csv"}


def test_a_hit_leaves_alone_what_others_wrote(dags: Dags, tmp_path: Path):
    parts = tmp_path / "work" / "parts"
    written(parts / "theirs.csv", text="before")

    first = dags.run("patterns", WORK=str(parts.parent))
    for path in parts.glob("[12].csv"):
        path.unlink()
    written(parts / "theirs.csv", text="later")
    second = dags.run("patterns", WORK=str(parts.parent))

    assert first.warnings == second.warnings == []
    assert [line for _, line in second.lines if ": hit " in line] != []
    found = {path.name: path.read_text() for path in parts.iterdir()}
    assert found == {"1.csv": "1\n", "2.csv": "2\n", "theirs.csv": "later"}
