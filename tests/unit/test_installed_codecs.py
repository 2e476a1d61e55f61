"""Installed distributions bring codecs by an entry point; an entry never says what is imported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

CODECS = """
print("loaded")

class Point:
    def __init__(self, x):
        self.x = x

class PointCodec:
    name = "point"
    needs_trust = False

    def accepts(self, value):
        return type(value) is Point

    def is_exact(self, value):
        return False

    def encode(self, value):
        return [str(value.x).encode()]

    def decode(self, data):
        return Point(int(bytes(data)))

class Greedy(PointCodec):
    name = "json"

    def is_exact(self, value):
        return True

class Wrong(PointCodec):
    def decode(self, data):
        return Point(0)

def failing(method, error):
    def fail(self, value):
        raise error
    return type("Failing", (PointCodec,), {method: fail})

Accepts = failing("accepts", ZeroDivisionError("no"))
Exact = failing("is_exact", ZeroDivisionError("no"))
Encode = failing("encode", ZeroDivisionError("no"))
Exits = failing("encode", SystemExit(3))

class Garbage(PointCodec):
    def encode(self, value):
        return "text"

ready = PointCodec()
wrong = Wrong()
"""
BEGIN = """
import sys, warnings
sys.path.insert(0, sys.argv[1])
warnings.simplefilter("always")
warnings.showwarning = lambda message, *_: print("warning:", message)
from orchestra_cache import Cache
from orchestra_cache.events import subscribe
from orchestra_cache.outputs import decode, encode
def stored(value, trusted=False):
    encoded = encode(value, trusted=trusted)
    parts = [memoryview(b"".join(part.pieces)) for part in encoded.parts]
    names = [part.codec for part in encoded.parts]
    print(*names)
    return decode(names, parts.__getitem__, trusted=trusted)
"""


@pytest.fixture
def printed(tmp_path: Path, run_python: Callable[..., str]) -> Callable[..., list[str]]:
    """Install a distribution with codecs, run a program, return the lines it prints."""

    def run(program: str, value: str = "brought:PointCodec", name: str = "point") -> list[str]:
        (tmp_path / "brought.py").write_text(CODECS)
        info = tmp_path / "brought-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: brought\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[orchestra_cache.codecs]\n{name} = {value}\n")
        return run_python(BEGIN + program, str(tmp_path)).splitlines()

    return run


@pytest.mark.parametrize("value", ["brought:PointCodec", "brought:ready"])
def test_a_value_is_kept_by_an_installed_codec(
    value: str, printed: Callable[..., list[str]]
) -> None:
    lines = printed("import brought; print(stored(brought.Point(5)).x)", value)

    assert lines == ["loaded", "point", "5"]


def test_so_is_what_hangs_on_a_tree(printed: Callable[..., list[str]]) -> None:
    lines = printed("import brought; print(stored((1, brought.Point(5)))[1].x)")

    assert lines == ["loaded", "tree", "5"]


def test_what_our_own_codecs_keep_loads_no_other(printed: Callable[..., list[str]]) -> None:
    lines = printed("print(stored({'a': [1]})); print(stored(b'a'))")

    assert lines == ["json", "{'a': [1]}", "bytes", "b'a'"]


def test_an_installed_codec_is_proved_like_any_other(printed: Callable[..., list[str]]) -> None:
    lines = printed(
        "import brought; print(stored(brought.Point(5), trusted=True).x)", "brought:wrong"
    )

    assert lines == ["loaded", "pickle5", "5"]


def test_a_name_in_an_entry_imports_nothing_of_that_name(
    printed: Callable[..., list[str]],
) -> None:
    program = """
for name in ("antigravity", "brought", "brought:Point", "this.that", "tree"):
    try:
        decode([name], [memoryview(b"5")].__getitem__, trusted=True)
    except Exception as error:
        print(type(error).__name__, name in sys.modules and name != "brought")
"""

    lines = printed(program)

    assert lines == ["loaded", *["ForeignError False"] * 4, "CodecError False"]


def test_an_entry_is_read_by_a_process_that_did_not_write_it(
    printed: Callable[..., list[str]],
) -> None:
    lines = printed("print(decode(['point'], [memoryview(b'5')].__getitem__, trusted=False).x)")

    assert lines == ["loaded", "5"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("brought:nothing", "AttributeError"),
        ("nowhere:nothing", "ModuleNotFoundError"),
        ("brought:Greedy", "the codec calls itself 'json'"),
    ],
)
def test_a_codec_that_does_not_load_is_left_out_and_said_so(
    value: str, reason: str, printed: Callable[..., list[str]]
) -> None:
    lines = printed("print(stored({1}, trusted=True)); print(stored({2}, trusted=True))", value)

    warnings = [line for line in lines if line.startswith("warning:")]
    assert len(warnings) == 1
    assert f"the codec point = {value} is left out" in warnings[0]
    assert reason in warnings[0]
    assert lines[-1] == "{2}"


def test_an_installed_codec_takes_no_name_of_ours(printed: Callable[..., list[str]]) -> None:
    lines = printed(
        "import brought; print(stored(brought.Point(5), trusted=True).x)", "brought:Greedy", "json"
    )

    assert lines == ["loaded", "pickle5", "5"]


@pytest.mark.parametrize("name", ["Accepts", "Exact", "Encode", "Exits", "Garbage"])
def test_an_installed_codec_that_fails_is_named_and_passed_over(
    name: str, printed: Callable[..., list[str]]
) -> None:
    lines = printed(
        "import brought; print(stored(brought.Point(5), trusted=True).x)", f"brought:{name}"
    )

    assert lines[0] == "loaded"
    assert lines[1].startswith("warning: the codec point fails: ")
    assert lines[-2:] == ["pickle5", "5"]
