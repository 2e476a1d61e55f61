"""Values that contain themselves: one shape has one fingerprint, two shapes have two."""

from __future__ import annotations

import copy
import itertools
import pickle
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestra_cache import fingerprint
from orchestra_cache.testing import identical
from tests.properties.values import Point

common = settings(deadline=None, max_examples=300)

KINDS = ("list", "dict", "tuple", "object")


@st.composite
def shapes(draw: Any, most: int = 4) -> list[tuple[str, list[int]]]:
    """Kinds of up to four containers, and which of them each contains."""
    size = draw(st.integers(1, most))
    inner = st.lists(st.integers(0, size - 1), max_size=2)
    return [(draw(st.sampled_from(KINDS)), draw(inner)) for _ in range(size)]


def built(shape: list[tuple[str, list[int]]]) -> Any:
    """The first container of a shape; a tuple holds a list, since it cannot be filled later."""
    lists: list[list[Any]] = [[] for _ in shape]
    made = [wrapped(kind, held) for (kind, _), held in zip(shape, lists, strict=True)]
    for (kind, inner), held, around in zip(shape, lists, made, strict=True):
        for place, number in enumerate(inner):
            if kind == "dict":
                around[place] = made[number]
            else:
                held.append(made[number])
    return made[0]


def wrapped(kind: str, held: list[Any]) -> Any:
    return {"list": held, "dict": {}, "tuple": (held,), "object": Point(held)}[kind]


@common
@given(shapes(), shapes())
def test_loops_have_one_fingerprint_exactly_if_they_are_identical(one: Any, other: Any) -> None:
    left, right = built(one), built(other)

    assert (fingerprint(left) == fingerprint(right)) == identical(left, right)


@common
@given(shapes())
def test_copies_and_pickles_of_a_loop_do_not_show(shape: Any) -> None:
    value = built(shape)

    copies = [built(shape), copy.deepcopy(value), pickle.loads(pickle.dumps(value))]

    assert {fingerprint(other) for other in copies} == {fingerprint(value)}
    assert all(identical(other, value) for other in copies)


def test_all_small_shapes_of_lists_differ_unless_they_are_identical() -> None:
    inner = [
        list(numbers) for size in range(3) for numbers in itertools.product((0, 1), repeat=size)
    ]
    values = [built([("list", one), ("list", other)]) for one in inner for other in inner]

    digests = [fingerprint(value) for value in values]

    for left, right in itertools.combinations(range(len(values)), 2):
        same = digests[left] == digests[right]
        assert same == identical(values[left], values[right])
