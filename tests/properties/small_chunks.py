"""Chunks of a few bytes, so that small values take the ways of large ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from orchestra_cache.fingerprints.values.libraries import chunks, columns, memory, texts

SIZES = {
    (chunks, "CHUNK"): 24,
    (chunks, "BLOCK"): 9,
    (columns, "TEXT_ROWS"): 1,
    (texts, "TEXT_ROWS"): 1,
    (memory, "_TILE"): 8,
}


@contextmanager
def small_chunks() -> Iterator[None]:
    """Fingerprints made here are comparable with one another only."""
    with ExitStack() as stack:
        for (module, name), size in SIZES.items():
            stack.enter_context(patch.object(module, name, size))
        yield
