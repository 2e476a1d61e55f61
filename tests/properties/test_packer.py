"""The encoder in C writes the very bytes of the plain walk, or leaves the value to it."""

from __future__ import annotations

import collections
import decimal
import enum
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestra_cache import fingerprint
from orchestra_cache.errors import FingerprintError
from orchestra_cache.fingerprints.digest import Digest
from orchestra_cache.fingerprints.grammar import node
from orchestra_cache.fingerprints.values.encoder import Encoder, Walk
from orchestra_cache.fingerprints.values.faithful import faithful
from orchestra_cache.fingerprints.values.nodes import kind_of
from orchestra_cache.fingerprints.values.packer import Packer
from tests.golden.digests import ALL_VALUES
from tests.properties import values

common = settings(deadline=None, max_examples=300)


class Colour(enum.IntEnum):
    RED = 1


class Text(str):
    """A text that is not quite one."""


def encoder() -> Encoder:
    return Encoder(lambda thing, context: node("code"))


def packed(value: object) -> bytes | Digest | None:
    return Packer(encoder()).write(value)


def walked(value: object) -> bytes | Digest:
    return Walk(encoder()).write(value, "value")


def odd_nan(bits: int) -> float:
    return struct.unpack(">d", bits.to_bytes(8, "big"))[0]


NANS = [
    odd_nan(bits) for bits in (0x7FF8 << 48, 0xFFF8 << 48, (0x7FF8 << 48) + 1, (0x7FF0 << 48) + 1)
]
LIKE_A_NAN = b"\xcb\xff\xf8\0\0\0\0\0\0"

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text()
    | st.text(st.characters(codec=None), max_size=3)
    | st.binary()
    | st.binary().map(bytearray)
    | st.sampled_from([*NANS, LIKE_A_NAN, Text("x"), Colour.RED, decimal.Decimal("1.10")]),
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text(), inner)
        | st.dictionaries(st.text() | st.integers() | st.booleans(), inner)
        | st.lists(inner, max_size=3).map(collections.deque)
    ),
    max_leaves=20,
)


@common
@given(plain)
def test_both_write_the_same_bytes_of_plain_values(value: Any) -> None:
    fast = packed(value)

    assert fast is None or fast == walked(value)


@common
@given(values.values)
def test_both_write_the_same_bytes_of_any_value(value: Any) -> None:
    fast = packed(value)

    assert fast is None or fast == walked(value)


@pytest.mark.parametrize("name", ALL_VALUES)
def test_both_write_the_same_bytes_of_golden_values(name: str) -> None:
    value = ALL_VALUES[name]()

    fast = packed(value)

    assert fast is None or fast == walked(value)


@pytest.mark.parametrize(
    "value",
    [
        {"day": "2026-01-01", "limit": 10, "share": 0.5, "tags": ["a", "b"], "raw": b"\xc4"},
        [(1, "a", None), (2, "b", {3: "c"})],
        {1: [1, 2], "1": (3,), (4,): {5}},
        [odd_nan(0xFFF8 << 48), bytearray(b"x")],
        [2**64, -(2**63), 2**63, -(2**63) - 1],
        [LIKE_A_NAN, float("nan"), float("inf"), float("-inf")],
        {"deep": [[[[[[(1, [2, (3,)])]]]]]]},
    ],
    ids=repr,
)
def test_the_encoder_is_not_left_out_where_it_can_be_used(value: object) -> None:
    assert packed(value) == walked(value)


@pytest.mark.parametrize("inner", [bytearray(b"x"), b"x", "x", memoryview(b"x")], ids=kind_of)
@pytest.mark.parametrize("wrap", [lambda x: [x], lambda x: {"a": [x]}, lambda x: [(x,)]])
def test_bytes_and_what_only_looks_like_them_stay_apart(inner: Any, wrap: Any) -> None:
    partners = [b"x", bytearray(b"x"), "x"]

    if isinstance(inner, memoryview):
        with pytest.raises(FingerprintError, match="memoryview"):
            fingerprint(wrap(inner))
        return

    equal = [other for other in partners if fingerprint(wrap(other)) == fingerprint(wrap(inner))]
    assert equal == [inner] and type(equal[0]) is type(inner)


@pytest.mark.parametrize("bits", NANS[1:])
@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: [x], lambda x: {"a": ([x],)}])
def test_every_nan_is_the_same_at_any_depth(bits: float, wrap: Any) -> None:
    assert fingerprint(wrap(bits)) == fingerprint(wrap(float("nan")))


def test_what_stops_a_task_while_it_is_written_is_not_swallowed() -> None:
    class Interrupting:
        def __fingerprint__(self) -> object:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fingerprint([[Interrupting()]])


def test_an_error_in_a_part_names_its_place() -> None:
    with pytest.raises(FingerprintError, match=r"\['a'\] → \[1\]: _?io"):
        fingerprint({"a": [1, open(__file__)]})  # noqa: SIM115


def test_values_that_hold_each_other_are_left_to_the_walk() -> None:
    circle: list[Any] = [1]
    circle.append({"back": (circle,)})

    assert packed(circle) is None
    assert fingerprint(circle) == fingerprint(circle)


def test_one_array_in_many_places_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    class Heavy:
        read = 0

        def __fingerprint__(self) -> object:
            Heavy.read += 1
            return "heavy"

    one = Heavy()
    fingerprint([one, (one,), {"a": one, 1: one}])

    assert Heavy.read == 1


@pytest.mark.parametrize("value", [[object()], [{"a": (b"x", {1}, lambda: 0)}], [1.5, "\udc80"]])
def test_other_objects_beside_bytes_do_not_make_the_encoder_look_unfaithful(value: Any) -> None:
    assert faithful(b"\xc4", value)


@pytest.mark.parametrize(
    "value", [[bytearray()], [{"a": (memoryview(b"x"),)}], {"a": {1: bytearray()}}]
)
def test_what_is_packed_as_bytes_and_is_none_is_found(value: Any) -> None:
    assert not faithful(b"\xc4", value)


@pytest.mark.parametrize("bits", NANS[1:])
def test_a_nan_with_other_bits_is_found(bits: float) -> None:
    assert not faithful(struct.pack(">Bd", 0xCB, bits), [{"a": (bits,)}])
    assert faithful(struct.pack(">Bd", 0xCB, bits), [{"a": (1.0, float("nan"))}])
