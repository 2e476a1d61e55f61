"""Bytes that say they are large take no more memory than there are of them."""

from __future__ import annotations

import io
import struct
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from numpy.lib import format as npy

from orchestra_cache import Cache
from orchestra_cache.codecs import (
    ArrayCodec,
    ArrowCodec,
    Codec,
    JsonCodec,
    PickleCodec,
    codec_named,
)
from orchestra_cache.codecs.tensors import Described, Header, _head, _read
from orchestra_cache.errors import CodecError
from orchestra_cache.outputs import encode
from orchestra_cache.parts import Parts, Saved
from orchestra_cache.testing import identical

MEBIBYTE = 1 << 20


@contextmanager
def memory(most: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()


def header(**changes: Any) -> bytes:
    """The head of an array of 3 numbers, changed."""
    file = io.BytesIO()
    fields = {"descr": "<f8", "fortran_order": False, "shape": (3,)} | changes
    npy.write_array_header_2_0(file, fields)
    return file.getvalue()


ARRAYS: dict[str, bytes] = {
    "too many elements": header(shape=(10**12,)),
    "more than any machine has": header(shape=(10**30, 10**30)),
    "none of very many": header(shape=(10**30, 0)) + bytes(24),
    "a negative number": header(shape=(-3,)) + bytes(24),
    "two negative numbers": header(shape=(-3, -1)) + bytes(24),
    "objects": header(descr="|O") + bytes(24),
    "objects in fields": header(descr=[("a", "|O")]) + bytes(24),
    "large elements": header(descr="|V2000000000"),
    "one byte less": header() + bytes(23),
    "one byte more": header() + bytes(25),
    "version 1": header()[:6] + b"\1\0" + header()[8:] + bytes(24),
    "a call": header()[:12] + b"__import__('os').getcwd()".ljust(116) + bytes(24),
    "a long header": b"\x93NUMPY\2\0" + struct.pack("<I", 2**31) + bytes(100),
    "a deep header": b"\x93NUMPY\2\0" + struct.pack("<I", 9000) + b"(" * 9000,
}


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_is_no_larger_than_its_bytes(name: str) -> None:
    with memory(8 * MEBIBYTE), pytest.raises(CodecError):
        ArrayCodec().decode(memoryview(ARRAYS[name]))


def test_an_array_whose_header_numpy_would_not_read_is_kept_otherwise() -> None:
    value = np.zeros(2, [(f"field number {number}", "i1") for number in range(1000)])

    encoded = encode(value, trusted=True)

    assert encoded.parts[0].codec == "pickle5"


@pytest.mark.parametrize("count", [2**60, 2**63, 2**64 - 1, 10**6])
def test_a_container_is_no_larger_than_its_bytes(count: int) -> None:
    data = count.to_bytes(8, "little") + bytes(200)

    with memory(MEBIBYTE), pytest.raises(CodecError):
        PickleCodec().decode(memoryview(data))


def test_arrow_lengths_that_are_not_there_are_refused() -> None:
    data = bytearray(b"".join(ArrowCodec().encode(pa.table({"a": ["x" * 10, "y" * 10]}))))
    at = bytes(data).index(struct.pack("<iii", 0, 10, 20))
    data[at : at + 12] = struct.pack("<iii", 0, 10, 2**30)

    with memory(MEBIBYTE), pytest.raises(CodecError):
        ArrowCodec().decode(memoryview(data))


def packed(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return sink.getvalue()


PACKED: dict[str, Callable[[], pa.Table]] = {
    "numbers": lambda: pa.table({"a": np.zeros(8_000_000)}),
    "a dictionary": lambda: pa.table(
        {"a": pa.DictionaryArray.from_arrays(pa.array([0], pa.int8()), pa.array(["x" * 10**8]))}
    ),
    "many batches": lambda: pa.Table.from_batches(
        [pa.record_batch({"a": np.zeros(n)}) for n in (0, 0, 8_000_000)]
    ),
}


@pytest.mark.parametrize("name", PACKED)
@pytest.mark.parametrize("codec", ["arrow", "pandas", "polars"])
def test_an_arrow_stream_that_is_packed_is_not_read(name: str, codec: str) -> None:
    data = memoryview(packed(PACKED[name]()))
    assert len(data) < MEBIBYTE
    before = pa.default_memory_pool().max_memory()
    held = codec_named(codec)
    assert held is not None

    with memory(MEBIBYTE), pytest.raises(CodecError, match="packed"):
        held.decode(data)

    assert pa.default_memory_pool().max_memory() == before


@pytest.mark.parametrize("name", ["json", "numpy", "arrow", "pandas", "polars", "parquet"])
def test_a_deep_document_ends_no_process(name: str) -> None:
    codec = codec_named(name)
    assert codec is not None

    for data in (b"[" * 200_000, b'{"a":' * 200_000):
        with pytest.raises(CodecError):
            codec.decode(memoryview(data))


TENSORS: dict[str, bytes] = {
    "no header": b"",
    "a long header": struct.pack("<Q", 2**62) + b"{}",
    "no JSON": struct.pack("<Q", 2) + b"[[",
    "no tensor": struct.pack("<Q", 2) + b"{}",
}


@pytest.mark.parametrize("name", TENSORS)
def test_a_tensor_is_no_larger_than_its_bytes(name: str) -> None:
    with memory(MEBIBYTE), pytest.raises((ValueError, msgspec.MsgspecError)):
        _read(memoryview(TENSORS[name]))


def test_a_tensor_is_a_file_that_others_read() -> None:
    safetensors = pytest.importorskip("safetensors.numpy")
    values = np.arange(6, dtype="f4").reshape(2, 3)

    data = _head(Header(Described("F32", [2, 3], (0, 24)))) + values.tobytes()

    assert len(data) - 24 == 128 or (len(data) - 24) % 64 == 0
    assert identical(safetensors.load(data)["tensor"], values)


@pytest.mark.parametrize(
    ("codec", "value"),
    [(JsonCodec(), (1,)), (JsonCodec(), {1: 2}), (JsonCodec(), [float("nan")]),
     (JsonCodec(), [b"a"]), (JsonCodec(), {"a": {"b": (1,)}}), (JsonCodec(), "\ud800"),
     (JsonCodec(), [[np.float64(1)]])],
)  # fmt: skip
def test_what_json_would_give_back_as_something_else_is_not_written(
    codec: Codec, value: Any
) -> None:
    with pytest.raises(CodecError):
        codec.encode(value)


def test_a_document_that_holds_itself_is_no_json() -> None:
    value: list[Any] = []
    value.append(value)

    with pytest.raises(CodecError):
        JsonCodec().encode(value)


LARGE: dict[str, Callable[[], Any]] = {
    "array": lambda: np.arange(5_000_000.0),
    "fortran": lambda: np.asfortranarray(np.ones((2000, 2500))),
    "tree": lambda: {"a": np.arange(3_000_000.0), "b": [np.ones(2_000_000)]},
    "bytes": lambda: bytes(40_000_000),
}


@pytest.mark.skipif(sys.platform == "win32", reason="mapped files cannot be replaced there")
@pytest.mark.parametrize("name", LARGE)
def test_what_is_large_is_not_copied_on_its_way_to_the_disk(name: str, cache: Cache) -> None:
    value = LARGE[name]()

    with memory(8 * MEBIBYTE):
        Parts(cache.store, "main").save(encode(value, trusted=True))


@pytest.mark.parametrize("name", ["array", "fortran", "tree"])
def test_nor_on_its_way_back(name: str, cache: Cache) -> None:
    parts = Parts(cache.store, "main")
    saved = parts.save(encode(LARGE[name](), trusted=True))

    with memory(8 * MEBIBYTE):
        found = parts.load(saved.output.parts, _views(saved), trusted=True)

    assert identical(found, LARGE[name]())


@pytest.mark.parametrize("name", ["array", "fortran", "tree"])
def test_what_is_mapped_is_its_readers_own(name: str, cache: Cache) -> None:
    task = cache.memoize(LARGE[name])
    task()

    found = task()
    (found["a"] if name == "tree" else found).fill(0)

    assert identical(task(), LARGE[name]())


def test_what_comes_from_the_disk_is_aligned(cache: Cache) -> None:
    value = {"a": np.arange(3_000_000.0), "b": [np.ones(2_000_000)]}
    parts = Parts(cache.store, "main")
    for held in (value, [value["a"], Held(value["b"][0])]):
        saved = parts.save(encode(held, trusted=True))

        found: Any = parts.load(saved.output.parts, _views(saved), trusted=True)

        arrays = [found["a"], found["b"][0]] if held is value else [found[0], found[1].array]
        assert [array.ctypes.data % 64 for array in arrays] == [0, 0]
        assert all(array.flags.writeable for array in arrays)


def _views(saved: Saved) -> dict[int, memoryview]:
    return {number: memoryview(data) for number, data in saved.inline.items()}


class Held:
    def __init__(self, array: Any) -> None:
        self.array = array
