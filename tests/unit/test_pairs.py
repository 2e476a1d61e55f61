"""Pairs that differ have two fingerprints, and pairs that agree one, alone and inside others."""

from __future__ import annotations

from typing import Any

import pytest

from orchestra_cache import fingerprint
from orchestra_cache.testing import identical
from tests.unit.pairs import AGREE, DIFFER


def around(value: Any) -> list[Any]:
    return [value, [value], {"a": value}, {1: (value, None)}]


@pytest.mark.parametrize("name", DIFFER)
def test_values_that_differ_have_two_fingerprints(name: str) -> None:
    one, other = DIFFER[name]

    for left, right in zip(around(one), around(other), strict=True):
        assert fingerprint(left) != fingerprint(right)
    assert not identical(one, other)


@pytest.mark.parametrize("name", AGREE)
def test_values_that_agree_have_one_fingerprint(name: str) -> None:
    one, other = AGREE[name]

    for left, right in zip(around(one), around(other), strict=True):
        assert fingerprint(left) == fingerprint(right)
    assert identical(one, other) or callable(one)


def test_there_are_enough_pairs() -> None:
    assert len(DIFFER) + len(AGREE) >= 120
