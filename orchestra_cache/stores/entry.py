"""The record of one result, and its bytes.

One line: format, key id, seal. One line of JSON: the header. One line of JSON: the recipe, which a
lookup has already and does not read. Then the inline outputs, raw.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec

from orchestra_cache.errors import ForeignError, IntegrityError
from orchestra_cache.fingerprints.digest import Buffer, Digest
from orchestra_cache.fingerprints.recipe import CacheKey, Component, Recipe
from orchestra_cache.stores.seals import Seals, context_of

__all__ = [
    "INLINE_LIMIT",
    "LARGEST_ENTRY",
    "Entry",
    "Output",
    "Part",
    "read_entry",
    "recipe_of",
    "sealed_body",
    "write_entry",
]

# Up to here a value travels in its entry: a small hit is one read.
INLINE_LIMIT = 64 * 1024

_FORMAT = "orchestra-cache-entry/1"
_ANY_FORMAT = re.compile(r"orchestra-cache-entry/[1-9][0-9]{0,8}")

# What it was computed from, by name, and the small parts of its outputs take much less.
LARGEST_ENTRY = 1 << 26

# More than any first line has.
_LONGEST_LINE = 400

# What a reader can count on, whoever wrote the entry.
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e12)]
StoredDigest = Annotated[str, msgspec.Meta(pattern="^blake3:[0-9a-f]{64}:(0|[1-9][0-9]{0,17})\\Z")]
Fingerprint = Annotated[str, msgspec.Meta(pattern="^blake3:[0-9a-f]{64}\\Z")]


class Part(msgspec.Struct, frozen=True, omit_defaults=True):
    """Stored bytes that one codec reads.

    Attributes:
        digest: Of the stored bytes, with their size.
        inline: The bytes follow the header, in the order of the outputs and their parts.
        packing: How the codec's bytes were made smaller; empty if they were not.
        size: Of the codec's bytes, if they were.
    """

    digest: StoredDigest
    codec: str
    inline: bool = False
    packing: str = ""
    size: Annotated[int, msgspec.Meta(ge=0)] = 0

    @property
    def stored(self) -> int:
        """Bytes as they are stored."""
        return int(self.digest.rpartition(":")[2])


class Output(msgspec.Struct, frozen=True):
    """One stored value.

    Attributes:
        fingerprint: What the value counts as in the key of a task that receives it.
        type: For people.
        made_of: The classes of the value, as `fingerprints.origin.made_of` names them.
        parts: The first is the value; if it holds others, it names them by their number here.
    """

    fingerprint: Fingerprint
    type: str
    made_of: tuple[str, ...]
    parts: Annotated[tuple[Part, ...], msgspec.Meta(min_length=1)]

    @property
    def size(self) -> int:
        """Bytes of the parts as they are read: packed ones are larger then."""
        return sum(part.size or part.stored for part in self.parts)


class Header(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an entry says of its result.

    Attributes:
        effects: What the computation did beside its result, for who can do it again on a hit.
    """

    namespace: str
    task: str
    key: str
    outputs: Annotated[list[Output], msgspec.Meta(min_length=1)]
    created: Instant
    expires: Instant | None
    producer: str
    seconds: Seconds
    effects: dict[str, Any] = {}


class Entry(msgspec.Struct, frozen=True):
    """A header with its recipe, unread, and the inline bytes of each output by part number."""

    header: Header
    components: memoryview
    inline: Sequence[Mapping[int, memoryview]]


_decoder = msgspec.json.Decoder(Header)
_components = msgspec.json.Decoder(list[tuple[str, str, str]])


def write_entry(
    recipe: Recipe,
    namespace: str,
    outputs: Sequence[tuple[Output, Mapping[int, Buffer]]],
    *,
    created: datetime,
    expires: datetime | None,
    producer: str,
    seconds: float,
    effects: Mapping[str, Any] | None = None,
    seals: Seals,
) -> bytes:
    """The bytes of an entry; `outputs` come with the bytes of their inline parts."""
    header = Header(
        namespace,
        recipe.task,
        recipe.key.digest.hex,
        [output for output, _ in outputs],
        created,
        expires,
        producer,
        seconds,
        dict(effects or {}),
    )
    inline = b"".join(parts[number] for _, parts in outputs for number in sorted(parts))
    components = [(one.name, str(one.digest), one.shown) for one in recipe.components]
    lines = map(msgspec.json.encode, (header, components))
    body = b"\n".join((*lines, inline))
    key_id, seal = seals.seal(_context(namespace, recipe.key), body)
    return b"\n".join((f"{_FORMAT} {key_id} {seal}".encode(), body))


def _context(namespace: str, key: CacheKey) -> bytes:
    """What else a seal covers than the bytes after it: where the entry belongs."""
    return context_of("entry", namespace, key.task) + key.digest.raw


def read_entry(data: memoryview, namespace: str, key: CacheKey, seals: Seals) -> Entry:
    """Read an entry that was found in a namespace under a key.

    Raises:
        ForeignError: Its format or its seal is not for this reader to judge.
        IntegrityError: It is damaged, forged, or not the entry of this place.
    """
    if data.nbytes > LARGEST_ENTRY:
        raise _damaged(key, "it is larger than any that is written")
    body = sealed_body(data, namespace, key, seals)
    text = bytes(body)
    end = text.find(b"\n")
    last = text.find(b"\n", end + 1)
    if end < 0 or last < 0:
        raise _damaged(key, "lines are missing")
    try:
        header = _decoder.decode(body[:end])
        entry = Entry(header, body[end + 1 : last], _inline(header, body[last + 1 :]))
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise _damaged(key, str(error)) from error
    if (header.namespace, header.task, header.key) != (namespace, key.task, key.hex):
        raise _damaged(key, "it belongs to another place")
    return entry


def recipe_of(entry: Entry) -> Recipe:
    """The recipe of an entry. A lookup needs none: it has one, and the key is in the header.

    Raises:
        IntegrityError: It is not what has the entry's key.
    """
    header = entry.header
    try:
        listed = _components.decode(entry.components)
        parts = [Component(name, Digest.parse(text), shown) for name, text, shown in listed]
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise _damaged(header.key, str(error)) from error
    recipe = Recipe(header.task, tuple(parts))
    if recipe.key.digest.hex != header.key:
        raise _damaged(header.key, "its key is not that of its recipe")
    return recipe


def sealed_body(data: memoryview, namespace: str, key: CacheKey, seals: Seals) -> memoryview:
    """Everything after the first line, once that line is known to be right.

    Raises:
        ForeignError: Its format or its seal is not for this reader to judge.
        IntegrityError: It is not what was written.
    """
    first, newline, _ = bytes(data[:_LONGEST_LINE]).partition(b"\n")
    words = first.decode("ascii", "replace").split(" ")
    if not newline or len(words) != 3:
        raise _damaged(key, "it does not begin as an entry does")
    if words[0] != _FORMAT:
        if not _ANY_FORMAT.fullmatch(words[0]):
            raise _damaged(key, "it does not begin as an entry does")
        raise ForeignError(
            f"entry {key} is of format {words[0]}, which is not known here",
            "update orchestra_cache; what is there stays, and this result is not kept",
        )
    body = data[len(first) + 1 :]
    try:
        seals.check(words[1], words[2], _context(namespace, key), body)
    except IntegrityError as error:
        error.message = f"entry {key} is not used: {error.message}"
        raise
    return body


def _inline(header: Header, body: memoryview) -> list[Mapping[int, memoryview]]:
    outputs: list[Mapping[int, memoryview]] = []
    for output in header.outputs:
        inline: dict[int, memoryview] = {}
        for number, part in enumerate(output.parts):
            if part.inline:
                size = part.stored
                if size > len(body):
                    raise ValueError("an inline output is cut short")
                inline[number], body = body[:size], body[size:]
        outputs.append(inline)
    if len(body):
        raise ValueError("bytes after the last output")
    return outputs


def _damaged(key: CacheKey | str, why: str) -> IntegrityError:
    return IntegrityError(f"entry {key} is damaged: {why}", "it is set aside and computed again")
