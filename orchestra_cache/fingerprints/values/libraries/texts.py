"""How texts that are Python's objects are digested as Arrow's columns are, without Arrow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy

from orchestra_cache.fingerprints.digest import combine, digest_parts
from orchestra_cache.fingerprints.values.libraries.chunks import Run, digest_plans, items

__all__ = ["TEXT_ROWS", "narrow", "plain_texts"]

# Rows of texts and lists in a chunk, whatever their length.
TEXT_ROWS = 1 << 16


def plain_texts(values: Any, valid: Any) -> bytes:
    """Digest of the content of a column of texts.

    Args:
        values: An array of objects.
        valid: One boolean a row: whether it is a text.
    """
    (parts,) = digest_plans([list(_streams(values, valid))])
    return combine("arrow", *parts).raw


def _streams(values: Any, valid: Any) -> Iterator[bytes | Run]:
    count = len(values)
    shown = valid.view("u1")

    def texts(start: int, stop: int) -> bytes:
        rows = values[start:stop].tolist()
        known = valid[start:stop]
        if not known.all():
            rows = [row if is_text else "" for row, is_text in zip(rows, known, strict=True)]
        data, lengths = _encoded(rows)
        return digest_parts(narrow([lengths])) + digest_parts([data])

    yield count.to_bytes(8, "big")
    yield b"" if valid.all() else items(count, 1, lambda start, stop: [shown[start:stop]])
    yield Run(count, TEXT_ROWS, texts, width=2)


def _encoded(rows: list[str]) -> tuple[bytes, Any]:
    joined = "".join(rows)
    # Of plain letters, a third of the time.
    if joined.isascii():
        return joined.encode(), numpy.fromiter(map(len, rows), "i8", len(rows))
    found = [row.encode("utf-8", "surrogatepass") for row in rows]
    return b"".join(found), numpy.fromiter(map(len, found), "i8", len(found))


def narrow(parts: list[Any]) -> list[Any]:
    """Lengths side by side, in the fewest bytes that the longest of them fits."""
    longest = max((int(part.max()) for part in parts if len(part)), default=0)
    width = next(width for width in (1, 2, 4, 8) if longest < 1 << (8 * width))
    return [part.astype(f"<u{width}").view("u1") for part in parts]
