"""Whether bytes are worth making smaller before they travel, and how they become large again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from orchestra_cache.codecs import Buffer, Pieces
from orchestra_cache.errors import CodecError, ForeignError

__all__ = ["best_packing", "packed", "unpacked"]

# Bytes below which a round trip takes its time whatever is in it.
_WORTH_IT_FROM = 1 << 14

# Three samples tell text from noise, and take a millisecond.
_SAMPLES = 3
_SAMPLE = 1 << 16

# What packing and unpacking take, as a share of what a network of 100 MB/s takes unpacked.
_COSTS = {"": 0.0, "lz4": 0.05, "zstd": 0.15}

_LEVEL = 1
_CHUNK = 1 << 20

# What each can make of one byte at most: more is declared by nobody who means it.
_RATIOS = {"lz4": 255, "zstd": 1 << 15}
_SMALLEST_BOUND = 1 << 17

# The memory that a frame may ask for to be read.
_WINDOW = 1 << 27


def best_packing(pieces: Pieces) -> str:
    """Say how to pack bytes, by trying a few: `lz4`, `zstd`, or not at all."""
    size = sum(memoryview(piece).nbytes for piece in pieces)
    if size < _WORTH_IT_FROM:
        return ""
    import lz4.block
    import zstandard

    sample = b"".join(_sampled(pieces, size))
    shares = {
        "": 1.0,
        "lz4": len(lz4.block.compress(sample, store_size=False)) / len(sample),
        "zstd": len(zstandard.ZstdCompressor(level=_LEVEL).compress(sample)) / len(sample),
    }
    return min(shares, key=lambda name: shares[name] + _COSTS[name])


def _sampled(pieces: Pieces, size: int) -> Iterator[memoryview]:
    """Slices from the beginning, the middle and the end."""
    starts = [number * max(0, size - _SAMPLE) // (_SAMPLES - 1) for number in range(_SAMPLES)]
    at = 0
    for piece in pieces:
        view = memoryview(piece).cast("B")
        for start in starts if size > _SAMPLES * _SAMPLE else [0]:
            stop = start + (_SAMPLE if size > _SAMPLES * _SAMPLE else size)
            if start < at + len(view) and stop > at:
                yield view[max(0, start - at) : stop - at]
        at += len(view)


def packed(pieces: Pieces, packing: str) -> Pieces:
    """Pack bytes as `best_packing` says."""
    if packing == "zstd":
        import zstandard

        size = sum(memoryview(piece).nbytes for piece in pieces)
        state = zstandard.ZstdCompressor(level=_LEVEL).compressobj(size=size)
        return [*(state.compress(chunk) for chunk in _chunks(pieces)), state.flush()]
    import lz4.frame

    compressor = lz4.frame.LZ4FrameCompressor(block_size=lz4.frame.BLOCKSIZE_MAX1MB)
    head = compressor.begin()
    return [head, *(compressor.compress(chunk) for chunk in _chunks(pieces)), compressor.flush()]


def _chunks(pieces: Iterable[Buffer]) -> Iterator[memoryview]:
    for piece in pieces:
        view = memoryview(piece).cast("B")
        yield from (view[at : at + _CHUNK] for at in range(0, len(view), _CHUNK))


def unpacked(data: memoryview, packing: str, size: int) -> memoryview:
    """The bytes that were packed: `size` of them, which are the reader's own.

    Raises:
        ForeignError: The packing is not known here.
        CodecError: It is not what is said, or another size.
    """
    ratio = _RATIOS.get(packing)
    if ratio is None:
        raise ForeignError(
            f"packing {packing[:60]!r} is not known here",
            "what is there stays, and the new result is not kept",
        )
    if size > max(_SMALLEST_BOUND, ratio * len(data)):
        raise _wrong(f"{len(data)} bytes of {packing} cannot hold {size}")
    into = bytearray(size)
    read = _read_zstd if packing == "zstd" else _read_lz4
    try:
        filled = read(data, memoryview(into))
    except CodecError:
        raise
    except Exception as error:
        # Each library has errors of its own.
        raise _wrong(str(error)) from error
    if filled != size:
        raise _wrong("it is cut short")
    return memoryview(into)


def _read_zstd(data: memoryview, into: memoryview) -> int:
    import zstandard

    at = 0
    with zstandard.ZstdDecompressor(max_window_size=_WINDOW).stream_reader(data) as stream:
        while at < len(into) and (count := stream.readinto(into[at:])):
            at += count
        if stream.read(1):
            raise _wrong("it holds more than it says")
    return at


def _read_lz4(data: memoryview, into: memoryview) -> int:
    import lz4.frame

    state = lz4.frame.LZ4FrameDecompressor()
    at, rest = 0, data
    while not state.eof:
        chunk = state.decompress(rest, max_length=min(_CHUNK, len(into) - at + 1))
        if len(chunk) > len(into) - at:
            raise _wrong("it holds more than it says")
        if not chunk and state.needs_input:
            break
        into[at : at + len(chunk)] = chunk
        at += len(chunk)
        rest = memoryview(b"")
    return at


def _wrong(why: str) -> CodecError:
    return CodecError(f"packed bytes are not what they should be: {why}", "it is computed again")
