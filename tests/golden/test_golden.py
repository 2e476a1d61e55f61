"""Digests and entries of earlier versions: a change that moves one starts every cache anew.

What was changed on purpose is pinned anew by `python tests/golden/values.py` and
`python tests/golden/code_digests.py > tests/golden/code.json`. Each Python must agree.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

import pytest

from orchestra_cache import fingerprint
from orchestra_cache.fingerprints.digest import combine
from orchestra_cache.fingerprints.recipe import Component, Recipe
from orchestra_cache.stores.entry import Output, read_entry, write_entry

HERE = Path(__file__).parent
SEEDS = ["0", "1", "random"]

sys.path.insert(0, str(HERE))
import values  # noqa: E402

VALUES: dict[str, str] = json.loads((HERE / "values.json").read_text())
CODE: dict[str, str] = json.loads((HERE / "code.json").read_text())


def run(*command: str, seed: str, cwd: Path) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    found = subprocess.run(
        [sys.executable, *command],
        env=environment,
        cwd=cwd,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return found.stdout


def test_every_golden_value_is_pinned() -> None:
    assert values.VALUES.keys() == VALUES.keys()
    # There is one NaN; everything else is different.
    assert VALUES["nan"] == VALUES["-nan"]
    assert len(set(VALUES.values())) == len(VALUES) - 1


@pytest.mark.parametrize("name", values.VALUES)
def test_a_value_has_the_digest_it_always_had(name: str) -> None:
    assert fingerprint(values.VALUES[name]()).hex == VALUES[name]


@pytest.mark.parametrize("seed", SEEDS)
def test_values_have_the_same_digests_under_every_hash_seed(seed: str, tmp_path: Path) -> None:
    shutil.copy(HERE / "values.py", tmp_path)

    run(str(tmp_path / "values.py"), seed=seed, cwd=tmp_path)

    assert json.loads((tmp_path / "values.json").read_text()) == VALUES


@pytest.mark.parametrize("seed", SEEDS)
def test_code_has_the_digests_it_always_had(seed: str) -> None:
    assert json.loads(run(str(HERE / "code_digests.py"), seed=seed, cwd=HERE)) == CODE


def test_code_in_another_folder_has_the_same_digests(tmp_path: Path) -> None:
    shutil.copytree(HERE / "code", tmp_path / "elsewhere")

    found = run(str(HERE / "code_digests.py"), str(tmp_path / "elsewhere"), seed="2", cwd=tmp_path)

    assert json.loads(found) == CODE


def test_a_script_has_the_digests_of_the_module_it_is(tmp_path: Path) -> None:
    shutil.copytree(HERE / "code", tmp_path, dirs_exist_ok=True)
    names = [name for name in CODE if name not in ("Order", "Urgent", "classes")]
    script = tmp_path / "orders.py"
    script.write_text(
        f"{script.read_text()}\n"
        "from orchestra_cache import fingerprint_code\n"
        f"print(*(fingerprint_code(globals()[name]).hex for name in {names}))\n"
    )

    found = run(str(script), seed="3", cwd=tmp_path).split()

    assert found == [CODE[name] for name in names]


def golden_entry() -> tuple[Recipe, bytes]:
    recipe = Recipe(
        "totals",
        (
            Component("parameter:day", combine("value", b"1"), "'2026-01-01'"),
            Component("data:orders.csv", combine("data", b"2"), "content 12345678"),
            Component("code", combine("code", b"3")),
            Component("code:shop.totals", combine("label", b"4")),
            Component("python", combine("version", b"3.11"), "3.11"),
        ),
    )
    inline = b'{"total":12.5}'
    digest = f"blake3:{'ab' * 32}:{len(inline)}"
    output = Output(digest, "json", f"blake3:{'cd' * 32}", "dict", ("shop:Order",), True)
    instant = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    data = write_entry(
        recipe,
        "main",
        [(output, inline)],
        created=instant,
        expires=instant.replace(year=2027),
        producer="Prefect flow run golden",
        seconds=1.5,
    )
    return recipe, data


def test_an_entry_is_written_as_it_always_was() -> None:
    recipe, data = golden_entry()

    assert data == (HERE / "entry.golden").read_bytes()
    assert recipe.key.digest.hex == json.loads(data.split(b"\n")[1])["key"]


def test_an_entry_of_an_earlier_version_is_read() -> None:
    recipe, _ = golden_entry()
    data = (HERE / "entry.golden").read_bytes()

    entry = read_entry(memoryview(data), "main", recipe.key)

    assert entry.recipe == recipe
    assert entry.inline == [b'{"total":12.5}']
    assert entry.header.producer == "Prefect flow run golden"
