"""What differs between two recipes, in words."""

from __future__ import annotations

from orchestra_cache.explain import Change, Explanation, compare, nearest
from orchestra_cache.fingerprints.digest import digest_bytes
from orchestra_cache.fingerprints.recipe import Component, Recipe


def recipe(**parts: str) -> Recipe:
    """Parts by name, `__` for `:`; what is shown is what counts."""
    components = [
        Component(name.replace("__", ":"), digest_bytes(text.encode()), text)
        for name, text in parts.items()
    ]
    return Recipe("task", tuple(components))


def test_equal_recipes_do_not_differ() -> None:
    assert compare(recipe(parameter__a="1"), recipe(parameter__a="1")) == ()


def test_a_change_shows_before_and_after() -> None:
    (change,) = compare(recipe(parameter__a="1", python="3"), recipe(parameter__a="2", python="3"))

    assert change == Change("parameter:a", "1", "2")
    assert str(change) == "parameter:a 1 → 2"


def test_what_was_added_or_removed_is_said() -> None:
    changes = compare(recipe(parameter__a="1"), recipe(parameter__b=""))

    assert [str(change) for change in changes] == ["parameter:a 1 → (none)", "parameter:b added"]


def test_what_cannot_be_shown_is_said_to_have_changed() -> None:
    digests = [digest_bytes(content) for content in (b"1", b"2")]
    before, after = (Recipe("task", (Component("code:a.f", one),)) for one in digests)

    assert [str(change) for change in compare(before, after)] == ["code:a.f changed"]


def test_code_as_a_whole_is_named_only_if_nothing_in_it_is() -> None:
    detailed = compare(recipe(code="1", code__f="1"), recipe(code="2", code__f="2"))
    connected = compare(recipe(code="1", code__f="1"), recipe(code="2", code__f="1"))

    assert [change.component for change in detailed] == ["code:f"]
    assert [change.component for change in connected] == ["code"]


def test_changes_are_in_the_order_of_their_names() -> None:
    changes = compare(recipe(b="1", a="1", c="1"), recipe(c="2", a="2", b="2"))

    assert [change.component for change in changes] == ["a", "b", "c"]


def test_the_nearest_recipe_is_compared() -> None:
    far, near = recipe(a="1", b="1", c="0"), recipe(a="2", b="1", c="0")

    changes = nearest(recipe(a="2", b="2", c="0"), [far, near])

    assert [change.component for change in changes or ()] == ["b"]


def test_of_equally_near_recipes_the_first_counts() -> None:
    changes = nearest(recipe(a="3", b="0"), [recipe(a="1", b="0"), recipe(a="2", b="0")])

    assert [change.before for change in changes or ()] == ["1"]


def test_nothing_is_compared_with_nothing() -> None:
    assert nearest(recipe(a="1"), []) is None


def test_a_recipe_of_another_function_of_that_name_is_not_compared() -> None:
    assert nearest(recipe(a="1", b="1"), [recipe(x="1", y="1")]) is None


def test_an_explanation_is_a_table() -> None:
    changes = (Change("parameter:day", "1", "2"), Change("code:shop.f"))

    text = str(Explanation("no entry", entries=12, changes=changes))

    assert text == (
        "miss: the nearest of 12 entries differs in\n"
        "  parameter:day  1 → 2\n"
        "  code:shop.f    changed"
    )


def test_an_explanation_says_what_there_was_to_compare() -> None:
    hit = Explanation("hit 01234567: made by somebody", hit=True)
    none = Explanation("no entry")
    one = Explanation("no entry", entries=1, changes=(Change("a", "1", "2"),))
    unlike = Explanation("no entry", entries=3)

    assert str(hit) == "hit 01234567: made by somebody"
    assert str(none) == "miss: no entry; the task has no other entries"
    assert str(one).startswith("miss: the only entry differs in\n  a  1 → 2")
    assert str(unlike) == "miss: no entry"
