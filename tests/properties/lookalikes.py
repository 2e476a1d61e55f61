"""Which of several values are taken for one another."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from orchestra_cache import fingerprint
from orchestra_cache.testing import identical


def of_one_fingerprint(values: list[Any]) -> list[tuple[int, int]]:
    digests = enumerate(map(fingerprint, values))
    return [(i, j) for (i, one), (j, other) in combinations(digests, 2) if one == other]


def identical_pairs(values: list[Any]) -> list[tuple[int, int]]:
    pairs = combinations(enumerate(values), 2)
    return [(i, j) for (i, one), (j, other) in pairs if identical(one, other)]
