"""Every kind of function and class counts, and every way to reach one."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestra_cache import fingerprint_code
from orchestra_cache.fingerprints.code.trace import trace
from tests.unit.code_changes import ANOTHER_DIGEST
from tests.unit.code_kinds import KINDS, WAYS
from tests.unit.code_made import MADE, SAME_MAKING
from tests.unit.programs import digest, imported, written

CHANGES = {
    f"{group}: {name}": edit
    for group, edits in (("edit", ANOTHER_DIGEST), ("of", KINDS), ("by", WAYS), ("made", MADE))
    for name, edit in edits.items()
}


@pytest.mark.parametrize("name", CHANGES)
def test_an_edit_that_can_change_the_result_changes_the_digest(name: str, tmp_path: Path) -> None:
    edit = CHANGES[name]

    before, after = digest(tmp_path, edit.before), digest(tmp_path, edit.after)

    assert before != after


@pytest.mark.parametrize("name", CHANGES)
def test_the_same_program_in_another_folder_has_the_same_digest(name: str, tmp_path: Path) -> None:
    files = CHANGES[name].before

    one, other = digest(tmp_path, files), digest(tmp_path / "elsewhere", files)

    assert one == other


# What has no class statement of its own is made of the methods that Python has written.
WEAK = {"of: the fields of a namedtuple()", "of: the defaults of a namedtuple()"}


@pytest.mark.parametrize("name", sorted(CHANGES.keys() - WEAK))
def test_the_source_of_everything_is_found(name: str, tmp_path: Path) -> None:
    with imported(written(tmp_path, CHANGES[name].before)) as module:
        found = trace([module.task])

    assert found.weak == ()


@pytest.mark.parametrize("name", SAME_MAKING)
def test_an_edit_beside_how_something_is_made_leaves_the_digest(name: str, tmp_path: Path) -> None:
    edit = SAME_MAKING[name]

    before, after = digest(tmp_path, edit.before), digest(tmp_path, edit.after)

    assert before == after


PARAMETERS = """
def inner(n): return n + 1
class A[T]:
    def f(self, n: T) -> T: return inner(n)
type X = A[int]
def helper[T: A](n: T) -> T: return A[int]().f(n)
def task(n): return helper(n), X
"""


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the syntax of Python 3.12")
@pytest.mark.parametrize("edit", [("n + 1", "n + 2"), ("X = A[int]", "X = A[str]")])
def test_type_parameters_and_aliases_are_followed(tmp_path: Path, edit: tuple[str, str]) -> None:
    found = []
    for source in (PARAMETERS, PARAMETERS, PARAMETERS.replace(*edit)):
        with imported(written(tmp_path, source)) as module:
            found.append(trace([module.task]))

    assert found[0].digest == found[1].digest != found[2].digest
    assert found[0].weak == ()


REGISTERED = """
import functools
@functools.singledispatch
def helper(n): return 0
class A:
    @functools.singledispatchmethod
    def part(self, n): return 0
def one(n): return 1
def method(self, n): return 1
def task(n): return helper(n), A().part(n)
"""


def test_what_is_registered_later_counts(tmp_path: Path) -> None:
    with imported(written(tmp_path, REGISTERED)) as module:
        digests = [fingerprint_code(module.task)]
        module.helper.register(int, module.one)
        digests.append(fingerprint_code(module.task))
        module.A.part.register(int, module.method)
        digests.append(fingerprint_code(module.task))

    assert len(set(digests)) == 3


def test_python_without_assertions_runs_other_code(run_python: Callable[..., str]) -> None:
    found = []
    for text in ("assert n", "return __debug__", "return n"):
        program = (
            "import sys, types; from orchestra_cache import fingerprint_code\n"
            f"source = 'def task(n):\\n    {text}\\n'; import linecache\n"
            "linecache.cache['<made>'] = (len(source), None, [source], '<made>')\n"
            "names = {}; exec(compile(source, '<made>', 'exec'), names)\n"
            "print(fingerprint_code(names['task']))"
        )
        optimised = {**os.environ, "PYTHONOPTIMIZE": "1"}
        found.append(run_python(program) == run_python(program, env=optimised))

    assert found == [False, False, True]


def test_a_module_in_a_table_counts_as_a_whole(tmp_path: Path) -> None:
    files = {
        "work": "import other\nT = {'a': other}\ndef task(n): return T['a'].helper(n)",
        "other": "def helper(n): return n + 1",
    }
    edited = {**files, "other": files["other"].replace("+ 1", "+ 2")}

    assert digest(tmp_path, files) != digest(tmp_path, edited)
