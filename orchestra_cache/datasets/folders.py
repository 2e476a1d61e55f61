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

    Args:
        url: A path or URL; `{name}` and `{name:format}` take the task's parameters.
        pattern: Which members count, of their path below the folder: `*.parquet`; `*` goes
            through folders as well.
        exclude: Patterns of members that do not.
        storage_options: What fsspec needs to reach it. Not part of any key.
    """

    url: str | os.PathLike[str]
    pattern: str = "*"
    exclude: Collection[str] = ()
    storage_options: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def version(self) -> DataVersion:
        """Take the version of all members now.

        Raises:
            DatasetError: There is no such folder, or no member.
        """
        place = self.place
        members = self._remote(place) if evidence.is_remote(place) else self._local(place)
        parts = [
            f"{name}\0{version.evidence}\0{version.text}".encode() for name, version in members
        ]
        if not parts:
            raise DatasetError(
                f"dataset {self.name} has no members", "correct the folder or the pattern"
            )
        return DataVersion("members", str(combine("members", *sorted(parts))))

    def _counts(self, name: str) -> bool:
        excluded = any(fnmatchcase(name, pattern) for pattern in self.exclude)
        return fnmatchcase(name, self.pattern) and not excluded

    def _local(self, place: str) -> Iterator[tuple[str, DataVersion]]:
        root = Path(place.removeprefix("file://")).expanduser().absolute()
        if not root.is_dir():
            raise evidence.missing(place, FileNotFoundError(place))
        for folder, _, files in os.walk(root):
            for file in files:
                path = os.path.join(folder, file)
                name = Path(path).relative_to(root).as_posix()
                if self._counts(name):
                    yield name, DataVersion("content", str(evidence.local_content(path)))

    def _remote(self, place: str) -> Iterator[tuple[str, DataVersion]]:
        system, root = evidence.opened(place, self.storage_options)
        try:
            found = system.find(root, detail=True)
        except Exception as error:
            raise evidence.missing(place, error) from error
        for path, known in found.items():
            name = path.removeprefix(root).lstrip("/")
            if self._counts(name):
                url = system.unstrip_protocol(path)
                # The listing often states what a question for each member would.
                version = evidence.stated(name, known)
                yield name, version or evidence.remote_version(url, self.storage_options)
