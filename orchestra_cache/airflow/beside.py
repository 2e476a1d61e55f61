"""Who else writes to a folder at the same time, as far as this host can tell."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import tempfile
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from orchestra_cache.stores.locking import alone

__all__ = ["Writer", "is_shared", "writing"]

# What only one host writes to. Of all else others may be writers that nobody here knows of.
_LOCAL = frozenset({
    "apfs", "bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "overlay", "ramfs", "tmpfs",
    "xfs", "zfs",
})  # fmt: skip

_MOUNTS = Path("/proc/self/mounts")

# A record whose writer had somebody beside it. This takes no room on a disk that has none.
_BESIDE = 0o400


class Writer:
    """Somebody who writes to folders, and who has a file of its own that says to which."""

    def __init__(self, record: str, *, beside: bool) -> None:
        self._record = record
        self._beside = beside

    @property
    def was_alone(self) -> bool:
        """Whether nobody else wrote to one of its folders since it began.

        Raises:
            OSError: Nobody knows.
        """
        return not self._beside and stat.S_IMODE(os.stat(self._record).st_mode) != _BESIDE


@contextmanager
def writing(places: Collection[str], work: str) -> Iterator[Writer]:
    """Be known for a writer of these files and folders, and all that is in them.

    Args:
        work: Who does the same work writes the same, and is nobody else.

    Raises:
        OSError: There is no way to tell others.
    """
    own = [work, *sorted(map(os.path.realpath, places))]
    record = os.path.join(_records(), uuid.uuid4().hex)
    with alone(record):
        beside = [other for other in _living(record) if _meet(own, Path(other).read_bytes())]
        for other in beside:
            os.chmod(other, _BESIDE)
        descriptor = _written(record, b"".join(os.fsencode(one) + b"\0" for one in own))
    try:
        yield Writer(record, beside=bool(beside))
    finally:
        # What stays behind is known to be nobody's.
        with suppress(OSError), alone(record):
            os.unlink(record)
        os.close(descriptor)


def _written(record: str, text: bytes) -> int:
    """A new record, locked: the kernel lets go of it when this process dies."""
    descriptor = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.write(descriptor, text) < len(text):
            raise OSError(errno.ENOSPC, "there is no room for all of it", record)
    except BaseException:
        with suppress(OSError):
            os.unlink(record)
        os.close(descriptor)
        raise
    return descriptor


def is_shared(folder: str) -> bool:
    """Whether other hosts may write there: then nobody can tell who does."""
    try:
        lines = _MOUNTS.read_text().splitlines()
    except FileNotFoundError:
        # No Linux: nobody runs workers on several of these.
        return False
    real = Path(os.path.realpath(folder))
    mounts = [line.split(" ") for line in lines]
    # The last one of a place is on top of the others.
    kinds = {place.replace(r"\040", " "): kind for _, place, kind, *_ in mounts}
    holding = max((one for one in kinds if real.is_relative_to(one)), default="")
    return kinds.get(holding) not in _LOCAL


def _records() -> str:
    folder = os.path.join(tempfile.gettempdir(), f"orchestra-cache-writers-{os.getuid()}")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    status = os.lstat(folder)
    if status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise PermissionError(f"{folder} is not this user's alone")
    return folder


def _living(record: str) -> Iterator[str]:
    """The records of the others; those whose processes died go."""
    for path in Path(record).parent.glob("[0-9a-f]*"):
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield str(path)
            else:
                path.unlink()


def _meet(own: Collection[str], written: bytes) -> bool:
    """Whether another's work is to write where this one is, in what it writes or around it."""
    work, *places = own
    if not written.endswith(b"\0"):
        # Nobody knows what a writer writes who could not say so.
        return True
    another, *others = map(os.fsdecode, written.split(b"\0")[:-1])
    pairs = [(Path(one), Path(other)) for one in places for other in others]
    near = any(one.is_relative_to(other) or other.is_relative_to(one) for one, other in pairs)
    return near and work != another
