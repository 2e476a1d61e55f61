"""A file as a dataset: local ones by content, others by the strongest version their store gives."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestra_cache.datasets import evidence
from orchestra_cache.datasets.base import DataVersion
from orchestra_cache.datasets.templates import Templated

__all__ = ["File"]


@dataclass(frozen=True)
class File(Templated):
    """One file, local or at any URL that fsspec knows.

    An object counts by its version id, generation, ETag or checksum, whichever is stated first, at
    its URL; without one it is read. An S3 ETag of an object written in parts depends on their size:
    equal content written in other parts is another version.

    Args:
        url: A path or URL; `{name}` and `{name:format}` take the task's parameters.
        storage_options: What fsspec needs to reach it. Not part of any key.
    """

    url: str | os.PathLike[str]
    storage_options: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def version(self) -> DataVersion:
        """Take the file's version now.

        Raises:
            DatasetError: There is no such file, or it cannot be reached.
        """
        place = self.place
        if evidence.is_remote(place):
            return evidence.remote_version(place, self.storage_options)
        return DataVersion("content", str(evidence.local_content(place)))
