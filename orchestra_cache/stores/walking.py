"""Files below a folder: streamed, so that a million take no memory, and cleared of litter."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["clear", "files"]


def files(folder: str, seen: list[str] | None = None) -> Iterator[os.DirEntry[str]]:
    """Every file below a folder, in no order; a folder that cannot be read is an error.

    Args:
        seen: Takes the folders, each before those in it.
    """
    folders = [folder]
    while folders:
        path = folders.pop()
        try:
            entries = os.scandir(path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        if seen is not None:
            seen.append(path)
        with entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                else:
                    yield entry


def clear(
    folder: str, *, temporary: str, lock: str, before: float, dry_run: bool
) -> tuple[int, int]:
    """Delete what killed writers left, and folders that are empty.

    Args:
        temporary: What the names of files begin with that are being written.
        lock: The name of the file that locks a folder; it goes with the folder.
        before: Only what was not touched since, in seconds.

    Returns:
        Number and bytes of files.
    """
    count, size = 0, 0
    folders: list[str] = []
    for entry in files(folder, folders):
        if not entry.name.startswith(temporary):
            continue
        with suppress(FileNotFoundError):
            status = entry.stat(follow_symlinks=False)
            if status.st_mtime < before:
                if not dry_run:
                    os.unlink(entry.path)
                count, size = count + 1, size + status.st_size
    # All before any is deleted, which makes the one above it look new.
    old = [path for path in folders if _modified(path) < before]
    for path in reversed([] if dry_run else old):
        _clear_folder(path, lock)
    return count, size


def _modified(folder: str) -> float:
    try:
        return os.stat(folder).st_mtime
    except FileNotFoundError:
        return float("inf")


def _clear_folder(folder: str, lock: str) -> None:
    """Delete a folder if nothing but its lock is in it."""
    with suppress(OSError):
        with os.scandir(folder) as entries:
            names = [entry.name for _, entry in zip(range(2), entries, strict=False)]
        if names == [lock]:
            _unlink_lock(os.path.join(folder, lock))
        if names in ([], [lock]):
            os.rmdir(folder)


def _unlink_lock(path: str) -> None:
    """Delete a lock that nobody holds; who waits for it notices that it is gone."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.unlink(path)
    finally:
        os.close(descriptor)
