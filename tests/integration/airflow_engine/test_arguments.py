"""A key holds what the callable is given: templates rendered, elements mapped, context by value."""

from __future__ import annotations

import pytest

from tests.integration.airflow_engine.runs import Dags
from tests.integration.marks import Marks


def test_each_element_of_a_mapped_task_is_a_result_of_its_own(dags: Dags, marks: Marks):
    dags.run("mapped")
    second = dags.run("mapped")
    longer = dags.run("mapped_further")

    assert set(second.states.values()) == set(longer.states.values()) == {"success"}
    assert sorted(marks.of("add")) == [[1, 1], [2, 1], [3, 1], [4, 1]]
    assert marks.of("show") == [[[2, 3, 4]], [[2, 3, 4]]]


def test_a_task_is_expanded_over_a_result_that_was_a_hit(dags: Dags, marks: Marks):
    dags.run("mapped_over_a_result")
    second = dags.run("mapped_over_a_result")

    assert set(second.states.values()) == {"success"}
    assert marks.of("numbers") == [[]]
    assert sorted(marks.of("add")) == [[1, 10], [2, 10]]
    assert marks.of("show") == [[[11, 12]], [[11, 12]]]


def test_a_task_that_gathers_mapped_results_is_a_hit(dags: Dags, marks: Marks):
    dags.run("mapped_and_gathered")
    second = dags.run("mapped_and_gathered")

    assert second.rows["total"] == b"9"
    assert second.warnings == []
    assert marks.of("total") == [[2, 3, 4]]


def test_the_name_of_a_task_its_retries_and_how_arguments_are_passed_do_not_count(
    dags: Dags, marks: Marks
):
    dags.run("plain")
    second = dags.run("overridden")

    assert second.states == {"plus": "success"}
    assert second.rows == {"plus": b"2"}
    assert marks.of("add") == [[1, 1]]


def test_several_outputs_are_hits_together(dags: Dags, marks: Marks):
    dags.run("several_outputs")
    second = dags.run("several_outputs")

    assert set(second.states.values()) == {"success"}
    assert marks.of("split") == [["2026-01-01"]]
    assert marks.of("show") == [[list("2026"), list("01")], [list("2026"), list("01")]]


def test_the_day_counts_for_a_callable_that_asks_for_it(dags: Dags, marks: Marks):
    for day in ("2026-01-01", "2026-01-01", "2026-01-02"):
        dags.run("asking_for_the_day", day)

    assert marks.of("dated") == [["2026-01-01"], ["2026-01-02"]]


def test_times_count_by_value(dags: Dags, marks: Marks):
    runs = [
        dags.run("asking_for_the_time", day) for day in ("2026-01-01", "2026-01-01", "2026-01-02")
    ]

    assert [run.warnings for run in runs] == [[], [], []]
    assert [words[0][:10] for words in marks.of("timed")] == ["2026-01-01", "2026-01-02"]


def test_params_count_by_value(dags: Dags, marks: Marks):
    dags.run("asking_for_params", "2026-01-01")
    second = dags.run("asking_for_params", "2026-01-02")

    assert second.rows == {"scaled": b"6"}
    assert second.warnings == []
    assert marks.of("scaled") == [[3]]


@pytest.mark.parametrize(
    "dag, task, named",
    [
        ("asking_for_the_instance", "told", "`ti`"),
        ("asking_for_everything", "keyworded", "`conn`"),
    ],
)
def test_what_no_key_can_hold_makes_an_uncached_run_and_one_warning(
    dags: Dags, marks: Marks, dag: str, task: str, named: str
):
    first = dags.run(dag)
    second = dags.run(dag)

    assert first.states == second.states == {task: "success"}
    assert [named in warning for warning in first.warnings] == [True]
    assert marks.of(task) == [[], []]


def test_context_that_is_ignored_does_not_count(dags: Dags, marks: Marks):
    dags.run("asking_for_what_is_ignored")
    second = dags.run("asking_for_what_is_ignored")

    assert second.states == {"told_and_ignored": "success"}
    assert marks.of("told_and_ignored") == [[]]


def test_no_result_is_a_result(dags: Dags, marks: Marks):
    first = dags.run("without_a_result")
    second = dags.run("without_a_result")

    assert first.states == second.states == {"nothing": "success"}
    assert first.rows == second.rows
    assert marks.of("nothing") == [[]]
