"""Whether a folder is its user's alone, so that what lies in it is what the user put there."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

__all__ = ["others_may_swap", "others_may_write"]

_WRITE = stat.S_IWGRP | stat.S_IWOTH
_ENTER = stat.S_IXGRP | stat.S_IXOTH

# Namespaces, what is in them, and the folders of that. Below are only files.
_DEPTH = 3


def others_may_write(folder: str, depth: int = _DEPTH) -> bool:
    """Whether somebody else may write in a folder, or in one inside it that they can get to."""
    if not hasattr(os, "getuid"):
        return False
    try:
        status = os.stat(folder)
        if status.st_uid != os.getuid() or status.st_mode & _WRITE:
            return True
        # Folders of a store are made so that nobody else can enter: then one look is enough.
        if not status.st_mode & _ENTER or depth == 0:
            return False
        return any(others_may_write(one, depth - 1) for one in _folders(folder))
    except FileNotFoundError:
        return False
    except OSError:
        return True


def others_may_swap(folder: str) -> bool:
    """Whether somebody else may put another folder in the place of this one.

    By the folders above it: as its path names them, and where links on it lead.
    """
    if not hasattr(os, "getuid"):
        return False
    try:
        return _swappable(os.path.abspath(folder)) or _swappable(os.path.realpath(folder))
    except OSError:
        return True


def _swappable(path: str) -> bool:
    for parent, child in _steps(path):
        status = os.stat(parent)
        if not _ours(status) or (_shared(status) and not _kept(status, child)):
            return True
        if not status.st_mode & _ENTER:
            # Nobody else gets to anything below.
            return False
    return False


def _steps(path: str) -> Iterator[tuple[str, str]]:
    """Each folder above a path that there is, with the next one, from the root on."""
    parent = os.path.dirname(path)
    if parent == path:
        return
    yield from _steps(parent)
    if os.path.isdir(parent):
        yield parent, path


def _ours(status: os.stat_result) -> bool:
    return status.st_uid in (0, os.getuid())


def _shared(status: os.stat_result) -> bool:
    # A group of the user's own number has, by custom, nobody else in it.
    own = status.st_gid == status.st_uid == os.getuid()
    return bool(status.st_mode & (stat.S_IWOTH if own else _WRITE))


def _kept(status: os.stat_result, child: str) -> bool:
    """Whether a folder that all may write to leaves what is in it to its owners, as `/tmp` does."""
    try:
        return bool(status.st_mode & stat.S_ISVTX) and _ours(os.lstat(child))
    except FileNotFoundError:
        return bool(status.st_mode & stat.S_ISVTX)


def _folders(folder: str) -> Iterator[str]:
    with os.scandir(folder) as found:
        for one in found:
            if one.is_dir():
                yield one.path
