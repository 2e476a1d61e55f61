"""What a trace of code names for people: definitions, constants, packages."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestra_cache import fingerprint_code
from orchestra_cache.errors import FingerprintError
from orchestra_cache.fingerprints.code.trace import CodeFingerprint, trace
from tests.unit.programs import Files, imported, written

SHOP = {
    "work": "from shop.clean import drop\nimport math\nRATE = 0.25\n"
    "def task(n, limit=3):\n    return drop(n) * RATE * math.pi\n",
    "shop.__init__": "",
    "shop.clean": "WORDS = {'a': [1]}\ndef drop(n):\n    return WORDS[n]\ndef unused(): ...\n",
}


def traced(folder: Path, files: Files, name: str = "task") -> CodeFingerprint:
    with imported(written(folder, files)) as module:
        return trace([getattr(module, name)])


def test_every_definition_that_is_reached_is_named_once(tmp_path: Path) -> None:
    found = traced(tmp_path, SHOP)

    assert {one.label: one.shown for one in found.definitions} == {
        "shop.clean.WORDS": "",
        "shop.clean.drop": "",
        "work.RATE": "0.25",
        "work.task": "",
        "work.task default limit": "3",
    }
    assert len(found.definitions) == 5
    assert found.weak == ()


def test_an_edit_changes_the_digest_of_the_definition_it_is_in(tmp_path: Path) -> None:
    edited = {**SHOP, "shop.clean": SHOP["shop.clean"].replace("WORDS[n]", "-WORDS[n]")}

    before, after = traced(tmp_path, SHOP), traced(tmp_path, edited)

    digests = [{one.label: one.digest for one in found.definitions} for found in (before, after)]
    assert {name for name in digests[0] if digests[0][name] != digests[1][name]} == {
        "shop.clean.drop"
    }
    assert before.digest != after.digest


def test_packages_that_are_reached_are_named_with_their_versions(tmp_path: Path) -> None:
    import numpy

    found = traced(
        tmp_path, "import numpy as np\nimport json\ndef task(n): return np.sum(json.loads(n))"
    )

    assert found.packages == {"numpy": numpy.__version__}


def test_a_package_imported_when_the_task_runs_is_named_and_not_imported(tmp_path: Path) -> None:
    source = "def task(n):\n    import hypothesis.extra.numpy as h\n    return h\n"

    assert set(traced(tmp_path, source).packages) == {"hypothesis"}


def test_installed_packages_that_are_declared_first_party_are_followed(tmp_path: Path) -> None:
    source = "from iniconfig import IniConfig\ndef task(n): return IniConfig(n)"
    with imported(written(tmp_path, source)) as module:
        plain = trace([module.task])
        followed = trace([module.task], first_party=["iniconfig"])

    assert set(plain.packages) == {"iniconfig"}
    assert plain.digest != followed.digest
    assert len(followed.definitions) > len(plain.definitions)
    assert followed.packages == {}


def test_definitions_of_one_name_are_counted(tmp_path: Path) -> None:
    source = (
        "def make(m):\n    def inner(n): return n + m\n    return inner\n"
        "one, two = make(1), make(2)\ndef task(n): return one(n) + two(n)"
    )

    labels = [one.label for one in traced(tmp_path, source).definitions]

    assert "work.make.<locals>.inner" in labels
    assert len(set(labels)) == len(labels)


def test_a_long_chain_of_helpers_is_followed_to_its_end(tmp_path: Path) -> None:
    chain = [f"def f{n}(x): return f{n + 1}(x)\n" for n in range(500)]
    source = "".join(chain) + "def f500(x): return x + 1\ntask = f0\n"

    before, after = traced(tmp_path, source), traced(tmp_path, source.replace("x + 1", "x + 2"))

    assert len(before.definitions) == 501
    assert before.digest != after.digest


def test_a_ring_of_helpers_is_told_from_a_longer_one(tmp_path: Path) -> None:
    def ring(size: int) -> str:
        steps = [f"def f{n}(x): return f{(n + 1) % size}(x - {n % 2})\n" for n in range(size)]
        return "".join(steps) + "task = f0\n"

    digests = {traced(tmp_path, ring(size)).digest for size in range(1, 8)}

    assert len(digests) == 7


def test_a_callable_of_any_kind_has_a_digest() -> None:
    from functools import partial

    callables = [len, print, int, str.lower, "a".lower, partial(int, base=2), partial(int, base=3)]

    digests = [fingerprint_code(one) for one in callables]

    assert len(set(digests)) == len(callables)
    assert digests == [fingerprint_code(one) for one in callables]


def test_a_callable_that_holds_what_has_no_identity_is_refused() -> None:
    from functools import partial

    with pytest.raises(FingerprintError, match=r"\.args → \[0\]: memoryview"):
        fingerprint_code(partial(print, memoryview(b"live")))
