"""A store in a folder of this machine, without fsspec: a hit is one open, read and close."""

from __future__ import annotations

import errno
import mmap
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path

from orchestra_cache.errors import StoreError
from orchestra_cache.stores.base import Buffer, Listed, Stored, version_of
from orchestra_cache.stores.locking import LOCK, alone
from orchestra_cache.stores.ownership import others_may_swap, others_may_write
from orchestra_cache.stores.walking import clear, files

__all__ = ["LocalStore"]

_TEMPORARY = ".writing-"

# A pipe in the place of a file would keep whoever opens it waiting.
_OPENED = sum(getattr(os, flag, 0) for flag in ("O_CLOEXEC", "O_BINARY", "O_NONBLOCK"))

# From here on a file is mapped: its pages are read once, by whoever looks at them.
_MAPPED_FROM = 1 << 20


class LocalStore:
    """Files of mode 0600 in folders of mode 0700 below `root`."""

    local = True
    atomic = True

    def __init__(self, root: str | os.PathLike[str]) -> None:
        expanded = os.path.expanduser(os.fspath(root))
        self.root = expanded if expanded.startswith("~") else os.path.abspath(expanded)
        self.url = self.root
        self._swappable: bool | None = None

    @property
    def trusted(self) -> bool:
        """Whether the folder is the user's own and nobody else may write to it.

        The folders above it are looked at once.
        """
        if self._swappable is None:
            self._swappable = others_may_swap(self.root)
        return not self._swappable and not others_may_write(self.root)

    def get(self, name: str) -> Stored | None:
        path = self._path(name)
        try:
            # Half the time of a file object.
            descriptor = os.open(path, os.O_RDONLY | _OPENED)
            try:
                return Stored(self._content(descriptor))
            finally:
                os.close(descriptor)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise _failed("read", self.root, error) from error

    def put(self, name: str, pieces: Sequence[Buffer]) -> bool:
        with self._written(name, pieces) as (temporary, path):
            return _link(temporary, path)

    def exchange(self, name: str, data: Buffer, *, version: str | None) -> str | None:
        with self._written(name, [data]) as (temporary, path):
            if version is None:
                return version_of(data) if _link(temporary, path) else None
            with alone(path):
                if _version(path) != version:
                    return None
                os.replace(temporary, path)
        return version_of(data)

    def size(self, name: str) -> int | None:
        path = self._path(name)
        try:
            return os.stat(path).st_size
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise _failed("read", self.root, error) from error

    def delete(self, name: str, *, version: str | None = None) -> bool:
        path = self._path(name)
        try:
            with suppress(FileNotFoundError, NotADirectoryError):
                if version is None:
                    os.unlink(path)
                else:
                    return _unlink_version(path, version)
        except OSError as error:
            raise _failed("delete from", self.root, error) from error
        return True

    def iter(self, prefix: str) -> Iterator[Listed]:
        start, folder = len(self._path("")), self._path(prefix.rpartition("/")[0])
        try:
            for file in files(folder.rstrip("/")):
                name = file.path[start:].replace(os.sep, "/")
                if not name.startswith(prefix) or file.name.startswith((_TEMPORARY, LOCK)):
                    continue
                with suppress(FileNotFoundError):
                    status = file.stat(follow_symlinks=False)
                    yield Listed(name, status.st_size, _moment(status))
        except OSError as error:
            # What is not listed would count as not there.
            raise _failed("list", self.root, error) from error

    def modified(self, name: str) -> datetime | None:
        """When an object was written, as `iter` says it: to list its folder would take long."""
        path = self._path(name)
        try:
            return _moment(os.stat(path))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise _failed("read", self.root, error) from error

    def sweep(self, prefix: str, *, before: float, dry_run: bool) -> tuple[int, int]:
        """Delete what killed writers left and nobody touched since `before`; number and bytes."""
        folder = self._path(prefix)
        try:
            return clear(folder, temporary=_TEMPORARY, lock=LOCK, before=before, dry_run=dry_run)
        except OSError as error:
            raise _failed("clear", self.root, error) from error

    def _path(self, name: str) -> str:
        if self.root.startswith("~"):
            raise StoreError(
                f"there is no home folder for the cache at {self.root}",
                "set HOME, or give the cache a folder of its own",
            )
        if "\0" in name or (".." in name and ".." in name.split("/")):
            raise StoreError(
                f"{name[:60]!r} is no name", "names hold no `..` and no null character"
            )
        # Windows takes this slash too.
        return f"{self.root}/{name}"

    def _content(self, descriptor: int) -> memoryview:
        """The bytes of an open file: mapped if there are many, so that a change stays here.

        A stored file is replaced or removed and never written to, so that no page changes under
        us; but where others may write, they may write to it after it was checked.
        """
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "something that is no file lies there")
        if status.st_size >= _MAPPED_FROM and self.trusted:
            return memoryview(mmap.mmap(descriptor, 0, access=mmap.ACCESS_COPY))
        return _read(descriptor, status.st_size)

    @contextmanager
    def _written(self, name: str, pieces: Sequence[Buffer]) -> Iterator[tuple[str, str]]:
        """A temporary file with the content, and the path it is for."""
        path = self._path(name)
        try:
            _make_private(os.path.dirname(path))
            temporary = _temporary(os.path.dirname(path))
            try:
                try:
                    _write(temporary, pieces)
                except FileNotFoundError:
                    # The folder was empty and old, and a collection has removed it just now.
                    _make_private(os.path.dirname(path))
                    _write(temporary, pieces)
                yield temporary, path
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(temporary)
        except OSError as error:
            raise _failed("write to", self.root, error) from error


def _read(descriptor: int, size: int) -> memoryview:
    pieces = [os.read(descriptor, size)]
    while sum(map(len, pieces)) < size and pieces[-1]:
        pieces.append(os.read(descriptor, size))
    return memoryview(pieces[0] if len(pieces) == 1 else b"".join(pieces))


def _moment(status: os.stat_result) -> datetime:
    return datetime.fromtimestamp(status.st_mtime, timezone.utc)


def _version(path: str) -> str | None:
    try:
        return version_of(Path(path).read_bytes())
    except FileNotFoundError:
        return None


def _unlink_version(path: str, version: str) -> bool:
    with alone(path):
        present = _version(path)
        if present == version:
            os.unlink(path)
        return present in (version, None)


def _make_private(folder: str) -> None:
    """Make a folder and those above it; `os.makedirs` gives its mode to the last one only."""
    if not os.path.isdir(folder):
        _make_private(os.path.dirname(folder))
        with suppress(FileExistsError):
            os.mkdir(folder, 0o700)


def _temporary(folder: str) -> str:
    # In the folder of the object itself: a rename or link across file systems is no publish.
    return os.path.join(folder, f"{_TEMPORARY}{os.getpid()}-{secrets.token_hex(8)}")


def _write(path: str, pieces: Sequence[Buffer]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb", buffering=0) as file:
        for piece in pieces:
            rest = memoryview(piece).cast("B")
            while rest:
                rest = rest[file.write(rest) :]


def _link(temporary: str, path: str) -> bool:
    """Give the written file its name unless somebody else has it: atomic, unlike rename."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    return True


def _failed(verb: str, root: str, error: OSError) -> StoreError:
    reason = error.strerror or str(error)
    return StoreError(f"cannot {verb} the cache at {root}: {reason}", "check the folder and disk")
