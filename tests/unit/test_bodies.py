"""Bodies are cut and put together without losing or adding a byte."""

from __future__ import annotations

import array
import io

import pytest

from orchestra_cache.stores.transports.bodies import (
    Readable,
    Received,
    chunks,
    joined,
    length,
    parts,
)

PIECES = [b"0123", bytearray(b""), memoryview(b"456789"), b"ab"]
WHOLE = b"0123456789ab"


def ignored(_: int) -> None:
    pass


@pytest.mark.parametrize("size", [1, 2, 3, 5, 11, 12, 13])
def test_parts_are_of_one_size_but_the_last(size: int) -> None:
    found = list(parts(PIECES, size))

    assert b"".join(found) == WHOLE
    assert {len(part) for part in found[:-1]} <= {size}
    assert 0 < len(found[-1]) <= size


@pytest.mark.parametrize("size", [1, 3, 100])
def test_chunks_are_views_of_the_pieces(size: int) -> None:
    found = list(chunks(PIECES, size))

    assert b"".join(found) == WHOLE
    assert max(len(chunk) for chunk in found) <= size
    assert all(chunk.obj in PIECES for chunk in found)


@pytest.mark.parametrize("size", [1, 4, 7, 100])
def test_a_buffered_file_gives_as_much_as_is_asked_for(size: int) -> None:
    file = io.BufferedReader(Readable(PIECES))  # type: ignore[type-var]

    found = list(iter(lambda: file.read(size), b""))

    assert b"".join(found) == WHOLE
    assert {len(chunk) for chunk in found[:-1]} <= {size}


def test_wider_items_count_in_bytes() -> None:
    numbers = array.array("d", [1.0, 2.0])

    assert length([numbers]) == 16  # type: ignore[list-item]
    assert joined([numbers]) == numbers.tobytes()  # type: ignore[list-item]
    assert b"".join(parts([numbers], 5)) == numbers.tobytes()  # type: ignore[list-item]


def test_what_arrives_is_counted_and_can_be_written_to() -> None:
    moved: list[int] = []
    received = Received(5, moved.append)

    received.add(b"012")
    received.add(memoryview(b"34"))

    assert (bytes(received.whole()), moved) == (b"01234", [3, 2])
    assert not received.whole().readonly


def test_what_is_shorter_or_longer_than_announced_is_an_error() -> None:
    received = Received(5, ignored)
    received.add(b"0123")

    with pytest.raises(ConnectionError, match="4 of 5"):
        received.whole()
    with pytest.raises(ConnectionError, match="more than the 5"):
        received.add(b"45")
