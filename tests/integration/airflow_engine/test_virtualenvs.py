"""Tasks that run with another Python: their key is made of that, and a hit does not start it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.airflow_engine.runs import DagRun, Dags
from tests.integration.fresh_process import FreshProcesses
from tests.integration.marks import MARKS, Marks


@dataclass(frozen=True)
class Other:
    """A Python of its own, with one package that nothing else has."""

    folder: Path

    @property
    def python(self) -> str:
        return str(self.folder / "bin" / "python")

    def asked(self, log: Path) -> str:
        """A program that is this Python, and writes down what it is asked."""
        program = self.folder / "bin" / "asked"
        program.write_text(f'#!/bin/sh\necho "$2" >> {log}\nexec {self.python} "$@"\n')
        program.chmod(0o755)
        return str(program)

    def install(self, release: str) -> None:
        (site,) = self.folder.glob("lib/python3*/site-packages")
        for old in site.glob("pinned*"):
            for file in old.glob("*"):
                file.unlink()
            old.rmdir()
        (site / "pinned").mkdir()
        (site / "pinned" / "__init__.py").write_text(f"RELEASE = {release!r}\n")
        told = site / f"pinned-{release}.dist-info"
        told.mkdir()
        (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: pinned\nVersion: {release}\n")


@dataclass(frozen=True)
class Elsewhere:
    """One DAG, run twice with the same package, and then with a newer one."""

    runs: list[DagRun]
    ran: list[list[str]]
    marks: Marks
    asked: list[int]


@pytest.fixture(scope="module")
def elsewhere(
    home: Path, processes: FreshProcesses, tmp_path_factory: pytest.TempPathFactory
) -> Elsewhere:
    folder = tmp_path_factory.mktemp("elsewhere")
    other, marks = Other(folder / "other"), Marks(folder / "marks")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(other.folder)], check=True)
    environment = {
        "ORCHESTRA_CACHE_CACHES__LAKE__URL": str(folder / "lake"),
        # The machine may have much else to do.
        "ORCHESTRA_CACHE_CACHES__LAKE__BUDGET": "PT60S",
        "OTHER_PYTHON": other.asked(folder / "asked"),
        MARKS: str(marks.path),
    }
    dags = Dags(home, processes, environment)
    runs, ran, asked = [], [], []
    for release in ("1.0", "1.0", "2.0"):
        other.install(release)
        before = len(marks.all())
        runs.append(dags.run("elsewhere"))
        ran.append(sorted(words[0] for words in marks.all()[before:]))
        asked.append((folder / "asked").read_text().count("import distributions"))
    return Elsewhere(runs, ran, marks, asked)


def test_tasks_run_with_the_python_that_was_asked_for(elsewhere: Elsewhere):
    first = elsewhere.runs[0]

    assert set(first.states.values()) == {"success"}
    assert first.warnings == []
    assert first.rows["release"] == b'"1.0"'
    assert first.rows["alone"] == b"true"
    assert elsewhere.ran[0] == ["alone", "counted", "release", "total"]


def test_a_hit_starts_no_python_for_the_task(elsewhere: Elsewhere):
    assert elsewhere.ran[1] == []
    assert elsewhere.runs[1].states == elsewhere.runs[0].states
    assert elsewhere.runs[1].rows["alone"] == b"true"


def test_another_python_is_asked_once_for_a_hit_and_twice_for_a_miss(elsewhere: Elsewhere):
    # Three tasks: all of them miss, all hit, and one hits.
    assert elsewhere.asked == [6, 9, 14]


def test_another_package_there_is_another_key(elsewhere: Elsewhere):
    assert elsewhere.ran[2] == ["release", "total"]
    assert elsewhere.runs[2].rows["release"] == b'"2.0"'


def test_arguments_are_rendered_and_strings_are_passed(elsewhere: Elsewhere):
    assert elsewhere.marks.of("release")[0] == ["elsewhere"]
    assert elsewhere.marks.of("alone") == [["elsewhere", "a", "b"]]


def test_a_large_value_is_a_value_there(elsewhere: Elsewhere):
    assert elsewhere.marks.of("total") == [["list"], ["list"]]
