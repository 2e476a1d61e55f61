"""What a path leads to: the content of a file, or of everything in a folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from orchestra_cache.codecs.base import TRUST, Pieces, RefusedError
from orchestra_cache.codecs.spool import Spool

__all__ = ["FileCodec", "FileContent", "captured"]

# A folder of more files is a dataset, not a result.
_MOST_FILES = 10_000

# From here on a file is mapped instead of read: all of a folder that is read fits in memory.
_MAPPED_FROM = 1 << 16

Node = list[Any]
Keep = Callable[[object], int]


@dataclass(frozen=True, slots=True)
class FileContent:
    """The bytes of a file, taken when it was made."""

    data: memoryview


@dataclass(frozen=True, slots=True)
class FileCodec:
    """The content of a file that a result leads to."""

    name: str = "file"
    needs_trust: bool = False

    def accepts(self, value: object) -> bool:
        return type(value) is FileContent

    def is_exact(self, value: object) -> bool:
        return True

    def encode(self, value: Any) -> Pieces:
        return [value.data]

    def decode(self, data: memoryview) -> object:
        return FileContent(data)


def captured(path: Path, keep: Keep, spool: Spool, *, trusted: bool) -> Node:
    """Describe what is at a path, each file's content being handed to `keep`, which numbers it.

    `["path", path]` leads nowhere; `["file", path, executable, number]` to a file; and
    `["folder", path, member, …]` to a folder, whose members are files, links (`["link", name,
    target]`) and empty folders with their names relative to it.

    Raises:
        RefusedError: It cannot be put back as it is.
    """
    if not os.path.lexists(path):
        return ["path", path.as_posix()]
    if ".." in path.parts or path.is_symlink():
        raise _refused(path, "goes by `..` or is a link", "return `path.resolve()`")
    if not trusted:
        why = "can only be put back from a store that is trusted: files can be code"
        raise _refused(path, why, f"{TRUST}, or return what is in it")
    try:
        if stat.S_ISDIR(os.lstat(path).st_mode):
            return ["folder", _text(path), *_members(path, keep, spool)]
        return _file(path, _text(path), keep, spool)
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror}", "see why") from error


def _members(folder: Path, keep: Keep, spool: Spool) -> Iterator[Node]:
    if Path.cwd().resolve().is_relative_to(folder.resolve()):
        raise _refused(folder, "holds the current folder", "return a folder of the task's own")
    members = list(islice(_walk(folder, ""), _MOST_FILES + 1))
    if len(members) > _MOST_FILES:
        raise _refused(folder, f"holds more than {_MOST_FILES} files", "return an archive")
    for path, name in members:
        _text(path)
        if path.is_symlink():
            yield ["link", name, _target(folder, path)]
        elif path.is_dir():
            yield ["folder", name]
        else:
            yield _file(path, name, keep, spool)


def _walk(folder: Path, prefix: str) -> Iterator[tuple[Path, str]]:
    """Files, links and empty folders, in the order of their names."""
    for name in sorted(os.listdir(folder)):
        path, inner = folder / name, f"{prefix}{name}"
        if path.is_dir() and not path.is_symlink() and any(path.iterdir()):
            yield from _walk(path, f"{inner}/")
        else:
            yield path, inner


def _target(folder: Path, link: Path) -> str:
    target = os.readlink(link)
    led = Path(os.path.realpath(link))
    if os.path.isabs(target) or not led.is_relative_to(os.path.realpath(folder)):
        raise _refused(link, "is a link that leads out of its folder", "copy what it leads to")
    return target


def _file(path: Path, name: str, keep: Keep, spool: Spool) -> Node:
    status = os.lstat(path)
    if not stat.S_ISREG(status.st_mode):
        raise _refused(path, "is neither a file nor a folder", "return what was read from it")
    content = keep(FileContent(_content(path, spool)))
    return ["file", name, bool(status.st_mode & 0o100), content]


def _content(path: Path, spool: Spool) -> memoryview:
    with open(path, "rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        return memoryview(file.read()) if size < _MAPPED_FROM else spool.copy(file, size, path)


def _text(path: Path) -> str:
    try:
        return str(path.as_posix().encode(), "utf-8")
    except UnicodeEncodeError:
        raise _refused(path, "has a name that is no text", "give it another name") from None


def _refused(path: Path, why: str, hint: str) -> RefusedError:
    return RefusedError(f"the result leads to {path}, which {why}", hint)
