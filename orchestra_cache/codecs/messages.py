"""Whether the messages of an Arrow stream are packed: then it is larger than its bytes."""

from __future__ import annotations

import struct
from typing import Any

__all__ = ["is_packed"]

# Where the fields of the format's tables are: https://arrow.apache.org/docs/format/Columnar.html
_HEADER_OF_MESSAGE = 2
_DATA_OF_DICTIONARY = 1
_COMPRESSION_OF_BATCH = 3


def is_packed(data: memoryview) -> bool:
    """Look at every message of a stream, and at none of what they hold.

    Raises:
        ArrowException, ValueError, struct.error: It is no stream.
    """
    import pyarrow

    messages = pyarrow.ipc.MessageReader.open_stream(pyarrow.py_buffer(data))
    while True:
        try:
            message = messages.read_next_message()
        except StopIteration:
            return False
        if _compression(message.type, memoryview(message.metadata)):
            return True


def _compression(kind: str, metadata: memoryview) -> int | None:
    root = struct.unpack_from("<I", metadata)[0]
    if kind == "record batch":
        path = [_HEADER_OF_MESSAGE]
    elif kind == "dictionary":
        path = [_HEADER_OF_MESSAGE, _DATA_OF_DICTIONARY]
    else:
        return None
    for number in path:
        place = _field(metadata, root, number)
        if place is None:
            raise ValueError("a message without a header")
        root = place + struct.unpack_from("<I", metadata, place)[0]
    return _field(metadata, root, _COMPRESSION_OF_BATCH)


def _field(metadata: Any, table: int, number: int) -> int | None:
    """Where a field of a flatbuffers table is; None if it is left out."""
    layout = table - struct.unpack_from("<i", metadata, table)[0]
    entry = 4 + 2 * number
    if layout < 0 or entry >= struct.unpack_from("<H", metadata, layout)[0]:
        return None
    offset = struct.unpack_from("<H", metadata, layout + entry)[0]
    return table + offset if offset else None
