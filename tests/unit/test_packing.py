"""What travels is made smaller where that pays, and grows no larger than it said."""

from __future__ import annotations

import os
import tracemalloc
from typing import Any
from uuid import uuid4

import lz4.frame
import numpy as np
import pandas as pd
import pytest
import zstandard

from orchestra_cache import Cache, Ref, fingerprint
from orchestra_cache.declaration import Declaration
from orchestra_cache.errors import CodecError, ForeignError
from orchestra_cache.events import Event, Hit, Miss, Published
from orchestra_cache.outputs import encode
from orchestra_cache.packing import best_packing, packed, unpacked
from orchestra_cache.parts import Parts
from orchestra_cache.stores import MemoryStore, Store
from orchestra_cache.stores.entry import Part
from orchestra_cache.testing import identical

TEXT = b" ".join(b"%d %s" % (n * n, b"orders" if n % 3 else b"shipped") for n in range(40_000))
NOISE = os.urandom(1 << 20)
STEPS = np.arange(200_000).tobytes()


@pytest.fixture
def remote() -> Store:
    return Cache(f"memory://{uuid4().hex}").store


def test_noise_is_left_alone() -> None:
    assert best_packing([NOISE]) == ""


def test_text_is_packed() -> None:
    assert best_packing([TEXT]) == "zstd"


def test_what_is_hardly_smaller_one_way_goes_the_faster_way() -> None:
    assert best_packing([bytes(1 << 20)]) == "lz4"
    assert best_packing([NOISE[:1000] * 1000]) == "lz4"


def test_what_is_small_is_left_alone() -> None:
    assert best_packing([bytes(10_000)]) == ""


@pytest.mark.parametrize("at", [0, 1, 2])
def test_samples_are_of_all_of_it(at: int) -> None:
    pieces = [NOISE[: 1 << 18]] * 3
    pieces[at] = bytes(1 << 18)

    assert best_packing([*pieces, b""]) == "lz4"


@pytest.mark.parametrize("packing", ["lz4", "zstd"])
@pytest.mark.parametrize(
    "pieces", [[TEXT], [NOISE], [b""], [b"", b"a", b""], [TEXT, NOISE, b"x"], [bytes(5_000_000)]]
)
def test_what_is_packed_comes_back(packing: str, pieces: list[bytes]) -> None:
    data = b"".join(packed(pieces, packing))

    found = unpacked(memoryview(data), packing, sum(map(len, pieces)))

    assert found == b"".join(pieces)
    assert not found.readonly


@pytest.mark.parametrize("packing", ["lz4", "zstd"])
def test_a_frame_that_holds_another_size_is_refused(packing: str) -> None:
    data = memoryview(b"".join(packed([TEXT], packing)))

    for size in (0, 1, len(TEXT) - 1, len(TEXT) + 1, len(TEXT) * 2):
        with pytest.raises(CodecError):
            unpacked(data, packing, size)


@pytest.mark.parametrize("packing", ["lz4", "zstd"])
def test_a_size_that_nobody_can_mean_takes_no_memory(packing: str) -> None:
    data = memoryview(b"".join(packed([TEXT], packing)))
    tracemalloc.start()

    with pytest.raises(CodecError, match="cannot hold"):
        unpacked(data, packing, 1 << 50)

    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


def bomb(packing: str) -> bytes:
    if packing == "zstd":
        return zstandard.ZstdCompressor().compress(bytes(1 << 28))
    return lz4.frame.compress(bytes(1 << 28), store_size=False)


@pytest.mark.parametrize("packing", ["lz4", "zstd"])
def test_a_bomb_goes_off_within_the_size_it_gave(packing: str) -> None:
    data = memoryview(bomb(packing))
    tracemalloc.start()

    with pytest.raises(CodecError):
        unpacked(data, packing, 1000)

    assert tracemalloc.get_traced_memory()[1] < 1 << 23
    tracemalloc.stop()


def test_a_frame_that_asks_for_a_large_window_is_refused() -> None:
    terms = zstandard.ZstdCompressionParameters(window_log=30, enable_ldm=True)
    state = zstandard.ZstdCompressor(compression_params=terms).compressobj()
    data = state.compress(TEXT) + state.flush()

    with pytest.raises(CodecError):
        unpacked(memoryview(data), "zstd", len(TEXT))


@pytest.mark.parametrize("packing", ["lz4", "zstd"])
def test_bytes_that_nobody_packed_raise_nothing_but_a_codec_error(packing: str) -> None:
    whole = b"".join(packed([TEXT], packing))
    changed = bytearray(whole)

    for at in range(0, len(whole), len(whole) // 200):
        changed[at] ^= 0x55
        for data in (whole[:at], bytes(changed), whole + whole[:at]):
            if data != whole:
                try:
                    unpacked(memoryview(data), packing, len(TEXT))
                except CodecError:
                    continue


def test_a_packing_of_another_version_is_not_ours_to_judge() -> None:
    with pytest.raises(ForeignError, match="'brotli' is not known here"):
        unpacked(memoryview(b"a"), "brotli", 1)


VALUES: dict[str, Any] = {
    "steps": lambda: np.arange(200_000),
    "noise": lambda: np.frombuffer(NOISE, "u1"),
    "document": lambda: ["text"] * 50_000,
    "frame": lambda: pd.DataFrame({"a": np.arange(50_000), "b": ["x", "y"] * 25_000}),
    "tree": lambda: (np.arange(200_000), {"b": np.frombuffer(NOISE, "u1")}),
}


@pytest.mark.parametrize("name", VALUES)
def test_what_a_remote_store_holds_comes_back(name: str, events: list[Event]) -> None:
    task = Cache(f"memory://{uuid4().hex}").memoize(VALUES[name])

    results = [task(), task()]

    assert [type(event) for event in events] == [Miss, Published, Hit]
    assert identical(results[0], results[1])


def test_a_packed_array_is_the_receivers_own(remote: Store) -> None:
    task = Cache(remote.url).memoize(VALUES["steps"])
    task()

    task().fill(0)

    assert identical(task(), VALUES["steps"]())


def test_only_what_travels_is_packed(remote: Store) -> None:
    encoded = encode(VALUES["steps"](), trusted=False)

    here, there = Parts(MemoryStore(), "main").save(encoded), Parts(remote, "main").save(encoded)

    assert [part.packing for part in here.output.parts] == [""]
    assert [part.packing for part in there.output.parts] != [""]
    assert there.size < here.size / 2
    assert there.output.fingerprint == here.output.fingerprint


def test_what_counts_by_its_bytes_counts_by_those_before_packing(remote: Store) -> None:
    encoded = encode([Unsure(b"text" * 100_000)], trusted=True)

    here, there = Parts(MemoryStore(), "main").save(encoded), Parts(remote, "main").save(encoded)

    assert there.output.parts[0].packing
    assert there.output.fingerprint == here.output.fingerprint


class Unsure:
    def __init__(self, held: Any) -> None:
        self.held = held

    def __fingerprint__(self) -> object:
        return memoryview(b"")


def test_a_document_that_packs_well_lies_in_its_entry(remote: Store) -> None:
    saved = Parts(remote, "main").save(encode(VALUES["document"](), trusted=False))

    assert list(saved.inline) == [0]
    assert saved.output.parts[0].packing


def test_a_ref_says_how_its_parts_are_packed(remote: Store) -> None:
    cache = Cache(remote.url)
    ref = cache.run(Declaration(VALUES["tree"]), {}, VALUES["tree"], refs=True)

    assert isinstance(ref, Ref)
    assert identical(Ref.from_dict(ref.to_dict()).load(cache.store), VALUES["tree"]())
    assert fingerprint(ref) == fingerprint(VALUES["tree"]())


def test_a_part_with_a_wrong_size_is_damage(remote: Store) -> None:
    saved = Parts(remote, "main").save(encode(VALUES["steps"](), trusted=False))
    (part,) = saved.output.parts
    wrong = Part(part.digest, part.codec, part.inline, part.packing, part.size + 1)

    with pytest.raises(CodecError):
        Parts(remote, "main").load([wrong], {}, trusted=False)
