"""Values that are small and plain are known without being written down."""

from __future__ import annotations

import datetime
import json

import pytest

from orchestra_cache.airflow.sizes import fits, keeps_keys

ROOM = 10_000

SMALL = [None, True, 1.5, 10**50, "x" * 1000, [1, 2], (1, {"a": [None]}), {"rows": 5, "ok": True}]
LARGE = ["x" * ROOM, [0] * ROOM, {str(at): at for at in range(ROOM)}, 10**ROOM * 8, ["\0" * 2000]]


@pytest.mark.parametrize("value", SMALL)
def test_small_values_fit(value: object):
    assert fits(value, ROOM)


@pytest.mark.parametrize("value", [value for value in LARGE if not isinstance(value, int)])
def test_what_takes_more_does_not_fit(value: object):
    assert len(json.dumps(value)) > ROOM
    assert not fits(value, ROOM)


def test_a_huge_number_does_not_fit():
    assert not fits(10**ROOM, 1000)


@pytest.mark.parametrize("value", [{1}, datetime.date(2026, 1, 1), b"x", [object()]])
def test_of_other_types_nothing_is_known(value: object):
    assert not fits(value, ROOM)


def test_a_value_in_itself_ends():
    value: list[object] = []
    value.append(value)

    assert not fits(value, 5_000)


@pytest.mark.parametrize("value", [{"a": 1}, [({"a": [{"b": 2}]},)], "text", {1}])
def test_texts_are_kept_as_keys(value: object):
    assert keeps_keys(value)


@pytest.mark.parametrize(
    "value", [{1: "a"}, [{"a": ({None: 1},)}], {"a": {1.5: 2}}, {"a": {True: 1}}]
)
def test_other_keys_become_texts(value: object):
    assert not keeps_keys(value)
