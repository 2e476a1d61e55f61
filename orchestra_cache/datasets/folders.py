"""Many files as one dataset: the members of a folder, by name and version."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from orchestra_cache.datasets import evidence
from orchestra_cache.datasets.base import DataVersion
from orchestra_cache.datasets.templates import Templated
from orchestra_cache.errors import DatasetError
from orchestra_cache.fingerprints.digest import combine

__all__ = ["Folder"]


@dataclass(frozen=True)
class Folder(Templated):
    """The files below a folder, local or remote: gains, losses and renames are changes.

    Symbolic links count as what they point to; a link to a folder that it lies in ends there.
    Empty folders do not count.

    Args:
        url: A path or URL; `{name}` and `{name:format}` take the task's parameters.
        pattern: Which members count, of their path below the folder: `*.parquet`; `*` goes
            through folders as well, and `**/` stands for any number of them.
        exclude: A pattern, or several, of members that do not.
        storage_options: What fsspec needs to reach it. Not part of any key.
    """

    url: str | os.PathLike[str]
    pattern: str = "*"
    exclude: str | Collection[str] = ()
    storage_options: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def name(self) -> str:
        place = self._text
        return place if self.pattern == "*" else f"{place.rstrip('/')}/{self.pattern}"

    def version(self) -> DataVersion:
        """Take the version of all members now.

        Raises:
            DatasetError: There is no such folder, no member, or one that cannot be read.
        """
        place = self.place
        members = self._remote(place) if evidence.is_remote(place) else self._local(place)
        parts = [
            f"{name}\0{version.evidence}\0{version.text}".encode("utf-8", "surrogateescape")
            for name, version in members
        ]
        if not parts:
            raise DatasetError(
                f"dataset {self.name} has no members", "correct the folder or the pattern"
            )
        return DataVersion("members", str(combine("members", *sorted(parts))))

    def _counts(self, name: str) -> bool:
        exclude = [self.exclude] if isinstance(self.exclude, str) else self.exclude
        return _matches(name, self.pattern) and not any(_matches(name, one) for one in exclude)

    def _local(self, place: str) -> Iterator[tuple[str, DataVersion]]:
        root = evidence.local_path(place)
        try:
            for path in _files(root):
                name = Path(path).relative_to(root).as_posix()
                if self._counts(name):
                    yield name, DataVersion("content", str(evidence.local_content(path)))
        except (OSError, ValueError) as error:
            raise evidence.missing(self.name, error) from error

    def _remote(self, place: str) -> Iterator[tuple[str, DataVersion]]:
        system, root = evidence.opened(place, self.storage_options)
        try:
            found = system.find(root, detail=True)
        except Exception as error:
            raise evidence.missing(self.name, error) from error
        for path, known in found.items():
            name = path.removeprefix(root).lstrip("/")
            # Stores without folders mark empty ones with an object whose name ends in a slash.
            if name and not name.endswith("/") and self._counts(name):
                # The listing often states what a question for each member would.
                url = system.unstrip_protocol(path)
                yield name, evidence.stated(url, known) or evidence.answered(system, path, url)


def _files(folder: str, above: tuple[tuple[int, int], ...] = ()) -> Iterator[str]:
    """Everything below a folder that is no folder.

    Raises:
        OSError: A folder is missing or cannot be listed: its files must not be passed over.
    """
    status = os.stat(folder)
    here = (status.st_dev, status.st_ino)
    if here in above:
        return
    with os.scandir(folder) as members:
        for member in members:
            if os.path.isdir(member.path):
                yield from _files(member.path, (*above, here))
            else:
                yield member.path


def _matches(name: str, pattern: str) -> bool:
    head, found, tail = pattern.partition("**/")
    if not found:
        return fnmatchcase(name, pattern)
    return _matches(name, head + tail) or _matches(name, f"{head}*/{tail}")
