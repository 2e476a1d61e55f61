"""A key is made of what a result depends on, and of no name of a place."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from orchestra_cache.fingerprints.digest import combine, digest_bytes
from orchestra_cache.fingerprints.recipe import CacheKey, Component, Recipe


def part(name: str, content: str = "", shown: str = "") -> Component:
    return Component(name, digest_bytes(content.encode()), shown)


def key(*components: Component) -> CacheKey:
    return Recipe("task", components).key


DIFFERENT = [
    (part("parameter:a", "1"),),
    (part("parameter:a", "2"),),
    (part("parameter:b", "1"),),
    (part("parameter:a", "1"), part("parameter:b", "1")),
    (part("package:a", "1"),),
    (part("code", "1"),),
    (part("python", "1"),),
    (part("data:a", "1"),),
    (part("data:a", "1"), part("data:b", "1")),
    (part("data:a", "1"), part("data:b", "2")),
    (part("data:a", "2"), part("data:b", "1")),
    (),
]


def test_recipes_that_differ_have_keys_of_their_own() -> None:
    assert len({key(*components) for components in DIFFERENT}) == len(DIFFERENT)


SAME: dict[str, tuple[list[Component], list[Component]]] = {
    "the order of parameters": (
        [part("parameter:a", "1"), part("parameter:b", "2")],
        [part("parameter:b", "2"), part("parameter:a", "1")],
    ),
    "where data lies": ([part("data:s3://a", "1")], [part("data:s3://b", "1")]),
    "where code lies": (
        [part("code", "1"), part("code:one.f", "1")],
        [part("code", "1"), part("code:two.f", "1")],
    ),
    "what is shown": ([part("parameter:a", "1", "x")], [part("parameter:a", "1", "y")]),
}


@pytest.mark.parametrize("name", SAME)
def test_what_does_not_change_a_result_is_not_in_the_key(name: str) -> None:
    one, other = SAME[name]

    assert key(*one) == key(*other)


def test_a_key_is_a_task_and_a_digest() -> None:
    recipe = Recipe("Shop.totals", (part("parameter:a", "1"),))

    assert recipe.key.task == "Shop.totals"
    assert str(recipe.key) == f"Shop.totals/{recipe.key.digest.hex}"
    assert Recipe("other", recipe.components).key.digest == recipe.key.digest


def test_a_component_knows_its_kind() -> None:
    names = ["parameter:a:b", "data:s3://a", "python"]

    assert [part(name).kind for name in names] == ["parameter", "data", "python"]


def test_a_recipe_is_the_same_after_a_pickle() -> None:
    recipe = Recipe("task", (part("parameter:a", "1"), part("data:a", "2")))

    assert pickle.loads(pickle.dumps(recipe)) == recipe
    assert pickle.loads(pickle.dumps(recipe)).key == recipe.key


@pytest.mark.parametrize(
    "parts",
    [
        [b"ab", b"c"],
        [b"a", b"bc"],
        [b"abc"],
        [b"", b"abc"],
        [],
        [b""],
        [b"", b""],
        [[b"ab", b"c"], b""],
    ],
    ids=repr,
)
def test_parts_of_a_digest_have_borders(parts: list[Any]) -> None:
    whole = combine("tag", *parts)
    others = [combine("tag", b"abc", b"x"), combine("other", *parts), combine("tag", *parts, b"")]

    assert whole not in others
    assert combine("tag", *parts) == whole


def test_a_part_in_pieces_is_the_part_joined() -> None:
    assert combine("tag", [b"ab", b"c"], b"d") == combine("tag", b"abc", bytearray(b"d"))


def test_what_is_added_to_a_recipe_is_in_its_key() -> None:
    recipe = Recipe("task", (part("parameter:a", "1"),), with_datasets=True)

    more = [recipe.extended([part("policy:RunId", content)]) for content in ("1", "2")]

    assert len({recipe.key, *(one.key for one in more)}) == 3
    assert more[0] == Recipe("task", (*recipe.components, part("policy:RunId", "1")), True)
