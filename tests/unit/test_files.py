"""A path that is returned is returned with what it leads to."""

from __future__ import annotations

import gc
import os
import resource
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import uuid4

import msgspec
import numpy as np
import pytest

from orchestra_cache import Cache, Ref, fingerprint
from orchestra_cache.codecs import RawCodec, TreeCodec, files
from orchestra_cache.codecs.files import FileContent
from orchestra_cache.declaration import Declaration
from orchestra_cache.errors import CodecError, ForeignError
from orchestra_cache.events import Event, Failed, Hit, Miss, Published, Uncached
from orchestra_cache.keys import new_hmac_key


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def kinds(events: list[Event]) -> list[type]:
    return [type(event) for event in events]


def write_folder() -> Path:
    out = Path("out")
    (out / "deep/er").mkdir(parents=True)
    (out / "empty").mkdir()
    (out / "a.txt").write_text("a")
    (out / "deep/er/large").write_bytes(bytes(2_000_000))
    (out / "deep/run.sh").write_text("#!")
    (out / "deep/run.sh").chmod(0o755)
    (out / "latest").symlink_to("deep/er/large")
    (out / "deep/up").symlink_to("../a.txt")
    return out


def seen(path: Path) -> dict[str, Any]:
    """Everything at a path, by name."""
    found: dict[str, Any] = {}
    for one in [path, *sorted(path.rglob("*"))]:
        name = one.relative_to(path).as_posix()
        if one.is_symlink():
            found[name] = os.readlink(one)
        elif one.is_dir():
            found[name] = "folder"
        else:
            found[name] = (one.read_bytes(), os.access(one, os.X_OK))
    return found


def remove(path: Path) -> None:
    for one in sorted(path.rglob("*"), reverse=True):
        one.rmdir() if one.is_dir() and not one.is_symlink() else one.unlink()
    path.rmdir()


def write_file() -> Path:
    Path("out.csv").write_text("a,b\n")
    return Path("out.csv")


def test_a_file_comes_back(cache: Cache, events: list[Event]) -> None:
    task = cache.memoize(write_file)
    task().unlink()

    found = task()

    assert kinds(events) == [Miss, Published, Hit]
    assert found == Path("out.csv")
    assert type(found) is type(Path())
    assert found.read_text() == "a,b\n"


@pytest.mark.parametrize("size", [0, 1, 5_000, 100_000, 3_000_000])
def test_files_of_any_size_come_back(size: int, cache: Cache) -> None:
    content = os.urandom(size)

    def write() -> Path:
        Path("out").write_bytes(content)
        return Path("out")

    task = cache.memoize(ignore={"content"})(lambda content: write())
    task(content).unlink()

    assert task(content).read_bytes() == content


def test_a_folder_comes_back(cache: Cache, events: list[Event]) -> None:
    task = cache.memoize(write_folder)
    before = seen(task())
    remove(Path("out"))

    after = seen(task())

    assert kinds(events) == [Miss, Published, Hit]
    assert after == before
    assert len(after) == 9


def test_what_is_there_already_is_left_alone(cache: Cache) -> None:
    task = cache.memoize(write_folder)
    task()
    (Path("out") / "mine").write_text("mine")
    os.utime("out/a.txt", (1, 1))
    (Path("out") / "deep/run.sh").write_text("changed")

    task()

    assert (Path("out") / "mine").read_text() == "mine"
    assert os.stat("out/a.txt").st_mtime == 1
    assert (Path("out") / "deep/run.sh").read_text() == "#!"
    assert not list(Path("out").rglob(".restoring*"))


def test_a_file_that_lost_its_mode_is_not_as_it_should_be(cache: Cache) -> None:
    task = cache.memoize(write_folder)
    (task() / "deep/run.sh").chmod(0o644)

    assert os.access(task() / "deep/run.sh", os.X_OK)


def test_what_is_restored_is_not_what_is_stored(cache: Cache) -> None:
    task = cache.memoize(write_folder)
    remove(task())

    with open(task() / "deep/er/large", "r+b") as file:
        file.write(b"changed")

    remove(Path("out"))
    assert (task() / "deep/er/large").read_bytes() == bytes(2_000_000)


def test_files_come_back_in_other_values(cache: Cache) -> None:
    task = cache.memoize(lambda: {"report": write_file(), "numbers": np.arange(3)})
    task()["report"].unlink()

    found = task()

    assert found["report"].read_text() == "a,b\n"
    assert found["numbers"].tolist() == [0, 1, 2]


def test_an_empty_folder_comes_back_beside_what_only_a_pickle_keeps(cache: Cache) -> None:
    def write() -> list[object]:
        Path("empty").mkdir()
        return [Path("empty"), {1, 2}]

    task = cache.memoize(write)
    task()
    Path("empty").rmdir()

    assert task() == [Path("empty"), {1, 2}]
    assert Path("empty").is_dir()


def test_equal_files_are_stored_once(cache: Cache) -> None:
    def write() -> list[Path]:
        for name in "ab":
            Path(name).write_bytes(bytes(1_500_000))
        return [Path("a"), Path("b")]

    cache.memoize(write)()

    assert len(list(Path(cache.place, "main", "blobs-v1").rglob("*/*"))) == 1


def test_a_file_outside_is_put_back_by_a_trusted_store(cache: Cache, tmp_path: Path) -> None:
    def write() -> Path:
        path = tmp_path / "elsewhere" / "out"
        path.parent.mkdir(exist_ok=True)
        path.write_text("a")
        return path

    task = cache.memoize(write)
    path = task()
    path.unlink()
    path.parent.rmdir()

    assert task().read_text() == "a"


def outside(tmp_path: Path) -> Path:
    (tmp_path / "out.csv").write_text("a,b\n")
    return tmp_path / "out.csv"


@pytest.fixture(params=[True, False], ids=["outside", "below"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Path]:
    """Makes a file, and returns an absolute path to it or a relative one."""
    return (lambda: outside(tmp_path)) if request.param else write_file


def test_a_store_that_is_not_trusted_keeps_no_files(
    made: Callable[[], Path], events: list[Event]
) -> None:
    task = Cache(f"memory://{uuid4().hex}").memoize(lambda: [made(), 1])

    task()

    assert kinds(events) == [Miss, Uncached]
    assert isinstance(events[1], Uncached)
    assert "only be put back from a store that is trusted" in events[1].reason
    assert "trusted=True" in events[1].hint
    assert "keys=" in events[1].hint


def test_a_store_that_is_not_trusted_puts_no_files_anywhere(
    made: Callable[[], Path], events: list[Event]
) -> None:
    url = f"memory://{uuid4().hex}"
    task = Cache(url).memoize(version="1")(lambda: made())
    Cache(url, trusted=True).memoize(version="1")(task.__wrapped__)()
    path = made()
    path.write_text("mine")
    del events[:]

    found = task.lookup()

    assert isinstance(found, Miss)
    assert "not trusted to put files there" in found.reason
    assert "trusted=True" in str(events[0])
    assert path.read_text() == "mine"


def test_a_path_to_nothing_is_kept_by_any_store(events: list[Event]) -> None:
    task = Cache(f"memory://{uuid4().hex}").memoize(lambda: Path("nowhere"))

    assert [task(), task()] == [Path("nowhere")] * 2
    assert kinds(events) == [Miss, Published, Hit]


def test_signed_results_may_have_files_wherever_they_lie(
    made: Callable[[], Path], events: list[Event]
) -> None:
    task = Cache(f"memory://{uuid4().hex}", keys=[new_hmac_key()]).memoize(lambda: made())
    task().unlink()

    assert task().read_text() == "a,b\n"
    assert kinds(events) == [Miss, Published, Hit]


@pytest.fixture
def few_descriptors() -> Iterator[int]:
    """As many descriptors as a process may have, for a while."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    few = max(map(int, os.listdir("/proc/self/fd"))) + 30
    resource.setrlimit(resource.RLIMIT_NOFILE, (few, hard))
    yield few
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.skipif(sys.platform != "linux", reason="counts descriptors as Linux shows them")
@pytest.mark.parametrize("paths", ["a folder", "a list"])
def test_many_large_files_take_few_descriptors(
    paths: str, cache: Cache, events: list[Event], few_descriptors: int
) -> None:
    def write() -> Path | list[Path]:
        Path("many").mkdir()
        for number in range(few_descriptors + 1):
            (Path("many") / str(number)).write_bytes(number.to_bytes(2, "little") * (1 << 15))
        return Path("many") if paths == "a folder" else sorted(Path("many").iterdir())

    task = cache.memoize(write)
    task()
    before = seen(Path("many"))
    remove(Path("many"))
    task()

    assert kinds(events) == [Miss, Published, Hit]
    assert seen(Path("many")) == before


class Unpicklable:
    def __reduce__(self) -> Any:
        raise RuntimeError("live")


@pytest.mark.skipif(sys.platform != "linux", reason="counts descriptors as Linux shows them")
@pytest.mark.parametrize("last", [lambda: None, Unpicklable], ids=["kept", "not kept"])
def test_no_file_is_open_afterwards(last: Callable[[], Any], cache: Cache) -> None:
    Path("out").write_bytes(bytes(100_000))
    before = os.listdir("/proc/self/fd")
    gc.disable()
    try:
        cache.memoize(ignore={"last"})(lambda last: [Path("out"), last()])(last)

        assert os.listdir("/proc/self/fd") == before
    finally:
        gc.enable()


def test_a_folder_of_too_many_files_is_refused_before_one_is_read(
    cache: Cache, monkeypatch: pytest.MonkeyPatch, events: list[Event]
) -> None:
    monkeypatch.setattr(files, "_MOST_FILES", 3)
    folder = Path("many")
    folder.mkdir()
    for number in range(4):
        (folder / str(number)).write_text("a")
    os.utime(folder / "0", (1, 2_000_000_000))

    cache.memoize(lambda: folder)()

    assert kinds(events) == [Miss, Uncached]
    assert (folder / "0").stat().st_atime == 1


@pytest.mark.parametrize("path", [Path("nowhere/at all"), Path("/nowhere/at all"), Path("../x")])
def test_a_path_to_nothing_is_a_path(path: Path, cache: Cache, events: list[Event]) -> None:
    task = cache.memoize(lambda: [path])

    results = [task(), task()]

    assert results == [[path], [path]]
    assert kinds(events) == [Miss, Published, Hit]


def test_a_pure_path_is_no_file(cache: Cache) -> None:
    write_file()
    task = cache.memoize(lambda: PurePosixPath("out.csv"))
    task()
    Path("out.csv").unlink()

    assert task() == PurePosixPath("out.csv")
    assert not Path("out.csv").exists()


def special(kind: str) -> Path:
    path = Path("special")
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        socket.socket(socket.AF_UNIX).bind(str(path))
    elif kind == "link":
        path.symlink_to("/etc/hostname")
    elif kind == "current":
        path = Path()
    elif kind == "current, in full":
        path = Path.cwd()
    elif kind == "above":
        path = Path.cwd().parent
    elif kind == "up and down":
        write_file()
        path = Path("../work/out.csv")
    else:
        path.mkdir()
        targets = {
            "link out": "../../x",
            "absolute link": "/etc/hostname",
            "absolute link inside": str(path.absolute() / "b"),
        }
        (path / "a").symlink_to(targets[kind])
    return path


@pytest.mark.parametrize(
    "kind",
    ["fifo", "socket", "link", "link out", "absolute link", "absolute link inside", "current",
     "current, in full", "above", "up and down"],
)  # fmt: skip
def test_what_cannot_be_put_back_is_not_kept(kind: str, cache: Cache, events: list[Event]) -> None:
    path = special(kind)

    result = cache.memoize(lambda: path)()

    assert result is path
    assert kinds(events) == [Miss, Uncached]
    assert isinstance(events[1], Uncached)
    assert events[1].reason.startswith("the result leads to")
    assert events[1].hint


def test_files_are_never_lost_to_another_codec(cache: Cache, events: list[Event]) -> None:
    task = cache.memoize(lambda: [write_file(), *(bytes([n % 256]) for n in range(20_000))])

    task()

    assert kinds(events) == [Miss, Uncached]


IN_THE_WAY: dict[str, Callable[[Path], object]] = {
    "a link to a file": lambda out: out.symlink_to("victim"),
    "a link to a folder": lambda out: out.symlink_to("victims"),
    "a file": lambda out: out.write_text("mine"),
    "a link inside": lambda out: (out.mkdir(), (out / "deep").symlink_to("../victims")),
    "a link to write through": lambda out: (out.mkdir(), (out / "a.txt").symlink_to("../victim")),
    "a folder for a file": lambda out: (out / "a.txt").mkdir(parents=True),
    "a file for a link": lambda out: (out.mkdir(), (out / "latest").write_text("mine")),
    "a folder for a link": lambda out: (out / "latest").mkdir(parents=True),
}


@pytest.mark.parametrize("name", IN_THE_WAY)
def test_nothing_is_written_through_what_is_in_the_way(
    name: str, cache: Cache, events: list[Event]
) -> None:
    ran: list[int] = []

    @cache.memoize(ignore={"ran"}, version="1")
    def task(ran: list[int]) -> Path:
        ran.append(1)
        return write_folder() if len(ran) == 1 else Path("other")

    remove(task(ran))
    Path("victim").write_text("victim")
    Path("victims").mkdir()
    IN_THE_WAY[name](Path("out"))
    del events[:]

    result = task(ran)

    assert result == Path("other")
    assert kinds(events)[:2] == [Failed, Miss]
    assert "cannot be put back" in str(events[0])
    assert Path("victim").read_text() == "victim"
    assert list(Path("victims").iterdir()) == []


def joined(node: Any, *, trusted: bool = True) -> None:
    document = memoryview(msgspec.msgpack.encode(node))
    content = FileContent(memoryview(b"content"))
    files = TreeCodec().join(document, lambda number: content, trusted=trusted).files
    for one in files:
        one.write()


HOSTILE: dict[str, Any] = {
    "up": ["file", "../out", False, 0],
    "up inside": ["file", "a/../../out", False, 0],
    "nothing": ["file", "", False, 0],
    "here": ["folder", "."],
    "a zero": ["file", "a\0b", False, 0],
    "member goes up": ["folder", "out", ["file", "../../x", False, 0]],
    "member is absolute": ["folder", "out", ["file", "/tmp/x", False, 0]],
    "folder goes up": ["folder", "out", ["folder", "../../x"]],
    "link goes up": ["folder", "out", ["link", "a", "../x"]],
    "link goes far up": ["folder", "out", ["link", "a/b", "../../x"]],
    "link is absolute": ["folder", "out", ["link", "a", "/etc"]],
    "link is above": ["folder", "out", ["link", "../a", "b"]],
    "no such kind": ["folder", "out", ["pipe", "a"]],
    "no name": ["folder", "out", ["file"]],
    "number of no kind": ["file", "out", False, "0"],
    "mode of no kind": ["file", "out", 4, 0],
    "path of no kind": ["file", 5, False, 0],
    "path to nothing of no kind": ["path", 5],
    "too many": ["path", "a", "b"],
    "members that are no lists": ["folder", "out", "abc"],
    "name of no kind": ["folder", "out", ["link", 5, "a"]],
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_description_that_leads_out_is_refused(name: str, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(CodecError):
        joined(HOSTILE[name])

    assert sorted(tmp_path.rglob("*")) == before


def test_a_description_cannot_write_through_its_own_link(tmp_path: Path) -> None:
    node = ["folder", "out", ["link", "a", "b"], ["folder", "b"], ["file", "a/x", False, 0]]

    with pytest.raises(ForeignError):
        joined(node)
        joined(node)

    assert not Path("out/b/x").exists()


@pytest.mark.parametrize("kind", ["file", "folder"])
@pytest.mark.parametrize("absolute", [True, False])
def test_a_description_needs_trust(kind: str, absolute: bool, tmp_path: Path) -> None:
    path = tmp_path / "out" if absolute else Path("out")
    node = [kind, str(path), False, 0] if kind == "file" else [kind, str(path)]

    with pytest.raises(ForeignError) as caught:
        joined(node, trusted=False)

    assert caught.value.replaceable
    assert not path.exists()


def test_a_file_needs_content_of_a_file() -> None:
    document = memoryview(msgspec.msgpack.encode(["file", "out", False, 0]))

    with pytest.raises(CodecError):
        TreeCodec().join(document, lambda number: RawCodec(), trusted=True)


def test_nothing_is_written_before_all_of_it_is_known_to_be_right(cache: Cache) -> None:
    def write() -> list[Path]:
        Path("a").write_text("a")
        Path("b").write_bytes(os.urandom(100_000))
        return [Path("a"), Path("b")]

    task = cache.memoize(write)
    for path in task():
        path.unlink()
    (blob,) = Path(cache.place, "main", "blobs-v1").rglob("*/*")
    blob.write_bytes(b"x" + blob.read_bytes()[1:])

    assert isinstance(task.lookup(), Miss)
    assert not Path("a").exists()


def test_a_ref_to_a_file_changes_with_its_content(cache: Cache) -> None:
    def ref(text: str) -> Any:
        def write(text: str) -> Path:
            Path("out").write_text(text)
            return Path("out")

        return cache.run(Declaration(write), {"text": text}, lambda: write(text), refs=True)

    first, second = ref("a"), ref("b")
    Path("out").unlink()

    assert isinstance(first, Ref)
    assert fingerprint(first) != fingerprint(second)
    assert fingerprint(ref("a")) == fingerprint(first)
    assert second.load().read_text() == "b"


def test_a_file_that_is_cut_short_while_it_is_stored_ends_no_process(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = type(cache.store).put

    def cutting(self: Any, name: str, pieces: Any) -> bool:
        os.truncate("out", 10)
        return put(self, name, pieces)

    Path("out").write_bytes(bytes(2_000_000))
    monkeypatch.setattr(type(cache.store), "put", cutting)
    task = cache.memoize(lambda: Path("out"))
    task()

    assert task().stat().st_size == 2_000_000


@pytest.fixture
def unreadable(work: Path) -> Iterator[Path]:
    (work / "out").mkdir()
    (work / "out/secret").write_text("a")
    (work / "out/secret").chmod(0)
    yield work / "out"
    (work / "out/secret").chmod(0o600)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_read_is_not_kept(
    unreadable: Path, cache: Cache, events: list[Event]
) -> None:
    cache.memoize(lambda: unreadable)()

    assert kinds(events) == [Miss, Uncached]
