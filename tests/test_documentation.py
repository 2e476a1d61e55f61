"""What the documentation shows is run here, as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

needs_prefect = pytest.mark.skipif(
    find_spec("prefect") is None, reason="Prefect has an environment of its own"
)
needs_airflow = pytest.mark.skipif(
    find_spec("airflow") is None, reason="Airflow has environments of its own"
)


def example(heading: str) -> str:
    """The first Python block below a heading of the README."""
    section = README.split(f"\n## {heading}\n")[1]
    found = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    if found is None:
        raise LookupError(heading)
    return found[1]


def run(command: list[str], home: Path, **environment: str) -> str:
    """What a command prints in a new home, logs included."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    quiet = {
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    }
    found = subprocess.run(
        command,
        cwd=home,
        env={"HOME": str(home), "PATH": path, **quiet, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout
    return found.stdout


def test_the_plain_example_misses_once_and_explains_another_day(tmp_path: Path) -> None:
    (tmp_path / "orders").mkdir()
    for day in ("2026-01-01", "2026-01-02"):
        (tmp_path / "orders" / f"{day}.csv").write_text(f"1.5\n2.5\n{day[-1]}\n")
    program = tmp_path / "shop.py"
    program.write_text(example("Plain Python") + "print(bool(total.lookup('2026-01-01')))\n")

    printed = run([sys.executable, str(program)], tmp_path)
    again = run([sys.executable, str(program)], tmp_path)

    assert printed.splitlines()[0] == "miss: the only entry differs in"
    assert re.search(r"parameter:day +'2026-01-01' → '2026-01-02'", printed)
    assert printed.splitlines()[-1] == "True"
    assert again == printed
    assert len(list((tmp_path / ".cache/shop/main/entries-v1/total").iterdir())) == 1


@needs_prefect
def test_the_prefect_example_is_cached_the_second_time(tmp_path: Path) -> None:
    program = tmp_path / "shop.py"
    program.write_text(example("Prefect"))

    first = run([sys.executable, str(program)], tmp_path)
    second = run([sys.executable, str(program)], tmp_path)

    assert "Cached" not in first
    assert "Finished in state Cached" in second


@needs_airflow
def test_the_airflow_example_is_a_hit_the_second_time(tmp_path: Path) -> None:
    text = example("Airflow")
    if find_spec("airflow.sdk") is None:
        text = re.sub(r"from airflow\.sdk.*# on Airflow 2: (.*)", r"\1", text)
    (tmp_path / "dags").mkdir()
    (tmp_path / "dags" / "shop.py").write_text(text)
    settings = {
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(tmp_path / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    }
    run(["airflow", "db", "migrate"], tmp_path, **settings)

    first = run(["airflow", "dags", "test", "shop", "2026-01-01"], tmp_path, **settings)
    second = run(["airflow", "dags", "test", "shop", "2026-01-01"], tmp_path, **settings)

    assert "squares: miss" in first
    assert "squares: hit" in second


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)

    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", text)
    missing = [
        target
        for target in targets
        if "://" not in target and not (page.parent / target).resolve().exists()
    ]

    assert missing == []


def test_the_store_format_names_every_codec() -> None:
    from orchestra_cache.codecs import CODECS

    page = (ROOT / "docs/reference/store-format.md").read_text()

    assert [codec.name for codec in CODECS if f"`{codec.name}`" not in page] == []
