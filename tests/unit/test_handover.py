"""Values on their way from task to task, outside of any result."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy
import pytest

from orchestra_cache import Cache
from orchestra_cache.errors import IntegrityError, ReadOnlyError
from orchestra_cache.fingerprints import fingerprint
from orchestra_cache.fingerprints.digest import combine
from orchestra_cache.fingerprints.recipe import Component, Recipe
from orchestra_cache.keys import new_ed25519_key, new_hmac_key, parse_key, public_half
from orchestra_cache.outputs import encode

NUMBERS = numpy.arange(20_000)


def owner(name: str) -> Recipe:
    return Recipe("carrier", (Component("row", combine("row", name.encode())),))


def handed(cache: Cache, name: str, value: object = NUMBERS):
    return cache.hand_over(owner(name), encode(value, trusted=False))


def blobs(folder: Path) -> list[Path]:
    return list(folder.glob("main/blobs-v1/*/*"))


def test_what_is_handed_over_is_read_by_its_ref(tmp_path: Path):
    ref = handed(Cache(tmp_path), "first")

    assert (Cache(tmp_path).load(ref) == NUMBERS).all()
    assert fingerprint(ref) == fingerprint(NUMBERS)


def test_the_same_value_is_kept_once(tmp_path: Path):
    cache = Cache(tmp_path)

    first, second = handed(cache, "first"), handed(cache, "second")

    assert first == second
    assert len(blobs(tmp_path)) == 1


def test_a_small_value_is_a_blob_too(tmp_path: Path):
    ref = handed(Cache(tmp_path), "first", [1, "two"])

    assert len(blobs(tmp_path)) == 1
    assert ref.load() == [1, "two"]


def test_no_collection_takes_what_has_an_owner(tmp_path: Path):
    cache = Cache(tmp_path)
    ref = handed(cache, "first")

    cache.collect(grace=timedelta(0))
    Cache(tmp_path).collect(grace=timedelta(0), full=True)

    assert (cache.load(ref) == NUMBERS).all()


def test_what_nobody_owns_any_more_goes_with_a_collection(tmp_path: Path):
    cache = Cache(tmp_path)
    ref = handed(cache, "first")
    handed(cache, "second")

    cache.let_go(owner("first").key)
    cache.collect(grace=timedelta(0))
    kept = blobs(tmp_path)
    cache.let_go(owner("second").key)
    cache.collect(grace=timedelta(0))

    assert len(kept) == 1
    assert blobs(tmp_path) == []
    with pytest.raises(IntegrityError, match="gone"):
        cache.load(ref)


def test_a_ref_is_sealed_where_entries_are_signed(tmp_path: Path):
    cache = Cache(tmp_path, keys=[new_hmac_key()])

    ref = handed(cache, "first")

    assert (cache.load(ref) == NUMBERS).all()
    with pytest.raises(IntegrityError):
        Cache(tmp_path, keys=[new_hmac_key()]).load(ref)
    assert cache.verify().damaged == []


def test_who_has_no_key_to_sign_with_hands_nothing_over(tmp_path: Path):
    public = public_half(parse_key(new_ed25519_key(), "test"))

    with pytest.raises(ReadOnlyError):
        handed(Cache(tmp_path, keys=[public]), "first")

    assert blobs(tmp_path) == []
