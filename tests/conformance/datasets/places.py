"""Where the tests keep files: a folder, memory or S3, all written to in one way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import fsspec

__all__ = ["Act", "Place", "contents"]

Act = Callable[[], object]


def contents() -> Callable[[], bytes]:
    """Contents of one length, each another."""
    numbers = count()
    return lambda: b"%08d" % next(numbers)


@dataclass
class Place:
    """A place at a URL that only its test knows."""

    url: str
    options: dict[str, Any] = field(default_factory=dict)

    def write(self, name: str, content: bytes = b"original") -> None:
        system, path = self._find(name)
        system.makedirs(path.rpartition("/")[0], exist_ok=True)
        system.pipe_file(path, content)

    def rename(self, name: str, other: str) -> None:
        system, path = self._find(name)
        system.mv(path, self._find(other)[1])

    def remove(self, name: str) -> None:
        system, path = self._find(name)
        system.rm(path)

    def clear(self) -> None:
        system, path = self._find("")
        system.rm(path, recursive=True)

    def _find(self, name: str) -> tuple[Any, str]:
        system, path = fsspec.core.url_to_fs(self.url, use_listings_cache=False, **self.options)
        return system, f"{path}/{name}".rstrip("/")
