"""What a clear, a run's conf and its params ask of a cached task, by the facts that Airflow has."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from orchestra_cache.airflow.clears import checked_on_clear, mode_of, run_param, without_asked
from orchestra_cache.errors import ConfigurationError


def context(
    *, tries: int = 1, most: int = 0, retries: int = 0, conf: Any = None, params: Any = None
) -> dict[str, Any]:
    """Of a task instance on its try number `tries` of `most`, whose task has so many retries."""
    return {
        "ti": SimpleNamespace(try_number=tries, max_tries=most, task_id="group.total"),
        "task": SimpleNamespace(retries=retries),
        "dag_run": SimpleNamespace(conf=conf),
        "params": params or {},
    }


# Retries of the task, then tries and most tries as Airflow 2.11 and 3.3 have them.
@pytest.mark.parametrize(
    "retries, tries, most, mode",
    [
        (0, 1, 0, "use"),
        (2, 1, 2, "use"),
        (2, 2, 2, "use"),
        (2, 3, 2, "use"),
        (0, 2, 1, "refresh"),
        (0, 3, 2, "refresh"),
        (2, 2, 3, "refresh"),
        (2, 3, 3, "use"),
        (2, 4, 3, "use"),
        (2, 4, 5, "refresh"),
        (None, 2, 1, "refresh"),
    ],
)
def test_the_first_try_after_a_clear_computes_and_the_tries_after_it_look(
    retries: int, tries: int, most: int, mode: str
):
    given = context(tries=tries, most=most, retries=retries)

    assert mode_of(given, "use", "refresh") == mode
    assert mode_of(given, "use", "reuse") == "use"


@pytest.mark.parametrize(
    "asked, mode",
    [
        ("refresh", "refresh"),
        ("off", "off"),
        ("readonly", "readonly"),
        ("use", "use"),
        ("", "use"),
        (None, "use"),
        ([], "use"),
        (["group.total"], "refresh"),
        (["group"], "refresh"),
        (["gro", "group.tot", "total", 5], "use"),
    ],
)
def test_a_run_may_ask_by_its_conf_or_its_params(asked: object, mode: str):
    assert mode_of(context(conf={"orchestra_cache": asked}), "use", "refresh") == mode
    assert mode_of(context(params={"orchestra_cache": asked}), "use", "refresh") == mode


@pytest.mark.parametrize("asked", ["refesh", 5, {"refresh": True}, b"refresh"])
def test_what_a_run_cannot_mean_is_an_error_that_says_what_there_is(asked: object):
    with pytest.raises(ConfigurationError, match="refresh"):
        mode_of(context(conf={"orchestra_cache": asked}), "use", "refresh")


@pytest.mark.parametrize(
    "declared, asked, mode",
    [
        ("off", "refresh", "off"),
        ("readonly", "refresh", "off"),
        ("readonly", "use", "readonly"),
        ("refresh", "use", "refresh"),
        ("refresh", "off", "off"),
    ],
)
def test_a_run_asks_for_no_more_than_the_task_allows(declared: Any, asked: str, mode: str):
    assert mode_of(context(conf={"orchestra_cache": asked}), declared, "refresh") == mode


def test_a_clear_does_not_overrule_what_the_run_was_told():
    cleared = context(tries=2, most=1, conf={"orchestra_cache": "off"})

    assert mode_of(cleared, "use", "refresh") == "off"


@pytest.mark.parametrize("conf", [None, "text", ["list"]])
def test_a_run_without_a_conf_asks_for_nothing(conf: object):
    assert mode_of(context(conf=conf), "use", "refresh") == "use"


def test_the_form_offers_the_modes_and_begins_with_the_usual_one():
    param = run_param()

    assert param.resolve() == "use"
    assert param.schema["enum"] == ["use", "refresh", "readonly", "off"]


def test_params_count_without_it():
    assert without_asked({"orchestra_cache": "refresh", "region": "north"}) == {"region": "north"}


def test_on_clear_is_one_of_two():
    assert checked_on_clear("reuse") == "reuse"
    with pytest.raises(ConfigurationError, match="use one of refresh, reuse"):
        checked_on_clear("recompute")  # type: ignore[arg-type]
