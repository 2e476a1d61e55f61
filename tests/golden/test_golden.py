"""Digests and stored bytes are those that were pinned: on every Python, host and hash seed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from orchestra_cache.stores.entry import read_entry, recipe_of
from orchestra_cache.stores.layout import entry_name
from orchestra_cache.stores.seals import Checksum
from tests.conftest import ROOT
from tests.golden import entry
from tests.golden.constructions import LOOPS, MADE_ONCE, constructions
from tests.golden.digests import ALL_VALUES, CODE, MODULES, PINNED

pinned = json.loads(PINNED.read_text())


def in_a_process(*arguments: str, seed: str = "0", cwd: Path = ROOT) -> dict[str, Any]:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-W", "ignore", *arguments]
    printed = subprocess.run(words, env=environment, cwd=cwd, check=True, capture_output=True)
    return json.loads(printed.stdout)


# In whose memory texts are kept does not show.
SAME = [("pandas strings", "pandas strings of arrow")]


def test_at_least_two_hundred_values_are_pinned_and_differ() -> None:
    names: dict[str, list[str]] = {}
    for name, digest in pinned["values"].items():
        names.setdefault(digest, []).append(name)

    assert list(pinned["values"]) == list(ALL_VALUES)
    assert len(names) >= 200
    assert [tuple(same) for same in names.values() if len(same) > 1] == SAME


@pytest.mark.parametrize("name", ALL_VALUES)
def test_a_value_has_the_digest_that_was_pinned(name: str) -> None:
    from orchestra_cache import fingerprint

    assert str(fingerprint(ALL_VALUES[name]())) == pinned["values"][name]


@pytest.mark.parametrize("seed", ["0", "1", "random"])
def test_the_hash_seed_does_not_show(seed: str) -> None:
    made = in_a_process("-m", "tests.golden.digests", seed=seed)

    assert made["values"] == pinned["values"]
    assert made["code"] == pinned["code"]


@pytest.mark.parametrize("seed", ["0", "1", "random"])
def test_how_a_value_was_made_does_not_show(seed: str) -> None:
    made = in_a_process("-m", "tests.golden.constructions", seed=seed)

    assert made == {name: [digest] for name, digest in pinned["values"].items()}


def test_values_are_made_in_32_ways() -> None:
    counts = {name: sum(1 for _ in constructions(name)) for name in ALL_VALUES}

    assert {name for name, count in counts.items() if count != 32} == MADE_ONCE | LOOPS


def test_the_folder_of_a_program_does_not_show(tmp_path: Path) -> None:
    copied = tmp_path / "elsewhere" / "checkout"
    shutil.copytree(CODE, copied, ignore=shutil.ignore_patterns("__pycache__"))

    made = in_a_process("-m", "tests.golden.digests", str(copied))

    assert made["code"] == pinned["code"]


def test_optimisation_does_not_show_in_values() -> None:
    made = in_a_process("-OO", "-m", "tests.golden.digests")

    assert made["values"] == pinned["values"]


@pytest.mark.parametrize("module", MODULES)
def test_a_script_has_the_digests_of_its_import(module: str, tmp_path: Path) -> None:
    made = in_a_process(str(CODE / f"{module}.py"), cwd=tmp_path)

    expected = {
        name: digest for name, digest in pinned["code"].items() if name.startswith(f"{module}.")
    }
    assert {f"{module}.{name}": digest for name, digest in made.items()} == expected


def test_the_golden_entry_is_read_as_it_was_meant() -> None:
    data = memoryview(entry.FILE.read_bytes())

    found = read_entry(data, "main", entry.RECIPE.key, Checksum())

    assert recipe_of(found) == entry.RECIPE
    assert found.header.outputs == [output for output, _ in entry.OUTPUTS]
    assert found.inline == [inline for _, inline in entry.OUTPUTS]
    assert {name: getattr(found.header, name) for name in entry.TERMS} == entry.TERMS


def test_the_golden_entry_is_written_byte_for_byte() -> None:
    assert entry.entry_bytes() == entry.FILE.read_bytes()


def test_the_golden_entry_has_the_name_that_was_pinned() -> None:
    assert entry_name("main", entry.RECIPE.key) == pinned["entry"]
