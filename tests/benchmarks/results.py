"""Rows of large results: published, and read back with all that is checked."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from orchestra_cache import Cache
from orchestra_cache.events import Hit
from orchestra_cache.fingerprints.digest import digest_bytes
from orchestra_cache.fingerprints.recipe import Component, Recipe
from tests.benchmarks.rows import Bound, Row

__all__ = ["RESULTS"]

_BYTES = 268 << 20
_RECIPE = Recipe("made", (Component("parameter:n", digest_bytes(b"n")),))


@dataclass
class Shelf:
    """One value and a place for it."""

    folder: tempfile.TemporaryDirectory[str]
    value: Any
    cache: Cache
    prefect: Any

    def publish(self) -> object:
        wrote = self.cache.publish(_RECIPE, self.value, seconds=1)
        assert wrote
        return wrote

    def read(self) -> object:
        found = self.cache.lookup(_RECIPE)
        assert isinstance(found, Hit)
        return found.value

    def write_raw(self) -> None:
        with open(self._file, "wb", buffering=0) as file:
            file.write(memoryview(np.asarray(self.value)).cast("B"))

    def read_raw(self) -> object:
        with open(self._file, "rb", buffering=0) as file:
            return file.readinto(bytearray(os.fstat(file.fileno()).st_size))

    def empty(self) -> None:
        """Everything is written anew: files that are already there are quicker to write."""
        for path in sorted(Path(self.folder.name).rglob("*"), reverse=True):
            if path.is_file():
                path.unlink()

    @property
    def _file(self) -> Path:
        return Path(self.folder.name, "raw")


def _shelf(make: Callable[[int], Any]) -> Callable[[float], Shelf]:
    def shelf(scale: float) -> Shelf:
        folder = tempfile.TemporaryDirectory()
        cache = Cache(Path(folder.name, "cache"))
        return Shelf(folder, make(int(_BYTES * scale)), cache, _prefect(folder.name))

    return shelf


def _filled(make: Callable[[int], Any]) -> Callable[[float], Shelf]:
    def filled(scale: float) -> Shelf:
        shelf = _shelf(make)(scale)
        shelf.publish()
        if isinstance(shelf.value, np.ndarray):
            shelf.write_raw()
        if shelf.prefect is not None:
            shelf.prefect.write(key="result", obj=shelf.value)
        return shelf

    return filled


def _prefect(folder: str) -> Any:
    try:
        from prefect.filesystems import LocalFileSystem
        from prefect.results import ResultStore
    except ImportError:
        return None
    return ResultStore(result_storage=LocalFileSystem(basepath=str(Path(folder, "prefect"))))


def _array(size: int) -> Any:
    return np.random.default_rng(1).random(size // 8)


def _frame(size: int) -> Any:
    numbers = np.random.default_rng(1).random(size // 10 // 8)
    return pd.DataFrame({f"c{at}": numbers + at for at in range(10)})


def _writers(shelf: Shelf) -> dict[str, Callable[[], object]]:
    others: dict[str, Callable[[], object]] = {}
    if isinstance(shelf.value, np.ndarray):
        others["write()"] = shelf.write_raw
    if shelf.prefect is not None:
        others["ResultStore"] = lambda: shelf.prefect.write(key="result", obj=shelf.value)
    return others


def _readers(shelf: Shelf) -> dict[str, Callable[[], object]]:
    others: dict[str, Callable[[], object]] = {}
    if isinstance(shelf.value, np.ndarray):
        others["readinto()"] = shelf.read_raw
    if shelf.prefect is not None:
        # A store of its own each time: it remembers what it has read.
        others["ResultStore"] = lambda: _prefect(shelf.folder.name).read("result")
    return others


def _rows(name: str, make: Callable[[int], Any], *, writing: Bound, reading: Bound) -> list[Row]:
    return [
        Row(
            f"{name} published",
            _shelf(make),
            Shelf.publish,
            writing,
            others=_writers,
            peers=False,
            prepare=Shelf.empty,
            rounds=7,
        ),
        Row(
            f"{name} hit",
            _filled(make),
            Shelf.read,
            reading,
            others=_readers,
            peers=False,
            rounds=7,
        ),
    ]


RESULTS = [
    *_rows(
        "array of 268 MB",
        _array,
        # Ours may take 1.8 times as long as the bytes alone.
        writing=Bound(ratios={"write()": 1 / 1.8}, memory=int(0.2 * _BYTES)),
        reading=Bound(ratios={"ResultStore": 30}, memory=int(1.2 * _BYTES)),
    ),
    *_rows("frame of 268 MB", _frame, writing=Bound(), reading=Bound(ratios={"ResultStore": 30})),
]
