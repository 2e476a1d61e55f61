"""Rows of a store of a million entries: it is collected in a minute, and lookups do not feel it."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from pathlib import Path

from orchestra_cache import Cache
from orchestra_cache.fingerprints.digest import combine, digest_bytes
from orchestra_cache.fingerprints.recipe import Component, Recipe
from orchestra_cache.stores.entry import Output, Part, write_entry
from orchestra_cache.stores.layout import blob_name, entry_name
from orchestra_cache.stores.seals import Checksum
from tests.benchmarks.rows import Bound, Row

__all__ = ["STORES"]

_MANY, _FEW, _TASKS = 1_000_000, 1_000, 10

# One in so many results has a blob.
_BLOBS = 10


@functools.lru_cache(maxsize=4)
def filled(count: int) -> Cache:
    """A cache with so many entries, written past everything that takes time."""
    root = tempfile.mkdtemp(prefix="orchestra-cache-bench-")
    atexit.register(shutil.rmtree, root)
    made: set[str] = set()
    for number in range(count):
        _fill(root, number, made)
    return Cache(root)


def recipe(number: int) -> Recipe:
    part = Component("parameter:n", combine("n", number.to_bytes(8, "big")), str(number))
    return Recipe(f"task{number % _TASKS}", (part,))


def _fill(root: str, number: int, made: set[str]) -> None:
    data = b'{"number": %d}' % number
    digest = digest_bytes(data)
    inline = number % _BLOBS != 0
    output = Output(f"blake3:{digest.hex}", "dict", (), (Part(str(digest), "json", inline),))
    if not inline:
        _write(root, blob_name("main", digest), data, made)
    entry = write_entry(
        recipe(number),
        "main",
        [(output, {0: data} if inline else {})],
        created=datetime.now(timezone.utc),
        expires=None,
        producer="",
        seconds=1.5,
        seals=Checksum(),
    )
    _write(root, entry_name("main", recipe(number).key), entry, made)


def _write(root: str, name: str, data: bytes, made: set[str]) -> None:
    folder = name.rpartition("/")[0]
    if folder not in made:
        Path(root, folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        made.add(folder)
    descriptor = os.open(f"{root}/{name}", os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(descriptor, data)
    os.close(descriptor)


def _indexed(scale: float) -> Cache:
    cache = filled(max(_FEW, int(_MANY * scale)))
    cache.collect()
    return cache


def _look_up(cache: Cache) -> object:
    return cache.lookup(_WANTED)


def _among_few(cache: Cache) -> Mapping[str, Callable[[], object]]:
    few = filled(_FEW)
    assert few.lookup(_WANTED)
    assert cache.lookup(_WANTED)
    return {"of 1,000": lambda: few.lookup(_WANTED)}


_WANTED = recipe(501)

STORES = [
    Row(
        "lookup in 1,000,000 entries",
        _indexed,
        _look_up,
        Bound(ratios={"of 1,000": 1 / 1.2}),
        others=_among_few,
        peers=False,
    ),
    Row(
        "collect(dry_run=True) of 1,000,000",
        _indexed,
        lambda cache: cache.collect(max_entries=1000, dry_run=True),
        Bound(seconds=60, memory=300 << 20),
        peers=False,
        rounds=1,
    ),
    Row(
        "the same without an index",
        _indexed,
        lambda cache: cache.collect(max_entries=1000, dry_run=True, full=True),
        peers=False,
        rounds=1,
    ),
]
