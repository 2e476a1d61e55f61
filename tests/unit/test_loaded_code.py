"""What is loaded counts, not what lies on disk; and where there is no source, the bytecode."""

from __future__ import annotations

import importlib
import os
import py_compile
import sys
import threading
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestra_cache import fingerprint, fingerprint_code
from orchestra_cache.fingerprints.code.trace import trace
from tests.unit.programs import digest, imported, written

HELPER = "RATE = 1\ndef helper(n):\n    return n * RATE\ndef task(n):\n    return helper(n)\n"
FACTORY = """
from dataclasses import dataclass, field
@dataclass
class Order:
    items: list = field(default_factory=lambda: [1])
def task():
    return Order()
"""


def test_a_global_that_changes_is_seen_at_the_next_call(tmp_path: Path) -> None:
    with imported(written(tmp_path, HELPER)) as module:
        before = fingerprint_code(module.task)
        module.RATE = 2
        after = fingerprint_code(module.task)
        module.RATE = 1
        again = fingerprint_code(module.task)

    assert before != after
    assert before == again


def test_a_helper_that_is_replaced_is_seen_at_the_next_call(tmp_path: Path) -> None:
    with imported(written(tmp_path, HELPER)) as module:
        before = fingerprint_code(module.task)
        module.helper = lambda n: n

        after = fingerprint_code(module.task)

    assert before != after


def test_a_table_that_changes_in_place_is_seen_at_the_next_call(tmp_path: Path) -> None:
    with imported(written(tmp_path, "T = {1: [2]}\ndef task(n):\n    return T[n]\n")) as module:
        before = fingerprint_code(module.task)
        module.T[1].append(3)

        after = fingerprint_code(module.task)

    assert before != after


def test_a_class_attribute_that_changes_is_seen_at_the_next_call(tmp_path: Path) -> None:
    source = (
        "class A:\n    rate = _rate = _rate_ = __rate__ = 1\ndef task():\n    return A().rate\n"
    )
    with imported(written(tmp_path, source)) as module:
        digests = [fingerprint_code(module.task)]
        for name in ("rate", "_rate", "_rate_", "__rate__"):
            setattr(module.A, name, 2)
            digests.append(fingerprint_code(module.task))

    assert len(set(digests)) == 5


def test_a_source_edited_after_its_import_is_not_what_runs(tmp_path: Path) -> None:
    root = written(tmp_path, HELPER)
    edited = HELPER.replace("n * RATE", "n + RATE")

    with imported(root) as module:
        (root / "work.py").write_text(edited)
        loaded = trace([module.task])

    assert loaded.digest != digest(tmp_path, edited)
    assert any("helper" in label for label in loaded.weak)


def test_lines_added_to_a_source_after_its_import_change_nothing(tmp_path: Path) -> None:
    root = written(tmp_path, HELPER)

    with imported(root) as module:
        before = fingerprint_code(module.task)
        (root / "work.py").write_text("\n\n# moved down\n" + HELPER)
        after = trace([module.task])

    assert after.digest == before
    assert after.weak == ()


def test_a_class_edited_after_its_import_is_not_what_runs(tmp_path: Path) -> None:
    root = written(tmp_path, FACTORY)
    edited = FACTORY.replace("[1]", "[2]")

    with imported(root) as module:
        (root / "work.py").write_text(edited.lstrip("\n"))
        loaded = fingerprint_code(module.task)

    assert loaded != digest(tmp_path, edited)


OPTIONS = "from dataclasses import dataclass\n@dataclass(order=False)\nclass A:\n    x: int = 1\n"
DECORATED = "def mark(*names): return lambda f: f\n@mark('a')\ndef helper(n): return n\n"
MADE = "import numpy\ndef inner(n): return n\nhelper = numpy.frompyfunc(inner, 1, 1)\n"
USED = "def task(n):\n    return {}\n"
STATEMENTS = {
    "a class's options": (OPTIONS + USED.format("A()"), "order=False", "order=True"),
    "a class's annotation": (OPTIONS + USED.format("A()"), "x: int", "x: float"),
    "a decorator": (DECORATED + USED.format("helper(n)"), "'a'", "'b'"),
    "how a global is made": (MADE + USED.format("helper(n)"), "1, 1)", "1, 2)"),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_statements_edited_after_the_first_look_are_not_what_ran(name: str, tmp_path: Path) -> None:
    source, old, new = STATEMENTS[name]
    root = written(tmp_path, source)

    with imported(root) as module:
        before = fingerprint_code(module.task)
        (root / "work.py").write_text(source.replace(old, new))
        after = fingerprint_code(module.task)

    assert after == before != digest(tmp_path, source.replace(old, new))


@pytest.mark.parametrize("name", STATEMENTS)
def test_statements_of_a_source_with_other_functions_are_not_what_ran(
    name: str, tmp_path: Path
) -> None:
    source, old, new = (f"def f(n): return n\n{STATEMENTS[name][0]}", *STATEMENTS[name][1:])
    edited = source.replace(old, new).replace("f(n): return n\n", "f(n): return n + 1\n", 1)
    root = written(tmp_path, source)

    with imported(root) as module:
        (root / "work.py").write_text(edited)
        found = trace([module.task])

    assert found.digest not in (digest(tmp_path, source), digest(tmp_path, edited))
    assert found.weak != ()


@pytest.mark.parametrize("name", STATEMENTS)
def test_statements_that_differ_from_the_compiled_file_are_not_what_ran(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, old, new = STATEMENTS[name]
    edited = source.replace(old, new)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    root = written(tmp_path, source)

    with imported(root) as module:
        assert list(root.glob("__pycache__/work.*.pyc"))
        (root / "work.py").write_text(edited)
        found = trace([module.task])

    assert found.digest != digest(tmp_path, edited)
    assert found.weak != ()


def test_an_annotation_edited_before_the_first_look_is_not_the_one_that_is_loaded(
    tmp_path: Path,
) -> None:
    source, old, new = STATEMENTS["a class's annotation"]
    root = written(tmp_path, source)

    with imported(root) as module:
        (root / "work.py").write_text(source.replace(old, new))
        found = fingerprint_code(module.task)

    assert found != digest(tmp_path, source.replace(old, new))


def test_statements_count_anew_when_a_module_is_loaded_again(tmp_path: Path) -> None:
    root = written(tmp_path, MADE + USED.format("helper(n)"))
    edited = (MADE + USED.format("helper(n)")).replace("1, 1)", "1, 2)")

    with imported(root) as module:
        before = fingerprint_code(module.task)
        (root / "work.py").write_text(edited + "\n# of another size, so that it is read anew\n")
        after = fingerprint_code(importlib.reload(module).task)

    assert after == digest(tmp_path, edited) != before


def test_a_class_without_its_source_counts_by_what_it_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = []
    for source in (OPTIONS, OPTIONS.replace("False", "True"), OPTIONS.replace("= 1", "= 2")):
        made = types.ModuleType("made")
        monkeypatch.setitem(sys.modules, "made", made)
        code = compile(source + USED.format("A()"), "<made>", "exec", dont_inherit=True)
        exec(code, vars(made))
        found.append(fingerprint_code(made.task))

    assert len(set(found)) == 3


def test_what_nobody_knows_the_making_of_is_equal_to_itself_alone() -> None:
    source = "def task(n): return helper(n)\n"
    found = []
    for _ in range(2):
        names: dict[str, object] = {"__name__": "made", "helper": iter([])}
        exec(compile(source, "<made>", "exec"), names)
        found += [trace([names["task"]]), trace([names["task"]])]

    assert found[0] == found[1] != found[2] == found[3]
    assert found[0].weak == ("made.helper", "made.task")


def test_what_another_module_has_set_is_equal_to_itself_alone(tmp_path: Path) -> None:
    source = "client = None\ndef task(n): return client\n"
    found = []
    for _ in range(2):
        with imported(written(tmp_path, source)) as module:
            module.client = iter([])
            found.append(trace([module.task]))

    assert found[0].digest != found[1].digest
    assert found[0].weak == ("work.client",)


def test_a_lock_without_a_source_is_as_good_as_another() -> None:
    found = []
    for _ in range(2):
        names: dict[str, object] = {"__name__": "made", "lock": threading.Lock()}
        exec(compile("def task(n):\n    with lock: return n", "<made>", "exec"), names)
        found.append(fingerprint_code(names["task"]))

    assert found[0] == found[1]


@pytest.mark.parametrize("edit", [("a, b", "a, *, b"), ("*a", "a"), ("def", "async def")])
def test_bytecode_counts_with_the_kinds_of_its_parameters(edit: tuple[str, str]) -> None:
    source = "def task(*a): return a\n" if edit[0] == "*a" else "def task(a, b): return a\n"
    found = []
    for text in (source, source.replace(*edit)):
        names: dict[str, object] = {"__name__": "made"}
        exec(compile(text, "<made>", "exec"), names)
        found.append(fingerprint_code(names["task"]))

    assert found[0] != found[1]


def test_code_without_a_source_counts_by_its_bytecode(tmp_path: Path) -> None:
    found = []
    for source in (HELPER, HELPER, HELPER.replace("n * RATE", "n + RATE")):
        names: dict[str, object] = {"__name__": "made"}
        exec(compile(source, "<made>", "exec"), names)
        found.append(trace([names["task"]]))

    assert found[0].digest == found[1].digest
    assert found[0].digest != found[2].digest
    assert found[0].weak == ("made.helper", "made.task")


def test_a_module_without_a_source_counts_by_its_bytecode(tmp_path: Path) -> None:
    found = []
    for source in (HELPER, HELPER.replace("n * RATE", "n + RATE")):
        root = written(tmp_path, source)
        py_compile.compile(str(root / "work.py"), cfile=str(root / "work.pyc"))
        (root / "work.py").unlink()
        with imported(root) as module:
            found.append(fingerprint_code(module.task))

    assert found[0] != found[1]


def test_constants_of_bytecode_are_told_apart() -> None:
    functions = [eval(f"lambda: {constant}") for constant in ("1", "1.0", "True", "0.0", "-0.0")]

    assert len({fingerprint_code(function) for function in functions}) == 5


def test_methods_of_a_program_given_on_the_command_line_count(
    run_python: Callable[..., str],
) -> None:
    program = (
        "from orchestra_cache import fingerprint_code\n"
        "class A:\n    def f(self): return 1\n"
        "def task(): return A().f()\n"
        "print(fingerprint_code(task))"
    )

    assert run_python(program) != run_python(program.replace("return 1", "return 2"))


def test_an_attribute_of_a_function_that_is_read_counts(tmp_path: Path) -> None:
    source = "def helper(n): return n * helper.rate\nhelper.rate = 1\ndef task(n): return helper(n)"

    assert digest(tmp_path, source) != digest(tmp_path, source.replace("= 1", "= 2"))


def test_what_a_global_without_identity_is_made_of_counts(tmp_path: Path) -> None:
    source = (
        "import numpy\ndef inner(n): return n + 1\nhelper = numpy.frompyfunc(inner, 1, 1)\n"
        "def task(n): return helper(n)"
    )

    assert digest(tmp_path, source) != digest(tmp_path, source.replace("n + 1", "n + 2"))


def test_the_name_of_a_module_does_not_show(tmp_path: Path) -> None:
    cached = (
        "import functools\n@functools.lru_cache\n" + HELPER.replace("RATE = 1\n", "") + "RATE = 1"
    )
    for source in (HELPER, FACTORY, cached):
        names = ["work", "other", "pack.work", "unusual_prefix_0123abcd_work"]

        digests = {digest(tmp_path, {name: source}, module=name) for name in names}

        assert len(digests) == 1


def test_the_name_of_a_helpers_module_does_not_show(tmp_path: Path) -> None:
    for helper in (
        "def helper(n): return n",
        "import functools\n@functools.cache\ndef helper(n): return n",
    ):
        task = "from {} import helper\ndef task(n): return helper(n)"

        digests = {
            digest(tmp_path, {"work": task.format(name), name: helper})
            for name in ("one", "pack.two")
        }

        assert len(digests) == 1


def test_an_object_is_the_same_from_a_dag_file_under_a_made_up_name(tmp_path: Path) -> None:
    source = "class Order:\n    def __init__(self, number): self.number = number\n"
    digests = []

    for name in ("orders_dag", "unusual_prefix_0123456789abcdef_orders_dag"):
        with imported(written(tmp_path, {name: source}), name) as module:
            digests.append(fingerprint(module.Order(1)))

    assert digests[0] == digests[1]


def test_a_symbolic_link_to_a_program_does_not_show(tmp_path: Path) -> None:
    root = written(tmp_path, HELPER)
    with imported(root) as module:
        before = fingerprint_code(module.task)
    os.symlink(root, tmp_path / "link")

    with imported(tmp_path / "link") as module:
        after = fingerprint_code(module.task)

    assert before == after


def test_a_module_loaded_again_counts_by_what_it_is_now(tmp_path: Path) -> None:
    root = written(tmp_path, HELPER)
    sys.dont_write_bytecode, writes = True, sys.dont_write_bytecode

    try:
        with imported(root) as module:
            before = fingerprint_code(module.task)
            (root / "work.py").write_text(HELPER.replace("n * RATE", "n + 10 * RATE"))
            after = fingerprint_code(importlib.reload(module).task)
    finally:
        sys.dont_write_bytecode = writes

    assert before != after
