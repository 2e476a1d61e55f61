"""What an entry refers to, whether or not its values could be used here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from orchestra_cache.collection.place import Place
from orchestra_cache.errors import ConfigurationError, ForeignError, OrchestraCacheError
from orchestra_cache.fingerprints.digest import Digest
from orchestra_cache.fingerprints.recipe import CacheKey
from orchestra_cache.stores.entry import sealed_body
from orchestra_cache.stores.layout import entry_name

__all__ = ["Read", "State", "read_header"]

# `foreign` entries are signed with a key that is not known here, `unknown` ones are of a newer
# format: others can use them.
State = Literal["whole", "damaged", "foreign", "unknown"]


class _Part(msgspec.Struct):
    digest: str


class _Output(msgspec.Struct):
    parts: list[_Part]


class _Header(msgspec.Struct):
    task: str
    outputs: list[_Output]
    created: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class Read:
    """What one entry says; nothing, if it is damaged or unknown.

    Attributes:
        digests: Of all parts of its outputs, those that lie in the entry too: a Ref may have made
            blobs of them.
    """

    state: State
    task: str = ""
    created: float = 0.0
    seconds: float = 0.0
    digests: tuple[bytes, ...] = ()


_decoder = msgspec.json.Decoder(_Header)


def read_header(data: memoryview, name: str, place: Place) -> Read:
    """Read an entry as far as a collection has to.

    Raises:
        ConfigurationError: A key cannot be read, which says nothing of the entry.
    """
    try:
        _, header_line, _ = bytes(data).split(b"\n", 2)
        header = _decoder.decode(header_line)
        key = CacheKey(header.task, Digest.parse(f"blake3:{name[-64:]}"))
        read = _read("whole", header)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        key, read = CacheKey("", Digest(bytes(32))), Read("damaged")
    try:
        sealed_body(data, place.namespace, key, place.seals)
    except ForeignError:
        # Whoever can use it relies on its blobs. That it is forged would only keep more.
        known = read.state == "whole" and _is_known(data)
        return _read("foreign", header) if known else Read("unknown")
    except ConfigurationError:
        raise
    except OrchestraCacheError:
        return Read("damaged")
    return read if entry_name(place.namespace, key) == name else Read("damaged")


def _read(state: State, header: _Header) -> Read:
    digests = {part.digest for output in header.outputs for part in output.parts}
    raw = tuple(Digest.parse(digest).raw for digest in sorted(digests))
    return Read(state, header.task, header.created.timestamp(), header.seconds, raw)


def _is_known(data: memoryview) -> bool:
    return bytes(data[:24]) == b"orchestra-cache-entry/1 "
