"""Small objects with a seal in their first line: journals, and where the index lies."""

from __future__ import annotations

from orchestra_cache.collection.place import Place
from orchestra_cache.errors import IntegrityError

__all__ = ["opened_body", "sealed"]

_LONGEST_LINE = 400


def sealed(place: Place, form: str, context: bytes, body: bytes) -> bytes:
    key_id, seal = place.seals.seal(context, body)
    return f"{form} {key_id} {seal}\n".encode() + body


def opened_body(place: Place, form: str, context: bytes, data: memoryview) -> memoryview | None:
    """Everything after the first line; None if it is of another format, or not to be believed."""
    line, newline, _ = bytes(data[:_LONGEST_LINE]).partition(b"\n")
    words = line.decode("ascii", "replace").split(" ")
    if not newline or len(words) != 3 or words[0] != form:
        return None
    body = data[len(line) + 1 :]
    try:
        place.seals.check(words[1], words[2], context, body)
    except IntegrityError:
        return None
    return body
