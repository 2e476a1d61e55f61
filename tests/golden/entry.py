"""The entry whose bytes are pinned in `entry-v1.bin`, and its parts."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestra_cache.fingerprints.digest import digest_bytes
from orchestra_cache.fingerprints.recipe import Component, Recipe
from orchestra_cache.stores.entry import Output, Part, write_entry
from orchestra_cache.stores.seals import Checksum

__all__ = ["BLOB", "FILE", "INLINE", "OUTPUTS", "RECIPE", "TERMS", "entry_bytes"]

FILE = Path(__file__).parent / "entry-v1.bin"
INLINE, BLOB, PACKED = b'{"total":1.5}', bytes(100_000), b"packed"

RECIPE = Recipe(
    "Shop.totals",
    (
        Component("parameter:day", digest_bytes(b"day"), "'2026-01-02'"),
        Component("data:lake/orders.csv", digest_bytes(b"data"), "etag 01234567"),
        Component("code", digest_bytes(b"code")),
        Component("code:shop.clean.drop_voids", digest_bytes(b"helper"), ""),
        Component("package:numpy", digest_bytes(b"package"), "2.4.6"),
        Component("python", digest_bytes(b"python"), "3.11"),
    ),
)
TERMS: dict[str, Any] = {
    "created": datetime.datetime(2026, 1, 2, 12, 30, 15, 250, tzinfo=datetime.timezone.utc),
    "expires": datetime.datetime(2026, 1, 9, 12, 30, 15, 250, tzinfo=datetime.timezone.utc),
    "producer": "łódź/worker-1",
    "seconds": 12.5,
}


def _output(parts: tuple[Part, ...], kind: str) -> Output:
    fingerprint = f"blake3:{digest_bytes(b'value').hex}"
    return Output(fingerprint, kind, ("numpy", "shop.models:Order"), parts)


PARTS = (
    Part(str(digest_bytes(INLINE)), "json", inline=True),
    Part(str(digest_bytes(BLOB)), "numpy"),
    Part(str(digest_bytes(PACKED)), "pandas", inline=True, packing="zstd", size=1000),
)
OUTPUTS: list[tuple[Output, Mapping[int, bytes]]] = [
    (_output(PARTS[:1], "dict"), {0: INLINE}),
    (_output(PARTS[1:], "tuple"), {1: PACKED}),
]


def entry_bytes() -> bytes:
    return write_entry(RECIPE, "main", OUTPUTS, seals=Checksum(), **TERMS)
