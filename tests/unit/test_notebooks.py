"""In a notebook what counts is what the cells made the names to be, by the last one that ran."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestra_cache.fingerprints.code.trace import CodeFingerprint, trace
from tests.unit.programs import digest

interactive = pytest.importorskip("IPython.core.interactiveshell")

Run = Callable[..., CodeFingerprint]

HELPER = "def helper(n):\n    return n + 1\n"
TASK = "def task(n):\n    return helper(n)\n"
CLASS = (
    "from dataclasses import dataclass\n@dataclass(order=False)\nclass A:\n    x: int = 1\n"
    "def task(n):\n    return A()\n"
)
MADE = "import numpy\ndef inner(n): return n + 1\nhelper = numpy.frompyfunc(inner, 1, 1)\n"


@pytest.fixture
def run() -> Iterator[Run]:
    """Run cells in a shell of their own, and look at the task that they made."""
    main = sys.modules["__main__"]
    shell = interactive.InteractiveShell()
    shell.history_manager.enabled = False

    def run(*cells: str) -> CodeFingerprint:
        for cell in cells:
            assert shell.run_cell(cell, store_history=True).success
        return trace([shell.user_ns["task"]])

    yield run
    sys.modules["__main__"] = main
    interactive.InteractiveShell.clear_instance()


def test_a_helper_in_a_cell_that_is_edited_and_run_again_counts(run: Run) -> None:
    before = run(HELPER, TASK)
    again = run(HELPER)
    after = run(HELPER.replace("+ 1", "+ 2"))
    back = run("# a comment\n" + HELPER)

    assert before.weak == ()
    assert again.digest == before.digest == back.digest
    assert after.digest != before.digest


def test_a_function_is_the_same_in_a_cell_and_in_a_module(run: Run, tmp_path: Path) -> None:
    for source in (HELPER + TASK, CLASS, MADE + TASK):
        assert run(source).digest == digest(tmp_path, source)


def test_magics_and_other_cells_do_not_show(run: Run) -> None:
    before = run(HELPER, TASK)
    after = run("%time x = 1", "unused = 1", "!true")

    assert after.digest == before.digest


@pytest.mark.parametrize("edit", [("order=False", "order=True"), ("x: int", "x: float")])
def test_a_class_statement_that_is_edited_and_run_again_counts(
    run: Run, edit: tuple[str, str]
) -> None:
    before = run(CLASS)
    again = run(CLASS)
    after = run(CLASS.replace(*edit))

    assert before.weak == ()
    assert again.digest == before.digest != after.digest


def test_how_something_without_identity_is_made_counts_from_another_cell(run: Run) -> None:
    before = run(MADE, TASK)
    again = run(MADE)
    how = run(MADE.replace("1, 1)", "1, 2)"))
    what = run(MADE.replace("n + 1", "n + 2"))

    assert before.weak == ()
    assert again.digest == before.digest
    assert len({before.digest, how.digest, what.digest}) == 3


def test_what_is_told_to_it_in_a_later_cell_counts(run: Run) -> None:
    made = (
        "import threading\nclass Client:\n    def __init__(self): self.lock = threading.Lock()\n"
        "    def add(self, f): self.f = f\nc = Client()\n"
    )
    before = run(made, "def task(n): return c")
    after = run("c.add(1)")
    other = run("c.add(2)")

    assert len({before.digest, after.digest, other.digest}) == 3
