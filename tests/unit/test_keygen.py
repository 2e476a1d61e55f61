"""`orchestra-cache keygen` makes a key that works, never over another, and says how to use it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestra_cache import Cache
from orchestra_cache.cli import app
from orchestra_cache.events import Event, Hit, Miss, Published, Uncached
from orchestra_cache.keyring import Keyring
from orchestra_cache.settings import find_cache
from tests.conftest import ROOT

run = CliRunner().invoke


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def total() -> int:
    return 1


def test_a_shared_secret_signs_and_verifies(folder: Path, events: list[Event]) -> None:
    printed = run(app, ["keygen", "a.key"])

    for _ in range(2):
        Cache(folder / "cache", keys=["a.key"]).memoize(total)()
    assert printed.exit_code == 0
    assert [type(event) for event in events] == [Miss, Published, Hit]
    assert list(folder.glob("*.key*")) == [folder / "a.key"]


def test_two_halves_are_two_files(folder: Path, events: list[Event]) -> None:
    printed = run(app, ["keygen", "--ed25519", "a.key"])

    reader = Cache(folder / "cache", keys=["a.key.pub"]).memoize(total)
    reader()
    Cache(folder / "cache", keys=["a.key"]).memoize(total)()
    reader()
    assert printed.exit_code == 0
    assert [type(event) for event in events] == [Miss, Uncached, Miss, Published, Hit]


def test_without_a_name_it_has_one(folder: Path) -> None:
    run(app, ["keygen"])

    assert Keyring(["orchestra-cache.key"]).writes


@pytest.mark.parametrize("kind", [[], ["--ed25519"]])
@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
def test_a_secret_file_is_its_users_alone(folder: Path, kind: list[str], umask: int) -> None:
    before = os.umask(umask)
    try:
        run(app, ["keygen", *kind, "a.key"])
    finally:
        os.umask(before)

    assert mode_of(folder / "a.key") == 0o600
    assert all(mode_of(path) & 0o022 == 0 for path in folder.iterdir())


@pytest.mark.parametrize("there", ["a.key", "a.key.pub"])
def test_no_file_is_written_over(folder: Path, there: str) -> None:
    (folder / there).write_text("precious")

    printed = run(app, ["keygen", "--ed25519", "a.key"])

    assert printed.exit_code == 1
    assert f"cannot write {there}" in printed.output
    assert [path.name for path in folder.iterdir()] == [there]
    assert (folder / there).read_text() == "precious"


def test_it_says_how_to_use_the_key_and_not_what_it_is(folder: Path) -> None:
    printed = run(app, ["keygen", "--ed25519", "a.key"]).output

    (line,) = (line for line in (folder / "a.key").read_text().splitlines() if line[0] != "#")
    assert Keyring(["a.key"]).seal(b"", b"")[0] in printed
    assert f"ORCHESTRA_CACHE_CACHES__LAKE__KEYS={folder / 'a.key'}" in printed
    assert f"ORCHESTRA_CACHE_CACHES__LAKE__KEYS={folder / 'a.key.pub'}" in printed
    assert line.partition(":")[2] not in printed


@pytest.mark.parametrize("name", ["my keys", "it's", "$HOME", 'a "b"', "plain"])
def test_the_line_that_it_prints_works_in_a_shell(
    folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / name).mkdir()
    file = folder / name / "a.key"
    printed = run(app, ["keygen", str(file)]).output
    (line,) = (line for line in printed.splitlines() if "LAKE__KEYS=" in line)
    shown = subprocess.run(
        ["sh", "-c", f"export {line.strip()}; printenv ORCHESTRA_CACHE_CACHES__LAKE__KEYS"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.rstrip("\n")
    monkeypatch.setenv("ORCHESTRA_CACHE_CACHES__LAKE__KEYS", shown)
    monkeypatch.setenv("ORCHESTRA_CACHE_CACHES__LAKE__URL", str(folder / "cache"))

    assert find_cache("lake").memoize(total)() == 1
    assert Cache(folder / "cache", keys=[file]).memoize(total).lookup()


def test_it_is_a_command_of_80_columns_that_needs_no_orchestrator(folder: Path) -> None:
    program = (
        "import sys; from orchestra_cache.cli import main\n"
        "sys.argv = ['orchestra-cache', *sys.argv[1:]]\n"
        "try: main()\n"
        "finally: print({'airflow', 'prefect', 'fsspec'} & {*sys.modules})"
    )
    environment = {**os.environ, "COLUMNS": "80", "PYTHONPATH": str(ROOT)}

    for words in (["keygen", "k"], ["keygen", "--help"], ["--help"]):
        printed = subprocess.run(
            [sys.executable, "-c", program, *words],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            cwd=folder,
        ).stdout
        shown = printed.replace(str(folder.resolve()), "").replace(str(folder), "")
        assert max(map(len, shown.splitlines())) <= 80
        assert printed.splitlines()[-1] == "set()"
        assert "keygen" in printed or "made the key" in printed


def test_the_package_has_the_command() -> None:
    from importlib.metadata import entry_points

    commands = [one.value for one in entry_points(group="console_scripts", name="orchestra-cache")]

    declared = (ROOT / "pyproject.toml").read_text()
    assert 'orchestra-cache = "orchestra_cache.cli:main"' in declared
    assert commands in ([], ["orchestra_cache.cli:main"])
