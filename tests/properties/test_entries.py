"""Entries come back as they were written, and damage never gives a wrong value."""

from __future__ import annotations

import datetime
import functools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestra_cache.entries import Entries
from orchestra_cache.errors import IntegrityError
from orchestra_cache.events import Hit
from orchestra_cache.fingerprints.digest import digest_bytes
from orchestra_cache.fingerprints.recipe import Component, Recipe
from orchestra_cache.stores import MemoryStore
from orchestra_cache.stores.entry import Output, Part, read_entry, recipe_of, write_entry
from orchestra_cache.stores.layout import entry_name
from orchestra_cache.stores.seals import Checksum
from orchestra_cache.testing import identical
from tests.conftest import resealed

common = settings(deadline=None, max_examples=150)

UTC = datetime.timezone.utc
NOW = datetime.datetime(2026, 3, 1, 12, tzinfo=UTC)

words = st.text(max_size=20)
instants = st.datetimes(timezones=st.just(UTC))
components = st.builds(Component, words, words.map(lambda text: digest_bytes(text.encode())), words)
recipes = st.builds(Recipe, words, st.lists(components, max_size=4).map(tuple))


@st.composite
def outputs(draw: Any) -> tuple[Output, dict[int, bytes]]:
    held = draw(st.lists(st.tuples(st.binary(max_size=50), st.booleans(), words), min_size=1))
    parts = tuple(Part(str(digest_bytes(data)), name, inline) for data, inline, name in held)
    fields = (f"blake3:{digest_bytes(b'').hex}", draw(words), tuple(draw(st.lists(words))))
    inside = {number: data for number, (data, inline, _) in enumerate(held) if inline}
    return Output(*fields, parts), inside


@common
@given(recipes, st.lists(outputs(), min_size=1, max_size=3), instants, st.none() | instants, words)
def test_an_entry_is_read_as_it_was_written(
    recipe: Recipe, held: Any, created: Any, expires: Any, producer: str
) -> None:
    terms = {"created": created, "expires": expires, "producer": producer, "seconds": 1.5}

    data = write_entry(recipe, "main", held, seals=Checksum(), **terms)
    entry = read_entry(memoryview(data), "main", recipe.key, Checksum())

    assert recipe_of(entry) == recipe
    assert entry.header.outputs == [output for output, _ in held]
    assert entry.inline == [inline for _, inline in held]
    assert (entry.header.created, entry.header.expires) == (created, expires)
    assert (entry.header.producer, entry.header.seconds) == (producer, 1.5)


@functools.cache
def published(value: str) -> tuple[Recipe, bytes]:
    """An entry with a small value in it, and its recipe."""
    digest = digest_bytes(b"1")
    recipe = Recipe("task", (Component("parameter:a", digest, "1"), Component("data:x", digest)))
    store = MemoryStore()
    Entries(store, "main", lambda: NOW).publish(recipe, [value], seconds=1.5, producer="somebody")
    return recipe, bytes(store.get(entry_name("main", recipe.key)).data)


def found_after(damaged: bytes, recipe: Recipe) -> tuple[Any, Entries]:
    store = MemoryStore()
    store.put(entry_name("main", recipe.key), [damaged])
    entries = Entries(store, "main", lambda: NOW)
    return entries.find(recipe, None, refs=False), entries


def with_a_wrong_byte(whole: bytes, data: Any, *, first: int = 0) -> bytes:
    damaged = bytearray(whole)
    damaged[data.draw(st.integers(first, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    return bytes(damaged)


@settings(common, max_examples=500)
@given(st.data())
def test_one_wrong_byte_is_noticed(data: Any) -> None:
    recipe, whole = published("first")
    damaged = with_a_wrong_byte(whole, data)

    with pytest.raises(IntegrityError):
        read_entry(memoryview(damaged), "main", recipe.key, Checksum())


@settings(common, max_examples=1500)
@given(st.data())
def test_one_wrong_byte_under_a_right_checksum_is_never_a_wrong_value(data: Any) -> None:
    recipe, whole = published("first")
    body = whole.index(b"\n") + 1

    found, entries = found_after(resealed(with_a_wrong_byte(whole, data, first=body)), recipe)

    if isinstance(found.outcome, Hit):
        assert identical(found.outcome.value, ["first"])
        assert found.outcome.key == str(recipe.key)
    elif not found.foreign:
        assert entries.publish(
            recipe, ["again"], seconds=0, replaces=found.stored and found.stored.version
        )
        assert isinstance(entries.find(recipe, None, refs=False).outcome, Hit)


@common
@given(st.integers(0, len(published("first")[1]) - 1))
def test_an_entry_that_is_cut_short_is_damaged(length: int) -> None:
    recipe, whole = published("first")

    for cut in (whole[:length], resealed(whole[:length])):
        with pytest.raises(IntegrityError):
            read_entry(memoryview(cut), "main", recipe.key, Checksum())


@common
@given(st.binary(min_size=1, max_size=20))
def test_an_entry_with_bytes_after_its_end_is_damaged(more: bytes) -> None:
    recipe, whole = published("first")

    for longer in (whole + more, resealed(whole + more)):
        with pytest.raises(IntegrityError):
            read_entry(memoryview(longer), "main", recipe.key, Checksum())


@settings(common, max_examples=300)
@given(st.data())
def test_a_wrong_byte_in_the_output_is_always_noticed(data: Any) -> None:
    recipe, whole = published("first")
    output = len(whole) - len(b'["first"]')

    found, _ = found_after(resealed(with_a_wrong_byte(whole, data, first=output)), recipe)

    assert isinstance(found.damage, IntegrityError)


@common
@given(st.binary(max_size=200))
def test_any_bytes_in_place_of_an_entry_are_damage(data: bytes) -> None:
    recipe, _ = published("first")

    with pytest.raises(IntegrityError):
        read_entry(memoryview(data), "main", recipe.key, Checksum())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'"outputs":[{', b'"outputs":[],"old":[{'),
        (b"12:00:00Z", b"12:00:00"),
        (b'"seconds":1.5', b'"seconds":1.5e300'),
        (b'"seconds":1.5', b'"seconds":-1'),
        (b'"created":"2026', b'"created":"0000'),
        (b'"fingerprint":"blake3:', b'"fingerprint":"'),
        (b'"inline":true', b'"inline":false'),
    ],
)
def test_a_header_that_says_what_none_can_say_is_damage(before: bytes, after: bytes) -> None:
    recipe, whole = published("first")
    assert whole.count(before) == 1

    with pytest.raises(IntegrityError):
        read_entry(
            memoryview(resealed(whole.replace(before, after))), "main", recipe.key, Checksum()
        )


def test_an_entry_of_another_place_is_damage() -> None:
    recipe, whole = published("first")
    other = Recipe("other", recipe.components)
    changed = Recipe("task", recipe.components[:1])

    for namespace, key in (("dev", recipe.key), ("main", other.key), ("main", changed.key)):
        with pytest.raises(IntegrityError):
            read_entry(memoryview(whole), namespace, key, Checksum())
