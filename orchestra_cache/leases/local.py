"""Leases in a folder of this machine: the kernel takes them back when their holder dies."""

from __future__ import annotations

import fcntl
import os
import threading
from contextlib import suppress

import msgspec

from orchestra_cache.errors import StoreError
from orchestra_cache.leases.base import Holder, read_holder, written

__all__ = ["LocalLeases"]

# Longer than any holder's record is.
_RECORD = 4096


class LocalLeases:
    """Locked files below the root of a local store."""

    # A look takes 15 µs: 64 waiting processes take a hundredth of a core.
    pause = 0.1

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = os.path.abspath(os.path.expanduser(os.fspath(root)))

    def lease(self, name: str) -> LocalLease:
        return LocalLease(f"{self.root}/{name}")


class LocalLease:
    # The lock is the kernel's to keep.
    beat = None

    def __init__(self, path: str) -> None:
        self.waits_for = ""
        self._path = path
        self._descriptor = -1
        self._holder = Holder()

    def acquire(self) -> bool:
        try:
            descriptor = _locked(self._path)
        except OSError as error:
            raise self._failed(error) from error
        if descriptor is None:
            return False
        self._descriptor, self._holder = descriptor, Holder.here()
        # The lock is what counts; where the disk is full nobody can say whose it is.
        with suppress(OSError):
            self._write()
        return True

    def other(self) -> Holder | None:
        try:
            descriptor = _open(self._path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._failed(error) from error
        try:
            return None if _lock(descriptor, fcntl.LOCK_SH) else _read(descriptor)
        except OSError as error:
            raise self._failed(error) from error
        finally:
            _close(descriptor)

    def renew(self) -> bool:
        if not self._held():
            return False
        try:
            self._write()
        except OSError as error:
            raise self._failed(error) from error
        return True

    def release(self) -> None:
        if not self._held():
            return
        descriptor, self._descriptor = self._descriptor, -1
        try:
            # While it is locked: whoever has it open sees afterwards that it lost its name.
            os.unlink(self._path)
        except FileNotFoundError:
            pass
        except OSError as error:
            raise self._failed(error) from error
        finally:
            _close(descriptor)

    def _held(self) -> bool:
        return self._descriptor >= 0 and self._holder.pid == os.getpid()

    def _write(self) -> None:
        record = written(msgspec.structs.replace(self._holder, waits_for=self.waits_for))
        # Not emptied first: a reader always finds one whole line.
        os.pwrite(self._descriptor, record, 0)
        os.ftruncate(self._descriptor, len(record))

    def _failed(self, error: OSError) -> StoreError:
        reason = error.strerror or str(error)
        return StoreError(
            f"cannot lock {self._path}: {reason}",
            "make the folder one to write to: who is first is agreed on there",
        )


def _locked(path: str) -> int | None:
    """The descriptor of the file that has this name, locked; None if another has locked it."""
    while True:
        try:
            descriptor = _open(path, os.O_RDWR | os.O_CREAT)
        except FileNotFoundError:
            _make_private(os.path.dirname(path))
            continue
        try:
            if not _lock(descriptor, fcntl.LOCK_EX):
                _close(descriptor)
                return None
            if _named(descriptor, path):
                return descriptor
        except BaseException:
            _close(descriptor)
            raise
        # Its holder removed it between our opening and locking it.
        _close(descriptor)


def _lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _named(descriptor: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def _read(descriptor: int) -> Holder:
    return read_holder(os.pread(descriptor, _RECORD, 0))


def _make_private(folder: str) -> None:
    """Make a folder and those above it; `os.makedirs` gives its mode to the last one only."""
    if not os.path.isdir(folder):
        _make_private(os.path.dirname(folder))
        with suppress(FileExistsError):
            os.mkdir(folder, 0o700)


# A lock lasts until the last copy of its descriptor is closed, and a fork copies them all: a
# child that outlives the holder would hold the lock for ever. `exec` closes them by itself.
_descriptors: set[int] = set()
_forking = threading.RLock()


def _open(path: str, flags: int) -> int:
    with _forking:
        descriptor = os.open(path, flags, 0o600)
        _descriptors.add(descriptor)
    return descriptor


def _close(descriptor: int) -> None:
    with _forking:
        _descriptors.discard(descriptor)
        os.close(descriptor)


def _close_all() -> None:
    for descriptor in tuple(_descriptors):
        _close(descriptor)
    _forking.release()


os.register_at_fork(
    before=_forking.acquire, after_in_parent=_forking.release, after_in_child=_close_all
)
