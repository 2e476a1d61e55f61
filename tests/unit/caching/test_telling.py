"""What is told: events, changes, errors."""

from __future__ import annotations

import logging
import pickle

import pytest

from orchestra_cache import Cache, errors
from orchestra_cache.events import Event, Uncached, emit, subscribe
from orchestra_cache.explain import Change, compare, nearest
from orchestra_cache.fingerprints.digest import combine
from orchestra_cache.fingerprints.recipe import Component, Recipe
from orchestra_cache.observers.logs import writing_to
from tests.unit.caching import work


def recipe(**components: str) -> Recipe:
    parts = [
        Component(name.replace("_", ":", 1), combine("test", text.encode()), text)
        for name, text in components.items()
    ]
    return Recipe("task", tuple(parts))


def test_a_miss_names_what_changed(cache: Cache) -> None:
    double = cache.memoize(work.double)
    double(1)

    explanation = str(double.explain(2))

    assert explanation == "miss: the only entry differs in\n  parameter:number  1 → 2"


def test_the_nearest_entry_is_compared(cache: Cache) -> None:
    echo = cache.memoize(work.echo)
    echo(1, logger=1)
    echo(2, logger=2)

    explanation = str(echo.explain(2, logger=3))

    assert explanation.splitlines()[0] == "miss: the nearest of 2 entries differs in"
    assert "parameter:logger  2 → 3" in explanation
    assert "parameter:value" not in explanation


def test_a_hit_says_when_it_was_made(cache: Cache) -> None:
    double = cache.memoize(work.double)
    double(1)

    assert str(double.explain(1)).startswith("hit ")


def test_a_task_without_entries_says_so(cache: Cache) -> None:
    assert "no other entries" in str(cache.memoize(work.double).explain(1))


def test_a_secret_is_not_shown(cache: Cache) -> None:
    def connect(password: str, count: int) -> int:
        return count

    shown = [one.shown for one in cache.memoize(connect).recipe("hush", 1).components]

    assert not any("hush" in text for text in shown)
    assert "1" in shown


def test_recipes_differ_in_what_changed_was_added_and_removed() -> None:
    before = recipe(parameter_day="1", data_a="x", python="3.11")
    after = recipe(parameter_day="2", data_b="x", python="3.11")

    changes = compare(before, after)

    assert [str(change) for change in changes] == [
        "data:a x → (none)",
        "data:b (none) → x",
        "parameter:day 1 → 2",
    ]


def test_code_as_a_whole_is_named_only_if_no_part_of_it_is() -> None:
    before = recipe(code="1", code_f="a")

    assert compare(before, recipe(code="2", code_f="b"))[0].component == "code:f"
    assert compare(before, recipe(code="2", code_f="a"))[0].component == "code"


def test_another_function_of_the_same_name_is_not_compared() -> None:
    mine = recipe(parameter_day="1", code="1", code_f="1", code_g="1")
    other = recipe(parameter_size="1", code="2", code_h="1", code_i="1")

    assert nearest(mine, [other]) is None


def test_the_key_leaves_labels_out_and_keeps_the_rest() -> None:
    plain = recipe(parameter_day="1", code="1", data_a="x")

    assert plain.key == recipe(parameter_day="1", code="1", data_elsewhere="x").key
    assert plain.key == recipe(parameter_day="1", code="1", code_f="9", data_a="x").key
    assert plain.key == recipe(parameter_day="1", code="1", seen_numpy="2", data_a="x").key
    assert plain.key != recipe(parameter_day="1", code="2", data_a="x").key
    assert plain.key != recipe(parameter_night="1", code="1", data_a="x").key
    assert plain.key != recipe(parameter_day="1", code="1", data_a="y").key


def test_the_order_of_datasets_is_in_the_key() -> None:
    assert recipe(data_a="x", data_b="y").key != recipe(data_a="y", data_b="x").key


def test_an_observer_that_fails_disturbs_nobody(cache: Cache, events: list[Event]) -> None:
    def fails(event: Event) -> None:
        raise RuntimeError

    stop = subscribe(fails)
    try:
        assert cache.memoize(work.double)(1) == [1, 1]
    finally:
        stop()

    assert events


def test_events_are_logged_where_the_run_wants_them(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("some.run")

    with caplog.at_level(logging.INFO), writing_to(logger):
        emit(Uncached("task", "", "a lock", "ignore it"))
    emit(Uncached("task", "", "another", ""))

    assert [record.name for record in caplog.records] == ["some.run", "orchestra_cache"]
    assert caplog.messages[0] == "task runs uncached: a lock (ignore it)"


@pytest.mark.parametrize(
    "error",
    [
        errors.FingerprintError("parameter x", "_thread.lock"),
        errors.MissingExtraError("s3fs", "s3"),
        errors.StoreError("cannot write", "check the disk"),
        errors.DatasetError("no file", "make it"),
    ],
)
def test_errors_survive_the_way_to_another_process(error: errors.OrchestraCacheError) -> None:
    again = pickle.loads(pickle.dumps(error))

    assert type(again) is type(error)
    assert str(again) == str(error)
    assert str(error).splitlines()[-1].startswith("hint: ")


def test_a_change_shows_values_only_if_there_are_some() -> None:
    assert str(Change("code:f")) == "code:f changed"
    assert str(Change("parameter:a", "1", "2")) == "parameter:a 1 → 2"
