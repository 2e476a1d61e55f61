"""The same code has the same digest wherever it was loaded from, and in whatever process."""

from __future__ import annotations

import base64
import json
import os
import py_compile
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import cloudpickle
import pytest

from orchestra_cache.fingerprints.code.trace import trace
from tests.conftest import ROOT
from tests.unit.programs import imported, written

PROGRAM = """
import dataclasses
import functools
import logging
import threading
import numpy
import other

log = logging.getLogger(__name__)
lock = threading.Lock()

def inner(n): return n + 1

added = numpy.frompyfunc(inner, 1, 1)

def twice(function):
    @functools.wraps(function)
    def wrapper(n): return function(n) * 2
    return wrapper

@dataclasses.dataclass(order=True)
class Order:
    number: int = 7
    items: list = dataclasses.field(default_factory=lambda: [1])
    def total(self): return self.number + len(self.items)

@twice
def helper(n):
    log.info("from %s", __name__)
    with lock:
        return added(n) + other.helper(n) + Order(n).total()

def made(k):
    return lambda n: helper(n) + k

closure = made(3)

def task(n): return closure(n) + helper(n)

def show():
    import json
    from orchestra_cache.fingerprints.code.trace import trace
    found = trace([task])
    print(json.dumps([str(found.digest), found.weak]))

if __name__ == "__main__":
    show()
"""
OTHER = "K = 1\ndef helper(n):\n    return n + K\n"
FILES = {"work": PROGRAM, "other": OTHER}


def ran(*words: str, cwd: Path, **environment: str) -> tuple[str, list[str]]:
    """Digest and weak definitions, as a process of its own prints them."""
    path = os.pathsep.join([str(ROOT), environment.pop("path", "")])
    found = subprocess.run(
        [sys.executable, *words],
        env={**os.environ, "PYTHONPATH": path, **environment},
        cwd=cwd,
        check=False,
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, found.stderr
    digest, weak = json.loads(found.stdout)
    return digest, weak


@pytest.fixture
def expected(tmp_path: Path) -> tuple[str, list[str]]:
    with imported(written(tmp_path, FILES)) as module:
        found = trace([module.task])
    assert found.weak == ()
    return str(found.digest), []


def test_as_a_script(tmp_path: Path, expected: tuple[str, list[str]]) -> None:
    assert ran("work.py", cwd=written(tmp_path, FILES)) == expected


def test_in_another_process(tmp_path: Path, expected: tuple[str, list[str]]) -> None:
    assert ran("-c", "import work; work.show()", cwd=written(tmp_path, FILES)) == expected


def test_as_a_module_of_a_package(tmp_path: Path) -> None:
    files = {"pack.__init__": "", "pack.work": PROGRAM, "other": OTHER}
    with imported(written(tmp_path, files), "pack.work") as module:
        expected = str(trace([module.task]).digest), []

    assert ran("-m", "pack.work", cwd=written(tmp_path, files)) == expected


@pytest.mark.parametrize("name", ["other_name", "unusual_prefix_0123456789abcdef_work"])
def test_under_another_name(name: str, tmp_path: Path, expected: tuple[str, list[str]]) -> None:
    # Where the name is a result, it counts.
    program = PROGRAM.replace('"from %s", __name__', '"from"')
    names = ("work", name)
    found = set()

    for one in names:
        with imported(written(tmp_path, {one: program, "other": OTHER}), one) as module:
            found.add(trace([module.task]).digest)

    assert len(found) == 1


def test_as_a_dag_file(tmp_path: Path, expected: tuple[str, list[str]]) -> None:
    name = "unusual_prefix_0123456789abcdef_work"
    with imported(written(tmp_path, {name: PROGRAM, "other": OTHER}), name) as module:
        found = trace([module.task])

    assert (str(found.digest), list(found.weak)) == expected


def test_in_a_zip(tmp_path: Path, expected: tuple[str, list[str]]) -> None:
    root = written(tmp_path, FILES)
    with zipfile.ZipFile(tmp_path / "code.zip", "w") as archive:
        for path in root.iterdir():
            archive.write(path, path.name)

    program = "import work; work.show()"
    found = ran("-c", program, cwd=tmp_path, path=str(tmp_path / "code.zip"))

    assert found == expected


def test_compiled_files_alone_agree_with_each_other(
    tmp_path: Path, expected: tuple[str, list[str]]
) -> None:
    found = []
    for files in (FILES, FILES, {**FILES, "work": PROGRAM.replace("1, 1)", "1, 2)")}):
        root = written(tmp_path, files)
        for path in list(root.glob("*.py")):
            py_compile.compile(str(path), cfile=str(path.with_suffix(".pyc")), dfile=path.name)
            path.unlink()
        found.append(ran("-c", "import work; work.show()", cwd=root))

    assert found[0] == found[1]
    assert found[0][0] not in (expected[0], found[2][0])
    assert "work.task" in found[0][1]


WORKER = """
import base64, json, pickle, sys
from orchestra_cache.fingerprints.code.trace import trace
task = pickle.loads(base64.b64decode(sys.argv[1]))
found = trace([task])
print(json.dumps([str(found.digest), found.weak]))
"""


def on_a_worker(pickled: bytes, cwd: Path) -> tuple[str, list[str]]:
    return ran("-c", WORKER, base64.b64encode(pickled).decode(), cwd=cwd)


def by_value(module: ModuleType) -> bytes:
    cloudpickle.register_pickle_by_value(module)
    try:
        return cloudpickle.dumps(module.task)
    finally:
        cloudpickle.unregister_pickle_by_value(module)


def test_by_value_in_another_process(tmp_path: Path) -> None:
    # The first two cannot be pickled; the decorator is left behind.
    program = PROGRAM.replace("threading.Lock()", "open").replace("with lock", "if lock")
    program = program.replace("numpy.frompyfunc(inner, 1, 1)", "inner")
    program = program.replace("@twice\n", "")
    root = written(tmp_path, {**FILES, "work": program})
    with imported(root) as module:
        driver, pickled = str(trace([module.task]).digest), by_value(module)

    assert on_a_worker(pickled, root) == (driver, [])


def test_a_workers_own_helper_counts(tmp_path: Path) -> None:
    driver = written(tmp_path, FILES)
    worker = written(tmp_path, {**FILES, "other": OTHER.replace("n + K", "n - K")})
    with imported(driver) as module:
        digest, pickled = str(trace([module.task]).digest), cloudpickle.dumps(module.task)

    assert on_a_worker(pickled, driver) == (digest, [])
    assert on_a_worker(pickled, worker)[0] != digest


def test_a_function_sent_by_value_reaches_the_workers_own_helper(tmp_path: Path) -> None:
    source = {"work": "import other\ndef task(n): return other.helper(n)\n", "other": OTHER}
    driver = written(tmp_path, source)
    worker = written(tmp_path, {"other": OTHER.replace("K = 1", "K = 2")})
    with imported(driver) as module:
        digest, pickled = str(trace([module.task]).digest), by_value(module)

    assert on_a_worker(pickled, driver) == (digest, [])
    assert on_a_worker(pickled, worker)[0] != digest
