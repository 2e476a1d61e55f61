"""A store whose entries and blobs have the ages that a test gives them."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from orchestra_cache.collection import Limits, Place, Report, collect
from orchestra_cache.fingerprints.digest import combine, digest_bytes
from orchestra_cache.fingerprints.recipe import CacheKey, Component, Recipe
from orchestra_cache.stores import LocalStore
from orchestra_cache.stores.entry import Output, Part, write_entry
from orchestra_cache.stores.layout import blob_name, entry_name
from orchestra_cache.stores.seals import Checksum, Seals

__all__ = ["DAY", "Shelf", "recipe"]

DAY = 86400.0


def recipe(name: str, task: str = "task") -> Recipe:
    return Recipe(task, (Component("parameter:n", combine("n", name.encode()), name),))


class Shelf:
    """A local store with entries by name; ages are in days before now."""

    def __init__(self, root: Path, *, seals: Seals | None = None, namespace: str = "main") -> None:
        self.root = root
        self.store = LocalStore(root)
        self.seals = seals or Checksum()
        self.namespace = namespace
        self.now = time.time()
        self.tasks: dict[str, str] = {}

    @property
    def place(self) -> Place:
        return Place(self.store, self.namespace, self.seals, lambda: self.now)

    def key(self, name: str) -> CacheKey:
        return recipe(name, self.tasks.get(name, "task")).key

    def path(self, name: str) -> Path:
        return self.root / entry_name(self.namespace, self.key(name))

    def add(
        self, name: str, *, age: float = 30, blobs: Sequence[bytes] = (), task: str = "task"
    ) -> None:
        """An entry that was made `age` days ago; so were those of its blobs that are new."""
        self.tasks[name] = task
        made = self.now - age * DAY
        data = name.encode()
        parts = [Part(str(digest_bytes(data)), "bytes", True)]
        for blob in blobs:
            parts.append(Part(str(digest_bytes(blob)), "bytes"))
            self.blob(blob, age=age)
        entry = write_entry(
            recipe(name, task),
            self.namespace,
            [(Output(f"blake3:{'0' * 64}", "tuple", (), tuple(parts)), {0: data})],
            created=datetime.fromtimestamp(made, timezone.utc),
            expires=None,
            producer="",
            seconds=1.0,
            seals=self.seals,
        )
        name = entry_name(self.namespace, self.key(name))
        self.store.delete(name)
        self.store.put(name, [entry])
        os.utime(self.root / name, (made, made))

    def blob(self, data: bytes, *, age: float = 30) -> Path:
        name = blob_name(self.namespace, digest_bytes(data))
        if self.store.put(name, [data]):
            os.utime(self.root / name, (self.now - age * DAY,) * 2)
        return self.root / name

    def collect(self, *, dry_run: bool = False, full: bool = False, **limits: Any) -> Report:
        return collect(self.place, Limits(**limits), dry_run=dry_run, full=full)

    def entries(self) -> set[str]:
        """The names of the entries that are left."""
        return {name for name in self.tasks if self.path(name).exists()}

    def blobs(self) -> set[bytes]:
        """What is left of blobs."""
        prefix = f"{self.namespace}/blobs-v1/"
        return {bytes(self.store.get(one.name).data) for one in self.store.iter(prefix)}  # type: ignore[union-attr]

    def files(self) -> dict[str, tuple[bytes, float]]:
        """Everything there is, and when it was written."""
        paths = (path for path in self.root.rglob("*") if path.is_file())
        return {str(path): (path.read_bytes(), path.stat().st_mtime) for path in paths}
