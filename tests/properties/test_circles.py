"""Definitions that refer to each other in circles differ if calling them can tell them apart."""

from __future__ import annotations

import itertools
import types
from random import Random
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestra_cache import fingerprint_code

# Of each function: which text it has, and the functions that its two names are bound to.
Graph = list[tuple[int, int, int]]


def first(n: Any) -> Any:
    return left(n), right(n)  # type: ignore[name-defined]  # noqa: F821


def second(n: Any) -> Any:
    return right(n), left(n)  # type: ignore[name-defined]  # noqa: F821


TEXTS = (first, second)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    size = draw(st.integers(1, 6))
    places = st.integers(0, size - 1)
    texts = st.sampled_from([0, 0, 0, 1])
    return draw(st.lists(st.tuples(texts, places, places), min_size=size, max_size=size))


def functions(graph: Graph) -> list[types.FunctionType]:
    made = [types.FunctionType(TEXTS[text].__code__, {"__name__": __name__}) for text, *_ in graph]
    for function, (_, left, right) in zip(made, graph, strict=True):
        function.__globals__.update(left=made[left], right=made[right])
    return made


def alike(graph: Graph, one: int, other: int) -> bool:
    """Whether no sequence of calls leads from two functions to different texts."""
    todo, seen = [(one, other)], set()
    while todo:
        pair = todo.pop()
        if pair in seen:
            continue
        seen.add(pair)
        (text, *to), (other_text, *other_to) = graph[pair[0]], graph[pair[1]]
        if text != other_text:
            return False
        todo += zip(to, other_to, strict=True)
    return True


@settings(max_examples=100, deadline=None)
@given(graphs(), graphs())
# These two look alike for as many rounds as each of them needs for itself.
@example([(1, 0, 1), (0, 1, 0)], [(0, 1, 2), (0, 1, 2), (1, 0, 2)])
def test_functions_that_calls_can_tell_apart_differ(a: Graph, b: Graph) -> None:
    both = a + [(text, left + len(a), right + len(a)) for text, left, right in b]

    digests = [fingerprint_code(one) for one in (*functions(a), *functions(b))]

    for one, other in itertools.combinations(range(len(both)), 2):
        assert digests[one] != digests[other] or alike(both, one, other)


@settings(max_examples=100, deadline=None)
@given(graphs(), st.randoms(use_true_random=False))
def test_the_order_of_functions_does_not_show(graph: Graph, random: Random) -> None:
    order = list(range(len(graph)))
    random.shuffle(order)
    moved = [graph[one] for one in order]
    shuffled = [(text, order.index(left), order.index(right)) for text, left, right in moved]

    digests = [fingerprint_code(one) for one in functions(graph)]

    assert [fingerprint_code(one) for one in functions(shuffled)] == [digests[one] for one in order]
