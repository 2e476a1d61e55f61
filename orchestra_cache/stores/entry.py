"""The record of one result, and its bytes.

One line: format, key id, seal. One line of JSON: the header. Then the inline outputs, raw.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from orchestra_cache.errors import IntegrityError
from orchestra_cache.fingerprints.digest import Buffer, Digest, digest_bytes
from orchestra_cache.fingerprints.recipe import CacheKey, Component, Recipe

__all__ = ["INLINE_LIMIT", "Entry", "Output", "read_entry", "write_entry"]

# Up to here a value travels in its entry: a small hit is one read.
INLINE_LIMIT = 64 * 1024

_FORMAT = b"orchestra-cache-entry/1"

# Without a key the seal is a checksum: it finds damage, and keeps nobody from writing another.
_UNSIGNED = b"-"


# What a reader can count on, whoever wrote the entry.
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e12)]


class Output(msgspec.Struct, frozen=True):
    """One stored value.

    Attributes:
        digest: Of the stored bytes, with their size.
        fingerprint: What the value counts as in the key of a task that receives it.
        type: For people.
        made_of: The classes of the value, as `fingerprints.origin.made_of` names them.
        inline: The bytes follow the header, in the order of the outputs.
    """

    digest: str
    codec: str
    fingerprint: str
    type: str
    made_of: tuple[str, ...]
    inline: bool


class Header(msgspec.Struct, frozen=True):
    namespace: str
    task: str
    key: str
    components: list[tuple[str, str, str]]
    outputs: Annotated[list[Output], msgspec.Meta(min_length=1)]
    created: Instant
    expires: Instant | None
    producer: str
    seconds: Seconds


class Entry(msgspec.Struct, frozen=True):
    """A header with the inline outputs' bytes, one per output (None where it is a blob)."""

    header: Header
    inline: Sequence[memoryview | None]

    @property
    def recipe(self) -> Recipe:
        parts = self.header.components
        return Recipe(
            self.header.task,
            tuple(Component(name, Digest.parse(text), shown) for name, text, shown in parts),
        )


_decoder = msgspec.json.Decoder(Header)


def write_entry(
    recipe: Recipe,
    namespace: str,
    outputs: Sequence[tuple[Output, bytes | None]],
    *,
    created: datetime,
    expires: datetime | None,
    producer: str,
    seconds: float,
) -> bytes:
    """The bytes of an entry; `outputs` come with their bytes where they are inline."""
    header = Header(
        namespace,
        recipe.task,
        recipe.key.digest.hex,
        [(one.name, str(one.digest), one.shown) for one in recipe.components],
        [output for output, _ in outputs],
        created,
        expires,
        producer,
        seconds,
    )
    inline = b"".join(data for _, data in outputs if data is not None)
    body = b"\n".join((msgspec.json.encode(header), inline))
    return b"\n".join((_first_line(body), body))


def _first_line(body: Buffer) -> bytes:
    return b" ".join((_FORMAT, _UNSIGNED, digest_bytes(body).hex.encode()))


def read_entry(data: memoryview, namespace: str, key: CacheKey) -> Entry:
    """Read an entry that was found in a namespace under a key.

    Raises:
        IntegrityError: It is damaged, of another format, or not the entry of this place.
    """
    first, _, rest = bytes(data).partition(b"\n")
    if first.split(b" ")[:2] != [_FORMAT, _UNSIGNED]:
        raise _damaged(key, "its format is not known here")
    if first != _first_line(rest):
        raise _damaged(key, "its bytes are not those that were written")
    line, _, _ = rest.partition(b"\n")
    try:
        header = _decoder.decode(line)
        entry = Entry(header, _inline(header, data[len(first) + len(line) + 2 :]))
        recipe_key = entry.recipe.key
    except (msgspec.MsgspecError, ValueError) as error:
        raise _damaged(key, str(error)) from error
    if header.namespace != namespace or recipe_key != key or header.key != key.digest.hex:
        raise _damaged(key, "it belongs to another place")
    return entry


def _inline(header: Header, body: memoryview) -> list[memoryview | None]:
    parts: list[memoryview | None] = []
    for output in header.outputs:
        Digest.parse(output.fingerprint)
        size = Digest.parse(output.digest).size
        if size is None or (output.inline and size > len(body)):
            raise ValueError("an inline output is cut short")
        parts.append(body[:size] if output.inline else None)
        body = body[size:] if output.inline else body
    if len(body):
        raise ValueError("bytes after the last output")
    return parts


def _damaged(key: CacheKey, why: str) -> IntegrityError:
    return IntegrityError(f"entry {key} is damaged: {why}", "it is set aside and computed again")
