"""Tuples, lists and dicts are stored by what they hold: large things once, small ones together."""

from __future__ import annotations

import decimal
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import msgspec
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from orchestra_cache import Cache, Ref, fingerprint
from orchestra_cache.codecs import JsonCodec, TreeCodec
from orchestra_cache.codecs.containers import contained, divided
from orchestra_cache.declaration import Declaration
from orchestra_cache.errors import CodecError, IntegrityError
from orchestra_cache.events import Event, Failed, Hit, Miss, Published
from orchestra_cache.outputs import Encoded, decode, encode
from orchestra_cache.testing import identical


def large() -> Any:
    return np.arange(100_000.0)


def frame() -> pd.DataFrame:
    return pd.DataFrame({"a": [1.5, 2.0], "b": ["x", None]})


class Pair(NamedTuple):
    left: int
    right: int


class Forgetful:
    """Drops what it holds when it is pickled, and then cannot say what it is."""

    def __init__(self, held: Any) -> None:
        self.held = held

    def __fingerprint__(self) -> object:
        return self.held or memoryview(b"")

    def __reduce__(self) -> Any:
        return Forgetful, (0,)


TREES: dict[str, Callable[[], Any]] = {
    "tuple": lambda: (1, "a", None, 2.5, True),
    "empty tuple": lambda: (),
    "nested": lambda: [(1, [2, (3,)]), {"a": ()}],
    "numbers as keys": lambda: {2: "b", 1: "a"},
    "keys of many types": lambda: {1: 1, "1": 2, (1, "x"): 3, None: 4, 2.5: 5},
    "not a number": lambda: [float("nan"), float("inf"), -0.0],
    "wide integers": lambda: (2**64 - 1, -(2**63), 2**64, 10**30),
    "small bytes": lambda: {"a": b"", "b": [b"\0\xff"]},
    "large bytes": lambda: {"a": bytes(200_000)},
    "large text": lambda: ("é" * 100_000, 1),
    "arrays": lambda: (np.arange(3), np.asfortranarray(np.ones((2, 3)))),
    "large arrays": lambda: {"a": large(), "b": [large() + 1]},
    "frame and array": lambda: (frame(), large()),
    "tables": lambda: {"arrow": pa.table({"a": [1, None]}), "polars": pl.DataFrame({"a": [1]})},
    "scalars of numpy": lambda: [np.float32(1.5), np.int64(3)],
    "a large array twice": lambda: (large(), large()),
}


def loaded(encoded: Encoded, *, trusted: bool = False) -> Any:
    parts = [memoryview(b"".join(part.pieces)) for part in encoded.parts]
    return decode([part.codec for part in encoded.parts], parts.__getitem__, trusted=trusted)


@pytest.mark.parametrize("name", TREES)
def test_a_tree_needs_no_trust_and_comes_back_identical(name: str) -> None:
    encoded = encode(TREES[name](), trusted=False)

    found = loaded(encoded)

    assert encoded.parts[0].codec == "tree"
    assert identical(found, TREES[name]())
    assert encoded.identity == fingerprint(TREES[name]()) == fingerprint(found)


@pytest.mark.parametrize("name", TREES)
def test_a_hit_of_a_tree_is_private(name: str, cache: Cache, events: list[Event]) -> None:
    task = cache.memoize(TREES[name])

    task()
    found = task()

    assert [type(event) for event in events] == [Miss, Published, Hit]
    assert identical(found, TREES[name]())


def test_the_order_of_a_dict_comes_back() -> None:
    value = {2: "b", 1: "a", "z": (1,), "y": 0}

    found = loaded(encode(value, trusted=False))

    assert list(found) == [2, 1, "z", "y"]


def test_what_hangs_on_a_tree_may_be_changed_by_whoever_has_it() -> None:
    encoded = encode({"a": large(), "b": np.arange(3)}, trusted=False)

    first, second = loaded(encoded), loaded(encoded)
    first["a"].fill(0)
    first["b"].fill(0)

    assert identical(second, {"a": large(), "b": np.arange(3)})


def test_a_large_part_is_stored_once_whatever_it_is_in(cache: Cache) -> None:
    for make in (large, lambda: (large(), "a"), lambda: {"x": [large()]}):
        cache.memoize(make)()

    (blob,) = Path(cache.place, "main", "blobs-v1").rglob("*/*")
    assert blob.stat().st_size > 800_000


def test_many_small_things_are_one_part(cache: Cache) -> None:
    task = cache.memoize(lambda: tuple(np.arange(n) for n in range(200)))

    task()

    assert len(list(Path(cache.place, "main", "blobs-v1").rglob("*/*"))) == 1
    assert len(task()) == 200


def test_parts_are_few_even_if_many_things_are_large() -> None:
    value = [np.full(10_000, n) for n in range(100)]

    encoded = encode(value, trusted=False)

    assert len(encoded.parts) == 65
    assert identical(loaded(encoded), value)


def test_encoding_does_not_copy_what_is_large() -> None:
    array, data = large(), bytes(200_000)

    encoded = encode((array, data, np.arange(3)), trusted=False)

    assert np.shares_memory(np.frombuffer(encoded.parts[1].pieces[1], "u1"), array.view("u1"))
    assert encoded.parts[2].pieces[0] is data


MIXED: dict[str, Callable[[], Any]] = {
    "decimal": lambda: (frame(), decimal.Decimal("1.10")),
    "namedtuple": lambda: {"a": np.arange(3), "b": Pair(1, 2)},
    "ordered dict": lambda: [np.arange(3), OrderedDict(a=1)],
    "set": lambda: (large(), {1, 2}),
    "objects": lambda: (large(), np.array([1, None], object)),
}


@pytest.mark.parametrize("name", MIXED)
def test_one_leaf_that_needs_trust_makes_all_of_it_need_trust(name: str) -> None:
    encoded = encode(MIXED[name](), trusted=True)

    assert encoded.parts[0].codec == "tree"
    assert identical(loaded(encoded, trusted=True), MIXED[name]())
    with pytest.raises(IntegrityError, match="codec pickle5 can run code"):
        loaded(encoded)
    with pytest.raises(CodecError, match="can only be kept as a pickle"):
        encode(MIXED[name](), trusted=False)


def test_a_refusal_names_the_very_leaf() -> None:
    with pytest.raises(CodecError, match=r"decimal\.Decimal can only be kept as a pickle"):
        encode((frame(), decimal.Decimal("1.10")), trusted=False)


def test_a_tree_of_nothing_but_pickles_is_one_pickle() -> None:
    encoded = encode([decimal.Decimal(n) for n in range(5)], trusted=True)

    assert [part.codec for part in encoded.parts] == ["pickle5"]


def test_a_tree_counts_by_its_bytes_if_a_leaf_is_not_known_to_come_back() -> None:
    encoded = encode((large(), Forgetful(1)), trusted=True)

    assert encoded.identity is None
    assert loaded(encoded, trusted=True)[1].held == 0


@pytest.mark.parametrize("make", [lambda: deep(150), lambda: [(n,) for n in range(3)] * 2])
def test_depth_and_sharing_do_not_matter(make: Callable[[], Any]) -> None:
    encoded = encode(make(), trusted=True)

    assert identical(loaded(encoded, trusted=True), make())


def doubled(kind: type, levels: int) -> Any:
    value = kind()
    for _ in range(levels):
        value = kind((value, value))
    return value


@pytest.mark.parametrize("kind", [list, tuple])
@pytest.mark.parametrize("codec", [JsonCodec(), TreeCodec()], ids=["json", "tree"])
def test_what_doubles_with_every_level_is_left_to_the_pickle(kind: type, codec: Any) -> None:
    value = doubled(kind, 60)
    if isinstance(codec, TreeCodec):
        with pytest.raises(CodecError, match="too many places"):
            codec.split(value, lambda leaf: 0, trusted=True)
    elif kind is list:
        with pytest.raises(CodecError, match="too many places"):
            codec.encode(value)


def test_what_many_rows_share_is_no_reason_to_refuse_them() -> None:
    shared = (0, 0)

    encoded = encode([(number, shared) for number in range(150_000)], trusted=False)

    assert [part.codec for part in encoded.parts] == ["tree"]


def deep(levels: int) -> Any:
    value: Any = (1,)
    for _ in range(levels):
        value = (value,)
    return value


def test_what_holds_itself_is_a_pickle() -> None:
    value: list[Any] = [np.arange(3)]
    value.append(value)

    found = loaded(encode(value, trusted=True), trusted=True)

    assert found[1] is found


@pytest.mark.parametrize("name", TREES)
def test_a_ref_to_a_tree_loads_it(name: str, cache: Cache) -> None:
    refs = [cache.run(Declaration(TREES[name]), {}, TREES[name], refs=True) for _ in range(2)]

    assert isinstance(refs[0], Ref)
    assert refs[0] == refs[1]
    assert fingerprint(refs[0]) == fingerprint(TREES[name]())
    assert identical(Ref.from_dict(refs[0].to_dict()).load(), TREES[name]())


def test_a_ref_is_small(cache: Cache) -> None:
    ref = cache.run(Declaration(large), {}, lambda: (large(), large() + 1, frame()), refs=True)

    assert len(msgspec.json.encode(ref.to_dict())) < 700


def test_a_part_that_is_gone_is_a_miss_that_heals(cache: Cache, events: list[Event]) -> None:
    task = cache.memoize(lambda: (large(), large() + 1))
    task()
    for blob in Path(cache.place, "main", "blobs-v1").rglob("*/*"):
        blob.unlink()
        break
    del events[:]

    results = [task(), task()]

    assert [type(event) for event in events] == [Failed, Miss, Published, Hit]
    assert identical(results[0], results[1])


def test_trees_are_kept_by_a_remote_store_that_nobody_trusts(events: list[Event]) -> None:
    task = Cache(f"memory://{uuid4().hex}").memoize(lambda: ({1: frame()}, large(), (b"x",)))

    results = [task(), task()]

    assert [type(event) for event in events] == [Miss, Published, Hit]
    assert identical(results[0], results[1])


def tree_of(node: Any) -> memoryview:
    return memoryview(msgspec.msgpack.encode(node))


HOSTILE: dict[str, Any] = {
    "no such leaf": ["leaf", 5],
    "no number": ["leaf", "a"],
    "no leaf at all": ["leaf"],
    "two numbers": ["leaf", 0, 0],
    "the same leaf twice": ["list", ["leaf", 0], ["leaf", 0]],
    "an unknown tag": ["set", 1],
    "no tag": [],
    "a tag that is a list": [[["list"]]],
    "a key without a value": ["dict", 1],
    "a key that cannot be one": ["dict", ["list"], 1],
    "too deep": None,
    "a dict": {"a": 1},
    "bytes": b"abc",
    "an extension": msgspec.msgpack.Ext(5, b"a"),
    "a time": msgspec.msgpack.Ext(-1, b"\xff" * 12),
}
HOSTILE["too deep"] = ["list"]
for _ in range(5000):
    HOSTILE["too deep"] = ["list", HOSTILE["too deep"]]


@pytest.mark.parametrize("name", [name for name in HOSTILE if name != "too deep"])
def test_a_tree_that_nobody_wrote_is_refused(name: str) -> None:
    held = {0: "leaf"}

    with pytest.raises(CodecError):
        TreeCodec().join(tree_of(HOSTILE[name]), lambda number: held.pop(number), trusted=True)


def test_a_tree_that_is_too_deep_is_refused() -> None:
    data = b"\x92\xa4list" * 100_000 + b"\x91\xa4list"

    with pytest.raises(CodecError):
        TreeCodec().join(memoryview(data), lambda number: None, trusted=True)


@pytest.mark.parametrize(
    "index", [b"[1]", b"[0]", b"[-1]", b'["numpy"]', b"[2,1]", b"[1,1]", b"{}"]
)
def test_a_tree_names_each_of_its_parts_once(index: bytes) -> None:
    root = b"".join(contained([[bytes(tree_of(["leaf", 0]))], [index]]))
    parts = [memoryview(root)]

    with pytest.raises(CodecError):
        decode(["tree"], parts.__getitem__, trusted=True)


def test_parts_that_a_tree_does_not_name_are_refused() -> None:
    root = b"".join(contained([[bytes(tree_of(1))], [b"[]"]]))
    parts = [memoryview(root), memoryview(b"1")]

    with pytest.raises(CodecError):
        decode(["tree", "json"], parts.__getitem__, trusted=True)


def test_a_tree_in_a_tree_is_refused() -> None:
    parts = [memoryview(b"".join(contained([[bytes(tree_of(1))], [b'["tree"]'], [b"x"]])))]

    with pytest.raises((CodecError, IntegrityError)):
        decode(["tree"], parts.__getitem__, trusted=True)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\1",
        bytes(8),
        (2**60).to_bytes(8, "little") + bytes(100),
        (1).to_bytes(8, "little") + (2**63).to_bytes(8, "little") + bytes(100),
        (3).to_bytes(8, "little") + bytes(16),
    ],
)
def test_a_container_that_lies_about_its_parts_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="cut short"):
        divided(memoryview(data))


@pytest.mark.parametrize("parts", [[b""], [b"a", b"", b"b" * 200], [bytes(64)] * 9])
def test_the_parts_of_a_container_are_aligned_and_come_back(parts: list[bytes]) -> None:
    data = b"".join(contained([[part] for part in parts]))

    found = divided(memoryview(data))

    assert [bytes(part) for part in found] == parts
    assert len(data) % 64 == 0
    assert all(data.index(part) % 64 == 0 for part in parts if part.strip(b"\0"))
