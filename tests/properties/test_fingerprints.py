"""Two values are identical exactly if they have one fingerprint."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestra_cache import fingerprint
from orchestra_cache.testing import identical
from tests.properties import values
from tests.properties.changes import changed, in_another_order

common = settings(deadline=None, max_examples=200)


@common
@given(values.near_values, values.near_values)
def test_values_have_one_fingerprint_exactly_if_they_are_identical(one: Any, other: Any) -> None:
    same = fingerprint(one) == fingerprint(other)

    assert same == identical(one, other)


@pytest.mark.parametrize("one", values.LOOKALIKES, ids=repr)
def test_values_that_look_alike_have_fingerprints_of_their_own(one: Any) -> None:
    partners = [other for other in values.LOOKALIKES if fingerprint(other) == fingerprint(one)]

    assert len(partners) == 1
    assert [other for other in values.LOOKALIKES if identical(other, one)] == partners


@common
@given(values.values)
def test_a_deep_copy_has_the_fingerprint_of_the_original(value: Any) -> None:
    copied = copy.deepcopy(value)

    assert fingerprint(copied) == fingerprint(value)
    assert identical(copied, value)


@common
@given(values.values)
def test_pickling_does_not_show(value: Any) -> None:
    copied = pickle.loads(pickle.dumps(value))

    assert fingerprint(copied) == fingerprint(value)
    assert identical(copied, value)


@common
@given(values.values)
def test_fingerprinting_changes_nothing(value: Any) -> None:
    before = copy.deepcopy(value)

    first = fingerprint(value)
    second = fingerprint(value)

    assert first == second
    assert identical(value, before)


@settings(common, max_examples=600)
@given(values.values, st.data())
def test_a_change_anywhere_in_a_value_shows_exactly_if_it_is_one(
    value: Any, data: st.DataObject
) -> None:
    other = changed(value, data.draw)

    same = fingerprint(value) == fingerprint(other)

    assert same == identical(value, other)


@common
@given(values.values, st.randoms(use_true_random=False))
def test_the_order_of_dicts_and_sets_does_not_show(value: Any, random: Any) -> None:
    other = in_another_order(value, random)

    assert fingerprint(other) == fingerprint(value)
    assert identical(other, value)


@common
@given(values.values)
def test_sharing_does_not_show(value: Any) -> None:
    shared = [value, value, (value,)]
    apart = [value, copy.deepcopy(value), (copy.deepcopy(value),)]

    assert fingerprint(shared) == fingerprint(apart)


@common
@given(values.values, values.values)
def test_a_value_differs_from_all_that_contain_it(value: Any, other: Any) -> None:
    around = [
        [value],
        (value,),
        {"": value},
        [value, other],
        values.Point(value),
        values.Names([value]),
    ]

    digests = {fingerprint(one) for one in [value, *around]}

    assert len(digests) == len(around) + 1
