"""Which files a command made, of those that are where its outputs are declared to be."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path, PurePath

from orchestra_cache.airflow.beside import Writer, is_shared, writing
from orchestra_cache.errors import OrchestraCacheError

__all__ = ["MadeFiles", "OutputsError"]

_WILD = re.compile(r"[*?[]")

# Looked at before and after each run.
_MOST = 10_000

# Within one tick of its clock Linux gives two changes one time. A disk may keep whole seconds.
_TICK, _SECOND = 20_000_000, 1_000_000_000

_NAMED = "name them without wildcards, as in `out/{{ ds }}.csv`, or give it a folder of its own"

_Stamp = tuple[int, ...]


class OutputsError(OrchestraCacheError):
    """What a command was declared to make is not there, or nobody knows whose it is."""


class MadeFiles:
    """The declared outputs of one run of a command.

    What has a name without wildcards is the command's, whether it wrote it this time or found it
    as it should be. What matches a pattern may be anybody's: it is the command's if it was made or
    changed while the command ran. Of several that run beside one another nobody knows who made
    what matches, or what is in a folder.

    Args:
        declared: Paths and patterns that start at `cwd`.
        work: What the command does; who does the same makes the same.
    """

    def __init__(self, declared: Sequence[str], cwd: str, work: str) -> None:
        self._cwd = Path(cwd)
        self._work = work
        self._patterns = [one for one in declared if _WILD.search(one)]
        self._named = [one for one in declared if not _WILD.search(one)]
        self._before: dict[Path, _Stamp] = {}
        self._found: set[Path] = set()
        self._problem: OrchestraCacheError | None = None

    @contextmanager
    def restored(self) -> Iterator[None]:
        """Around what puts them back: others may take them for theirs. Never fails."""
        with ExitStack() as stack:
            with suppress(Exception):
                stack.enter_context(writing(self._places, self._work))
            yield

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Around the command: never fails, and what it could not find out `files` says."""
        with ExitStack() as stack:
            writer = self._begin(stack)
            yield
            self._end(writer)

    def files(self) -> list[Path]:
        """What the command made; of a folder and what it holds, the folder.

        Raises:
            OutputsError: Something is missing, or may be somebody else's.
        """
        if self._problem is not None:
            raise self._problem
        return sorted(path for path in self._found if self._found.isdisjoint(path.parents))

    @property
    def _places(self) -> list[str]:
        return [str(self._cwd / one) for one in (*map(_fixed, self._patterns), *self._named)]

    def _begin(self, stack: ExitStack) -> Writer | None:
        try:
            if self._patterns and is_shared(str(self._cwd)):
                why = f"other hosts may write to {self._cwd} too, and to what patterns match there"
                raise OutputsError(why, _NAMED)
            writer = stack.enter_context(writing(self._places, self._work))
            for one in self._patterns:
                self._before.update(self._stamps(one))
            self._wait()
        except Exception as error:
            self._problem = self._said(error) if self._patterns else None
            return None
        return writer

    def _end(self, writer: Writer | None) -> None:
        try:
            if self._problem is None:
                self._found = {path for one in self._named for path in self._there(one)}
                self._found |= {path for one in self._patterns for path in self._made(one)}
            doubtful = self._patterns or any(path.is_dir() for path in self._found)
            if doubtful and writer is not None and not writer.was_alone:
                why = f"another command wrote to {self._cwd} at the same time"
                raise OutputsError(f"{why}: nobody knows which files are whose", _NAMED)
        except Exception as error:
            self._problem = self._said(error)

    def _said(self, error: Exception) -> OrchestraCacheError:
        if isinstance(error, OrchestraCacheError):
            return error
        why = f"{type(error).__name__}: {error}"
        return OutputsError(f"what the command makes in {self._cwd} is not known: {why}", _NAMED)

    def _stamps(self, pattern: str) -> Iterator[tuple[Path, _Stamp]]:
        """Everything that matches, with all that is in it."""
        for path in self._cwd.glob(pattern):
            for one in _tree(path):
                if len(self._before) >= _MOST:
                    why = f"`{pattern}` matches more than {_MOST} files in {self._cwd}"
                    raise OutputsError(why, _NAMED)
                yield one, _certain(one)

    def _wait(self) -> None:
        """Let the clock tick: what changes from now on has another time."""
        newest = max((one[-1] for one in self._before.values()), default=0)
        time.sleep(max(0, newest + _TICK - time.time_ns()) / _SECOND)

    def _there(self, name: str) -> list[Path]:
        path = self._cwd / name
        if not os.path.lexists(path):
            raise self._missing(name)
        return [path]

    def _made(self, pattern: str) -> list[Path]:
        there = list(self._cwd.glob(pattern))
        made = [one for path in there for one in self._new(path)]
        if there and not made:
            why = f"the command changed nothing of what `{pattern}` matches in {self._cwd}"
            raise OutputsError(f"{why}: nobody knows whose that is", _NAMED)
        if not made:
            raise self._missing(pattern)
        return made

    def _new(self, path: Path) -> Iterator[Path]:
        """A path if it was not there, or not so; of a folder that was there, what is new in it."""
        if path not in self._before:
            yield path
        elif path.is_dir() and not path.is_symlink():
            for one in path.iterdir():
                yield from self._new(one)
        elif self._before[path] != _stamp(path):
            yield path

    def _missing(self, declared: str) -> OutputsError:
        return OutputsError(
            f"the command made no `{declared}` in {self._cwd}", "correct `outputs`, or the command"
        )


def _fixed(pattern: str) -> str:
    """The folder that everything is in that matches."""
    parts = PurePath(pattern).parts
    first = next(at for at, part in enumerate(parts) if _WILD.search(part))
    return str(PurePath(*parts[:first]))


def _tree(path: Path) -> Iterator[Path]:
    yield path
    if path.is_dir() and not path.is_symlink():
        for one in path.iterdir():
            yield from _tree(one)


def _certain(path: Path) -> _Stamp:
    """The stamp of a file; whatever changes it later gives it another one.

    Raises:
        OutputsError: It may not.
    """
    now, stamp = time.time_ns(), _stamp(path)
    if _is_doubtful(stamp[-1], now):
        why = f"whether the command changes `{path}` cannot be told by its time"
        raise OutputsError(why, _NAMED)
    return stamp


def _stamp(path: Path) -> _Stamp:
    """What changes when a file does, its last time at the end."""
    status = os.lstat(path)
    times = (status.st_mtime_ns, status.st_ctime_ns)
    return (status.st_dev, status.st_ino, status.st_size, *times)


def _is_doubtful(changed: int, now: int) -> bool:
    """Whether what changes after an instant may have the time of a change before it."""
    whole_seconds = changed % _SECOND == 0 and now - changed < 2 * _SECOND
    return whole_seconds or changed > now
