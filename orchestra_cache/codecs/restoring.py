"""How files come back to where a result says they are, without harm to what else is there."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from orchestra_cache.codecs.base import TRUST
from orchestra_cache.codecs.files import FileContent
from orchestra_cache.errors import ForeignError

__all__ = ["Restored", "restored"]

_CHUNK = 1 << 20

Load = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Restored:
    """Files that are not written yet.

    Attributes:
        path: What the result is.
        below: The folder that nothing may leave; empty for the path's own.
        contents: By path, with whether it is executable.
    """

    path: Path
    below: Path
    folders: Sequence[Path]
    contents: Sequence[tuple[Path, memoryview, bool]]
    links: Sequence[tuple[Path, str]]

    def write(self) -> None:
        """Put everything in place; what is as it should be is left alone, and so is all else.

        Raises:
            ForeignError: Something else is in the way.
        """
        try:
            for folder in self.folders:
                _make_folder(folder, self.below)
            for path, data, executable in self.contents:
                _make_folder(path.parent, self.below)
                _write_file(path, data, executable)
            for path, target in self.links:
                _make_folder(path.parent, self.below)
                _write_link(path, target)
        except OSError as error:
            if isinstance(error, ForeignError):
                raise
            raise _in_the_way(self.path, error.strerror or str(error)) from error


def restored(node: Sequence[Any], load: Load, *, trusted: bool) -> Restored:
    """Read what `captured` described.

    Raises:
        ForeignError: The store is not trusted: what it says could be code, put where code is.
        ValueError: It did not describe this.
    """
    kind, text, *rest = node
    path = _path(text)
    if not trusted:
        raise ForeignError(
            f"the result leads to {path}, and the store is not trusted to put files there",
            TRUST,
            replaceable=True,
        )
    if kind == "file":
        members = [["file", "", *rest]]
    elif kind == "folder":
        members = rest
    else:
        raise ValueError("an unknown node")
    below = path.parent if path.is_absolute() else Path()
    folders = [path] if kind == "folder" else []
    return _gathered(path, below, folders, list(_members(path, members)), load)


def _gathered(
    path: Path, below: Path, folders: list[Path], members: list[tuple[Any, ...]], load: Load
) -> Restored:
    folders += [where for kind, where, *_ in members if kind == "folder"]
    links = [(where, rest[0]) for kind, where, *rest in members if kind == "link"]
    contents = [
        (where, _content(load(rest[1])), bool(rest[0]))
        for kind, where, *rest in members
        if kind == "file"
    ]
    return Restored(path, below, folders, contents, links)


def _members(path: Path, members: Sequence[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    shapes = {"file": (bool, int), "link": (str,), "folder": ()}
    for kind, name, *rest in members:
        if tuple(map(type, rest)) != shapes[kind]:
            raise ValueError("an unknown member")
        where = path / _inside(name) if name else path
        if kind == "link":
            _inside(os.path.normpath(os.path.join(os.path.dirname(name), rest[0])))
        yield (kind, where, *rest)


def _path(text: Any) -> Path:
    path = Path(text)
    if ".." in path.parts or "\0" in text or not path.name:
        raise ValueError("a path that leads elsewhere")
    return path


def _inside(name: str) -> str:
    """A relative name that stays inside."""
    pure = PurePosixPath(name)
    if pure.is_absolute() or ".." in pure.parts or "\0" in name or Path(name).is_absolute():
        raise ValueError("a name that leads out of its folder")
    return name


def _content(leaf: object) -> memoryview:
    if not isinstance(leaf, FileContent):
        raise ValueError("a file without content")
    return leaf.data


def _make_folder(folder: Path, below: Path) -> None:
    """Make a folder and those above it, none of which is a link if it is inside `below`."""
    if folder == below:
        folder.mkdir(parents=True, exist_ok=True)
        return
    _make_folder(folder.parent, below)
    with suppress(FileExistsError):
        folder.mkdir()
    if not stat.S_ISDIR(os.lstat(folder).st_mode):
        raise _in_the_way(folder, "it is a link or a file, and should be a folder")


def _write_file(path: Path, data: memoryview, executable: bool) -> None:
    if _is_there(path, data, executable):
        return
    temporary = _temporary(path)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    try:
        descriptor = os.open(temporary, flags, 0o777 if executable else 0o666)
        with open(descriptor, "wb", buffering=0) as file:
            rest = data
            while rest:
                rest = rest[file.write(rest) :]
        os.replace(temporary, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)


def _is_there(path: Path, data: memoryview, executable: bool) -> bool:
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(status.st_mode):
        raise _in_the_way(path, "it is not a plain file")
    if status.st_size != len(data) or bool(status.st_mode & 0o100) != executable:
        return False
    with open(path, "rb", buffering=0) as file:
        return all(
            file.read(_CHUNK) == data[at : at + _CHUNK] for at in range(0, len(data), _CHUNK)
        )


def _write_link(path: Path, target: str) -> None:
    if path.is_symlink() and os.readlink(path) == target:
        return
    if os.path.lexists(path) and not path.is_symlink():
        raise _in_the_way(path, "it should be a link")
    temporary = _temporary(path)
    os.symlink(target, temporary)
    os.replace(temporary, path)


def _temporary(path: Path) -> Path:
    return path.with_name(f".restoring-{secrets.token_hex(8)}")


def _in_the_way(path: Path, why: str) -> ForeignError:
    return ForeignError(
        f"files of the result cannot be put back at {path}: {why}",
        "the task runs again; move what is in the way",
        replaceable=True,
    )
