"""A Ref is never taken for its value: what is done with it works as with the value, or raises."""

from __future__ import annotations

import copy
import inspect
import logging
import math
import operator
import os
import pickle
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from prefect.utilities.collections import isiterable

from orchestra_cache import Cache
from orchestra_cache.declaration import Declaration
from orchestra_cache.fingerprints import fingerprint
from orchestra_cache.fingerprints.digest import Digest
from orchestra_cache.prefect import TaskRef
from orchestra_cache.prefect.misuses import TaskRefError
from tests.integration.prefect_engine.runs import Flows

SIZE = 50_000
LONG = list(range(SIZE))
TABLE = pd.DataFrame({"a": [1, 2]})


def entered(one: Any) -> None:
    with one:
        pass


def set_item(one: Any) -> None:
    one[0] = 1


def set_attribute(one: Any) -> None:
    one.column = 1


def added(one: Any) -> None:
    one += 1


def matched(one: Any) -> bool:
    match one:
        case 3:
            return True
    return False


def merged(**_: object) -> None:
    pass


# Several of them are asked by way of the other operand.
USES: dict[str, dict[str, Callable[[Any], object]]] = {
    "attribute": {
        "read": lambda one: one.columns,
        "written": set_attribute,
    },
    "truth value": {"not": lambda one: not one, "if": lambda one: 1 if one else 2},
    "length": {
        "len": len,
        "series": pd.Series,
        "column": lambda one: TABLE.assign(b=one),
    },
    "elements": {
        "item": lambda one: one[0],
        "set item": set_item,
        "delete item": lambda one: operator.delitem(one, 0),
        "in": lambda one: 1 in one,
        "list": list,
        "star": lambda one: [*one],
        "unpacked": lambda one: dict([one]),
        "for": lambda one: [str(part) for part in one],
        "sorted": sorted,
        "reversed": reversed,
        "enumerate": lambda one: list(enumerate(one)),
        "sum": sum,
        "max": max,
        "zip": lambda one: list(zip([1], one, strict=True)),
        "join": ",".join,
        "dict": dict,
        "two stars": lambda one: {**one},
        "as keywords": lambda one: merged(**one),
        "array": np.asarray,
        "array of several": lambda one: np.array([one, one]),
        "numpy's sum": np.sum,
        "frame": pd.DataFrame,
    },
    "order": {
        "less": lambda one: one < 1,
        "less, reflected": lambda one: one > 1,
        "at most": lambda one: one <= 1,
        "more": lambda one: one > 1,
        "at least": lambda one: one >= 1,
        "sorted with others": lambda one: sorted([one, 1]),
    },
    "arithmetic": {
        "plus": lambda one: one + 1,
        "plus, reflected": lambda one: 1 + one,
        "in place": added,
        "list": lambda one: operator.add([1], one),
        "text": lambda one: "a" + one,
        "times": lambda one: one * 2,
        "power": lambda one: pow(one, 2, 3),
        "matrix": lambda one: one @ one,
        "percent": lambda one: one % 2,
        "union": lambda one: {1} | one,
        "path": lambda one: one / "a",
        "negative": lambda one: -one,
        "absolute": abs,
    },
    "number": {
        "int": int,
        "float": float,
        "complex": complex,
        "round": round,
        "floor": math.floor,
        "range": range,
        "root": math.sqrt,
        "index": lambda one: [1][one],
        "hex": hex,
    },
    "bytes": {"bytes": bytes},
    "path": {"open": open, "fspath": os.fspath, "path": lambda one: Path("a") / one},
    "context": {"with": entered},
    "value to compare": {
        "equal": lambda one: one == [1],
        "equal, reflected": lambda one: one == [1],
        "not equal": lambda one: one != 1,
        "None": lambda one: one == None,  # noqa: E711
        "among": lambda one: one in [1, 2],
        "among, reflected": lambda one: [2, one].index(1),
        "match": matched,
    },
    "text": {
        "in a name": lambda one: f"file-{one}.csv",
        "in a format": lambda one: f"{one:.2f}",
        "in a template": "file-{}".format,
    },
}
EVERY_USE = [(what, how) for what, uses in USES.items() for how in uses]


@pytest.mark.parametrize("what, how", EVERY_USE)
def test_what_is_done_with_a_ref_is_an_error_with_the_way_out(what: str, how: str):
    with pytest.raises(TaskRefError, match=rf"a TaskRef has no {what}") as caught:
        USES[what][how](TaskRef([1]))

    assert "call `.load()`" in str(caught.value)


@pytest.mark.parametrize(
    "how",
    [
        lambda array, one: array + one,
        lambda array, one: array == one,
        lambda array, one: np.add(array, one),
        lambda array, one: array[one],
        lambda array, one: np.float64(1) * one,
        lambda array, one: np.float64(1) == one,
        lambda array, one: pd.Series(array) == one,
        lambda array, one: pd.Series(array) + one,
        lambda array, one: pd.Series(array).isin(one),
        lambda array, one: pd.concat([TABLE, one]),
        lambda array, one: TABLE[one],
        lambda array, one: np.concatenate([array, one]),
        lambda array, one: pd.read_csv(one),
    ],
)
def test_no_library_takes_a_ref_for_a_scalar(how: Callable[[Any, Any], object]):
    with pytest.raises(Exception, match="TaskRef"):
        how(np.arange(3), TaskRef([1]))


def test_no_error_of_a_ref_says_that_it_is_a_single_value():
    with pytest.raises(TaskRefError, match="`unmapped"):
        isiterable(TaskRef([1]))


def test_who_asks_whether_there_is_an_attribute_is_told_that_there_is_none():
    assert not hasattr(TaskRef([1]), "columns")
    assert not hasattr(TaskRef([1]), "__dataclass_fields__")
    assert getattr(TaskRef([1]), "columns", "none") == "none"


def test_a_ref_is_not_taken_for_something_to_await_or_to_call():
    stand_in = TaskRef([1])

    assert not inspect.isawaitable(stand_in)
    assert not isinstance(stand_in, Awaitable)
    assert not callable(stand_in)


def test_refs_are_compared_with_refs_alone():
    one, equal, other = TaskRef([1]), TaskRef([1]), TaskRef([2])

    assert one == equal != other
    assert one in [other, equal]
    assert {one, equal, other} == {one, other}
    assert {one: 1}[equal] == 1


def test_a_ref_and_its_digest_are_two_keys_of_a_dict():
    stand_in = TaskRef([1])

    held: dict[object, str] = {stand_in: "the ref", fingerprint([1]): "its digest"}

    assert isinstance(fingerprint([1]), Digest)
    assert held[stand_in] == "the ref"


@pytest.mark.parametrize("value", ["EU", 3, 2.5, True, None, date(2026, 1, 2)])
def test_the_text_of_a_word_a_number_or_a_day_is_that_of_the_value(value: object):
    stand_in = TaskRef(value)

    assert f"file-{stand_in}.csv" == f"file-{value}.csv"
    assert str(stand_in) == line(stand_in) == str(value)
    assert f"{stand_in!r}" == f"TaskRef({type(value).__name__})"


def test_a_format_is_applied_to_the_value():
    assert f"{TaskRef(2.5):.2f} {TaskRef(date(2026, 1, 2)):%d.%m.}" == "2.50 02.01."


def test_a_log_line_or_the_message_of_an_error_shows_the_ref(cache: Cache):
    large = ref_to(cache, LONG)

    assert line(TaskRef([1])) == "TaskRef(list)"
    assert str(ValueError(large)) == repr(large)


def test_refs_are_copied_and_pickled_as_they_are():
    stand_in = TaskRef({"a": 1})

    for other in (copy.copy(stand_in), copy.deepcopy(stand_in)):
        assert other == stand_in
    assert pickle.loads(pickle.dumps(stand_in)) == stand_in


DOCUMENTS = [LONG, {"a": LONG}, "x" * SIZE, b"x" * SIZE]


@pytest.mark.parametrize("value", [np.arange(SIZE), pd.DataFrame({"a": LONG})])
@pytest.mark.parametrize("around", [lambda one: [one], lambda one: {"a": one}, lambda one: (one,)])
def test_inside_of_others_a_ref_to_an_array_or_a_table_counts_as_its_value(
    cache: Cache, value: object, around: Callable[[object], object]
):
    assert fingerprint(around(ref_to(cache, value))) == fingerprint(around(value))


@pytest.mark.parametrize("value", [*DOCUMENTS, 3, "EU", [1]])
@pytest.mark.parametrize("around", [lambda one: [one], lambda one: {"a": one}, lambda one: (one,)])
def test_inside_of_others_a_ref_to_a_document_is_a_key_of_its_own(
    cache: Cache, value: object, around: Callable[[object], object]
):
    stand_in = ref_to(cache, value)
    inside = fingerprint(around(stand_in))

    assert fingerprint(stand_in) == fingerprint(value)
    assert inside != fingerprint(around(value))
    assert inside == fingerprint(around(ref_to(cache, value)))


def test_a_map_over_a_ref_says_what_to_do(flows: Flows):
    run = flows.run("ref_uses.mapped", 3)

    assert [name for name, _ in run.value] == ["TaskRefError"] * 6
    assert all("call `.load()`" in text and "`unmapped(" in text for _, text in run.value)


def test_a_map_hands_a_ref_to_each_whole(flows: Flows):
    run = flows.run("ref_uses.mapped_whole", 3)

    assert run.value == [[(one, [0, 1, 2]) for one in range(3)]] * 4


def test_a_flow_may_be_given_refs(flows: Flows):
    assert flows.run("ref_uses.given_to_a_flow", 3).value == [[0, 1, 2], "EU"]


def test_names_of_task_runs_and_messages_of_errors_are_written(flows: Flows):
    run = flows.run("ref_uses.in_texts", "EU")

    names, (raised, written) = run.value
    assert names == ["of   EU", "of TaskRef(list)"]
    assert "ValueError: TaskRef(list)" in raised
    assert "a TaskRef has no text" in written


def test_the_reason_of_a_miss_says_what_a_ref_stands_for(flows: Flows):
    run = flows.run("ref_uses.in_lines_of_misses", 3, "EU")

    lists = [f"list {fingerprint(list(range(at, at + SIZE))).hex[:8]}" for at in (3, 4)]
    for change in [f"1 → {lists[0]}", " → ".join(lists), f"{lists[1]} → 'EU'", "'EU' → 'EUEU'"]:
        assert f"parameter:b {change}" in run.text


def line(stand_in: object) -> str:
    """What a logger writes."""
    return logging.makeLogRecord({"msg": "%s", "args": (stand_in,)}).getMessage()


def ref_to(cache: Cache, value: object) -> TaskRef:
    held = cache.run(Declaration(_given), {"held": value}, lambda: value, refs=True)
    return TaskRef(held)


def _given(held: object) -> object:
    return held
