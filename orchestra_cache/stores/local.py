"""A store in a folder of this machine, without fsspec: a hit is one open, read and close."""

from __future__ import annotations

import mmap
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from orchestra_cache.errors import StoreError
from orchestra_cache.stores.base import Buffer, Listed, Stored, version_of

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["LocalStore"]

_TEMPORARY = ".writing-"
_LOCK = ".replace-lock"

# From here on a file is mapped: its pages are read once, by whoever looks at them.
_MAPPED_FROM = 1 << 20


class LocalStore:
    """Files of mode 0600 in folders of mode 0700 below `root`."""

    local = True

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = os.path.abspath(os.path.expanduser(os.fspath(root)))
        self.url = self.root

    @property
    def trusted(self) -> bool:
        """Whether the folder is the user's own and nobody else may write to it."""
        try:
            status = os.stat(self.root)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        if not hasattr(os, "getuid"):
            return True
        return status.st_uid == os.getuid() and not status.st_mode & 0o022

    def get(self, name: str) -> Stored | None:
        try:
            with open(self._path(name), "rb", buffering=0) as file:
                return Stored(_content(file))
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
            with _alone(path):
                if _version(path) != version:
                    return None
                os.replace(temporary, path)
        return version_of(data)

    def size(self, name: str) -> int | None:
        try:
            return os.stat(self._path(name)).st_size
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
        start = os.path.join(self.root, prefix.rpartition("/")[0])
        for folder, _, files in os.walk(start):
            for file in files:
                path = os.path.join(folder, file)
                name = os.path.relpath(path, self.root).replace(os.sep, "/")
                if not name.startswith(prefix) or file.startswith((_TEMPORARY, _LOCK)):
                    continue
                with suppress(FileNotFoundError):
                    status = os.stat(path)
                    modified = datetime.fromtimestamp(status.st_mtime, timezone.utc)
                    yield Listed(name, status.st_size, modified)

    def _path(self, name: str) -> str:
        return os.path.join(self.root, *name.split("/"))

    @contextmanager
    def _written(self, name: str, pieces: Sequence[Buffer]) -> Iterator[tuple[str, str]]:
        """A temporary file with the content, and the path it is for."""
        path = self._path(name)
        try:
            os.makedirs(self.root, mode=0o700, exist_ok=True)
            _make_private(os.path.dirname(path))
            temporary = _temporary(os.path.dirname(path))
            try:
                _write(temporary, pieces)
                yield temporary, path
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(temporary)
        except OSError as error:
            raise _failed("write to", self.root, error) from error


def _content(file: Any) -> memoryview:
    """The bytes of an open file: mapped if there are many, so that a change stays in this process.

    A stored file is replaced or removed and never written to, so that no page changes under us.
    """
    if os.fstat(file.fileno()).st_size < _MAPPED_FROM:
        return memoryview(file.read())
    return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))


def _version(path: str) -> str | None:
    try:
        return version_of(Path(path).read_bytes())
    except FileNotFoundError:
        return None


def _unlink_version(path: str, version: str) -> bool:
    with _alone(path):
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


@contextmanager
def _alone(path: str) -> Iterator[None]:
    """Keep out others who would change a file of this folder only if it is as they know it."""
    lock = os.path.join(os.path.dirname(path), _LOCK)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _failed(verb: str, root: str, error: OSError) -> StoreError:
    reason = error.strerror or str(error)
    return StoreError(f"cannot {verb} the cache at {root}: {reason}", "check the folder and disk")
