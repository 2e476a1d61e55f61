"""The house rules that a linter does not know: sizes, names, and what an import costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "orchestra_cache"
MODULES = sorted(path for path in PACKAGE.rglob("*.py"))

LONGEST_MODULE = 300
LONGEST_FUNCTION = 20
DEEPEST_INDENT = 3

# Medians on an idle machine are 9 ms for the package and 45 ms for `Cache`.
OPTIONAL = {
    "adlfs", "airflow", "fsspec", "gcsfs", "numpy", "pandas", "polars", "prefect", "pyarrow",
    "pydantic", "pydantic_settings", "rich", "s3fs", "sklearn", "torch", "typer",
}  # fmt: skip


# BLAKE3 is called where bytes become digests, and where a secret becomes a key.
HASHING = {"fingerprints/digest.py", "secrecy.py"}


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for part in ast.walk(tree(path)):
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield part


def statement_lines(function: ast.FunctionDef | ast.AsyncFunctionDef, text: list[str]) -> int:
    """Lines of code in a body, without its docstring, comments and blank lines."""
    body = function.body
    if ast.get_docstring(function) is not None:
        body = body[1:]
    if not body:
        return 0
    lines = text[body[0].lineno - 1 : body[-1].end_lineno]
    return sum(1 for line in lines if line.strip() and not line.strip().startswith("#"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_short_and_its_first_line_says_what_it_answers(path: Path) -> None:
    text = path.read_text()

    docstring = ast.get_docstring(tree(path)) or ""

    assert len(text.splitlines()) <= LONGEST_MODULE
    assert docstring.splitlines()[0:1] != []
    assert "util" not in path.stem


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_function_fits_a_thumb(path: Path) -> None:
    text = path.read_text().splitlines()

    too_long = {
        function.name: statement_lines(function, text)
        for function in functions(path)
        if statement_lines(function, text) > LONGEST_FUNCTION
    }

    assert too_long == {}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_module_offers_is_listed_in_order_and_exists(path: Path) -> None:
    names = {
        target.id: statement.value
        for statement in tree(path).body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }

    listed = ast.literal_eval(names["__all__"]) if "__all__" in names else []

    capitals_first = sorted(listed, key=lambda name: (not name.isupper(), name[:1].islower(), name))
    assert listed == capitals_first
    assert len(listed) == len(set(listed))


def imported(path: Path) -> set[str]:
    """The packages that a module imports anywhere in it."""
    parts = list(ast.walk(tree(path)))
    plain = {name.name for part in parts if isinstance(part, ast.Import) for name in part.names}
    return {name.partition(".")[0] for name in plain} | {
        str(part.module).partition(".")[0] for part in parts if isinstance(part, ast.ImportFrom)
    }


def test_bytes_become_digests_in_one_place() -> None:
    users = {str(path.relative_to(PACKAGE)) for path in MODULES if "blake3" in imported(path)}

    assert users <= HASHING


def test_importing_the_package_loads_nothing_that_is_optional() -> None:
    loaded = modules_after("import orchestra_cache")

    assert loaded & OPTIONAL == set()
    assert "orchestra_cache.cache" not in loaded


def test_a_local_hit_needs_neither_fsspec_nor_pydantic(tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text("def double(n):\n    return [n, n]\n")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import work\n"
        "from orchestra_cache import Cache\n"
        f"double = Cache({str(tmp_path / 'cache')!r}).memoize(work.double)\n"
        "double(1); assert double.lookup(1)"
    )

    loaded = modules_after(program)

    assert loaded & OPTIONAL == set()


def test_asking_for_the_airflow_provider_imports_no_airflow() -> None:
    loaded = modules_after(
        "from orchestra_cache.airflow.provider import get_provider_info as info; info()"
    )

    assert "airflow" not in loaded


def test_every_public_name_can_be_imported() -> None:
    program = (
        "import orchestra_cache as package\n"
        "assert [getattr(package, name) for name in package.__all__]\n"
        "assert dir(package) == package.__all__"
    )

    assert modules_after(program)


def test_importing_the_package_takes_less_than_a_few_plain_imports() -> None:
    # A ratio in one process, so that a slow machine is slow for both.
    program = (
        "import time\n"
        "start = time.perf_counter(); import json, logging, dataclasses, argparse, unittest\n"
        "plain = time.perf_counter() - start\n"
        "start = time.perf_counter(); import orchestra_cache\n"
        "print(int(time.perf_counter() - start < plain))"
    )

    results = [run(program).split()[-1] for _ in range(3)]

    assert "1" in results


def modules_after(program: str) -> set[str]:
    names = run(f"{program}\nimport sys; print(*sorted(sys.modules))")
    return set(names.split())


def run(program: str) -> str:
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return found.stdout
