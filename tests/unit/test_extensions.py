"""Installed distributions register handlers by an entry point, which is looked up when needed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

LIBRARY = """
class Client:
    def __init__(self, url):
        self.url, self.socket = url, memoryview(b"live")

class Deeper(Client): ...

class Plain:
    def __init__(self, a):
        self.a = a
"""
HANDLERS = """
from orchestra_cache import fingerprint
import parts

print("loaded")

def load():
    print("registered")
    fingerprint.register(parts.Client, lambda client: client.url)

def broken():
    raise ZeroDivisionError("no luck")

nothing = None
"""
BEGIN = """
import sys
sys.path.insert(0, sys.argv[1])
from orchestra_cache import fingerprint
from orchestra_cache.errors import FingerprintError
import parts
def same(one, other):
    print(fingerprint(one) == fingerprint(other))
def refused(value):
    try:
        fingerprint([value])
    except FingerprintError as error:
        print(str(error).replace(chr(10), " | "))
"""


@pytest.fixture
def printed(tmp_path: Path, run_python: Callable[..., str]) -> Callable[..., list[str]]:
    """Install a library and handlers for it, run a program, return the lines it prints."""

    def run(program: str, function: str = "handlers:load", package: str = "parts") -> list[str]:
        (tmp_path / "parts.py").write_text(LIBRARY)
        (tmp_path / "handlers.py").write_text(HANDLERS)
        info = tmp_path / "parts_handlers-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: parts-handlers\nVersion: 1.0\n"
        )
        (info / "entry_points.txt").write_text(
            f"[orchestra_cache.fingerprints]\n{package} = {function}\n"
        )
        return run_python(BEGIN + program, str(tmp_path)).splitlines()

    return run


def test_a_type_counts_as_the_registered_function_says(printed: Callable[..., list[str]]) -> None:
    lines = printed(
        "same(parts.Client('a'), parts.Client('a')); same(parts.Client('a'), parts.Client('b'))"
    )

    assert lines == ["loaded", "registered", "True", "False"]


def test_it_is_loaded_for_its_own_package_alone(printed: Callable[..., list[str]]) -> None:
    program = """
import decimal, fractions, json
class Mine: ...
fingerprint([1, fractions.Fraction(1), Mine(), json.JSONDecodeError("", "", 0), decimal.Decimal(1)])
print("before")
same(parts.Plain(1), parts.Plain(1))
same(parts.Plain(1), parts.Plain(2))
"""

    assert printed(program) == ["before", "loaded", "registered", "True", "False"]


def test_a_value_of_known_types_looks_for_no_entry_points(
    printed: Callable[..., list[str]],
) -> None:
    program = """
from dataclasses import dataclass
@dataclass
class Mine:
    a: int
fingerprint([1, {"a": (2.5, None)}, Mine(1)])
print("importlib.metadata" in sys.modules)
"""

    assert printed(program) == ["False"]


def test_a_subclass_loads_the_handlers_of_its_base(printed: Callable[..., list[str]]) -> None:
    lines = printed("class Mine(parts.Plain): ...\nsame(Mine(1), Mine(1))")

    assert lines == ["loaded", "registered", "True"]


BROKEN: dict[str, str] = {
    "handlers:broken": "ZeroDivisionError: no luck",
    "handlers:missing": "AttributeError",
    "handlers:nothing": "TypeError",
    "nowhere:load": "ModuleNotFoundError",
}


@pytest.mark.parametrize("function", BROKEN)
def test_what_fails_to_load_is_refused_and_named(
    function: str, printed: Callable[..., list[str]]
) -> None:
    lines = printed("refused(parts.Client('a')); refused(parts.Plain(1))", function)

    for kind, line in zip(("Client", "Plain"), lines[-2:], strict=True):
        assert line.startswith(f"cannot fingerprint value → [0]: parts.{kind} | hint: ")
        assert BROKEN[function] in line
        assert f"parts = {function}" in line


def test_an_entry_point_of_another_package_does_nothing(printed: Callable[..., list[str]]) -> None:
    lines = printed(
        "same(parts.Plain(1), parts.Plain(1)); refused(parts.Client('a'))", package="other"
    )

    assert lines[0] == "True"
    assert "memoryview" in lines[1]


def test_what_a_class_says_itself_needs_no_entry_point(printed: Callable[..., list[str]]) -> None:
    program = """
parts.Plain.__fingerprint__ = lambda self: self.a
same(parts.Plain(1), parts.Plain(1))
"""

    assert printed(program) == ["True"]
