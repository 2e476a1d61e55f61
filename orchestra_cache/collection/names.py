"""What a listed object is by its name: a blob, an entry, or neither."""

from __future__ import annotations

import re

__all__ = ["blob_of", "entry_of"]

_BLOB = re.compile(r"([0-9a-f]{2})/(\1[0-9a-f]{62})")
_ENTRY = re.compile(r"([A-Za-z0-9._~-]+)/([0-9a-f]{64})")


def blob_of(name: str) -> bytes | None:
    """The digest of a blob by its name below `blobs-v1`; None if no blob has such a name."""
    match = _BLOB.fullmatch(name)
    return None if match is None else bytes.fromhex(match[2])


def entry_of(name: str) -> tuple[str, bytes] | None:
    """The folder and key of an entry by its name below `entries-v1`; None if none has it."""
    match = _ENTRY.fullmatch(name)
    return None if match is None else (match[1], bytes.fromhex(match[2]))
