"""A change of what a result depends on runs the task again; nothing else does."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.integration.marks import Marks
from tests.integration.prefect_engine.runs import FLOWS, Flows


@pytest.fixture
def workshop(tmp_path: Path) -> Path:
    """A copy of the flow with a helper, to be edited."""
    folder = tmp_path / "workshop"
    folder.mkdir()
    for name in ("marking.py", "prices.py", "rates.py"):
        shutil.copy(FLOWS / name, folder)
    return folder


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    folder = tmp_path / "orders"
    folder.mkdir()
    (folder / "3.csv").write_text("a,b\n")
    return folder


def test_an_edited_helper_runs_the_task_again_and_the_log_names_it(
    flows: Flows, marks: Marks, workshop: Path
):
    flows.run("prices.called", folder=workshop)
    rates = workshop / "rates.py"
    rates.write_text(rates.read_text().replace("return 2", "return 3"))

    run = flows.run("prices.called", folder=workshop)

    assert run.value == [("Completed", 300)]
    assert "price: miss: code:rates.rate changed" in run.text
    assert marks.all() == [["price"], ["price"]]


def test_a_comment_a_docstring_and_another_folder_leave_the_result_valid(
    flows: Flows, marks: Marks, workshop: Path
):
    flows.run("prices.called")
    rates = workshop / "rates.py"
    rates.write_text(
        rates.read_text().replace("rate():", 'rate():\n    """Twice."""\n    # Since 2020.')
    )

    run = flows.run("prices.called", folder=workshop)

    assert run.value == [("Cached", 200)]
    assert marks.all() == [["price"]]


@pytest.mark.parametrize("task", ["logged", "logged_with_less"])
def test_an_ignored_parameter_does_not_count(flows: Flows, marks: Marks, task: str):
    flows.run("terms.observed", task, "first")

    run = flows.run("terms.observed", task, "second")

    assert run.value == [("Cached", 3)]
    assert marks.all() == [["ran"]]


def test_a_changed_file_runs_the_task_again(flows: Flows, marks: Marks, orders: Path):
    flows.run("terms.called", "loaded", str(orders), 3)
    (orders / "3.csv").write_text("c,d\n")

    run = flows.run("terms.called", "loaded", str(orders), 3)

    assert run.value == [("Completed", "c,d\n")]
    assert "miss: data:" in run.text
    assert marks.all() == [["ran"], ["ran"]]


def test_a_file_rewritten_with_the_same_content_leaves_the_result_valid(
    flows: Flows, marks: Marks, orders: Path
):
    flows.run("terms.called", "loaded", str(orders), 3)
    (orders / "3.csv").write_text("a,b\n")
    os.utime(orders / "3.csv", (1, 1))

    run = flows.run("terms.called", "loaded", str(orders), 3)

    assert run.value == [("Cached", "a,b\n")]
    assert marks.all() == [["ran"]]


def test_a_file_that_the_task_does_not_read_does_not_count(
    flows: Flows, marks: Marks, orders: Path
):
    flows.run("terms.called", "loaded", str(orders), 3)
    (orders / "4.csv").write_text("c,d\n")

    run = flows.run("terms.called", "loaded", str(orders), 3)

    assert run.states == ["Cached"]
    assert marks.all() == [["ran"]]


def test_a_result_is_not_kept_if_its_file_changed_while_the_task_read_it(
    flows: Flows, marks: Marks, orders: Path
):
    file = orders / "3.csv"
    first = flows.run("terms.called", "changing_what_it_reads", str(file))
    file.write_text("a,b\n")

    second = flows.run("terms.called", "changing_what_it_reads", str(file))

    assert first.value == second.value == [("Completed", "made of either")]
    assert ["changed while" in warning for warning in first.warnings] == [True]
    assert marks.all() == [["ran"], ["ran"]]
