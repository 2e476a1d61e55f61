"""Plain values are written as MessagePack in its shortest form, and others as its extensions."""

from __future__ import annotations

import math
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestra_cache.fingerprints import encoder, grammar

common = settings(deadline=None, max_examples=200)

small_integers = st.integers(-(2**63), 2**64 - 1)
borders = st.sampled_from([2**n + d for n in range(65) for d in (-1, 0, 1) if 2**n + d < 2**64])
# MessagePack has one NaN for each bit pattern, and the grammar has one.
plain = st.recursive(
    st.none()
    | st.booleans()
    | small_integers
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(), inner, max_size=20),
    max_leaves=30,
)


@common
@given(small_integers | borders | borders.map(lambda n: max(-n, -(2**63))))
def test_integers_are_messagepack_in_its_shortest_form(value: int) -> None:
    written = grammar.integer(value)

    assert msgspec.msgpack.decode(written) == value
    assert written == msgspec.msgpack.encode(value)


@common
@given(st.text() | st.integers(0, 70_000).map(lambda size: "x" * size))
def test_texts_are_messagepack_in_its_shortest_form(value: str) -> None:
    written = grammar.text(value)

    assert msgspec.msgpack.decode(written) == value
    assert written == msgspec.msgpack.encode(value)


@common
@given(st.binary() | st.sampled_from([0, 255, 256, 65_535, 65_536]).map(bytes))
def test_bytes_are_messagepack_in_its_shortest_form(value: bytes) -> None:
    written = grammar.binary(value)

    assert msgspec.msgpack.decode(written) == value
    assert written == msgspec.msgpack.encode(value)
    assert written == grammar.binary_head(len(value)) + value


@common
@given(st.floats())
def test_floats_are_messagepack_and_nan_is_one(value: float) -> None:
    written = grammar.real(value)
    decoded = msgspec.msgpack.decode(written)

    assert math.copysign(1, decoded) == math.copysign(1, value) or math.isnan(value)
    assert decoded == value or math.isnan(decoded)
    assert written == grammar.real(math.nan) or not math.isnan(value)


@common
@given(st.sampled_from([0, 1, 15, 16, 17, 65_535, 65_536]))
def test_the_heads_of_arrays_and_maps_are_as_short_as_can_be(size: int) -> None:
    items = [None] * size
    pairs = {str(number): None for number in range(size)}
    parts = [(grammar.text(name), grammar.NONE) for name in pairs]

    assert grammar.array([grammar.NONE] * size) == msgspec.msgpack.encode(items)
    assert grammar.mapping(parts) == msgspec.msgpack.encode(pairs)


@common
@given(plain)
def test_documents_are_written_as_messagepack_with_sorted_keys(value: Any) -> None:
    written = encoder().encode(value)

    assert msgspec.msgpack.decode(written) == value
    assert written == msgspec.msgpack.encode(value, order="deterministic")


@common
@given(st.text(max_size=40), st.lists(st.binary(max_size=300).map(grammar.binary), max_size=3))
def test_a_node_is_one_extension_that_holds_its_tag_and_parts(tag: str, parts: list[bytes]) -> None:
    written = grammar.node(tag, *parts)
    decoded = msgspec.msgpack.decode(written)

    assert decoded.code == 1
    assert bytes(decoded.data) == grammar.text(tag) + b"".join(parts)
    assert written == msgspec.msgpack.encode(msgspec.msgpack.Ext(1, bytes(decoded.data)))


@common
@given(st.integers(), st.integers())
def test_integers_of_any_size_are_told_apart(one: int, other: int) -> None:
    far = [value * 2**60 for value in (one, other)]

    for left, right in ((one, other), far):
        assert (grammar.integer(left) == grammar.integer(right)) == (left == right)


@common
@given(
    st.text(st.characters(categories=["Cs", "L"])), st.text(st.characters(categories=["Cs", "L"]))
)
def test_texts_with_lone_surrogates_are_told_apart(one: str, other: str) -> None:
    assert (grammar.text(one) == grammar.text(other)) == (one == other)
