"""What the guide to Prefect shows can be pasted as it stands there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from prefect import task

from orchestra_cache.prefect import FingerprintPolicy
from tests.integration.prefect_engine.page import blocks

PAGE = Path(__file__).parents[3] / "docs/guides/prefect.md"
BLOCKS = [block.text for block in blocks(PAGE) if block.language == "python"]


def test_the_first_block_is_a_program_whose_second_run_is_cached(api: str, tmp_path: Path):
    program = tmp_path / "daily.py"
    # One process, for Python needs seconds to import Prefect.
    program.write_text(f"{BLOCKS[0]}    daily()\n")

    finished = subprocess.run(
        [sys.executable, str(program)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=90,
    )

    assert finished.returncode == 0, finished.stdout
    first, second = finished.stdout.split("Beginning flow run")[1:]
    assert "clean: miss: no entry" in first
    assert "Cached" not in first
    assert "Finished in state Cached" in second
    assert (tmp_path / ".cache/lake").is_dir()


@pytest.mark.parametrize("block", BLOCKS[1:], ids=lambda block: block.strip().splitlines()[-1])
def test_each_other_block_runs_by_itself(
    block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)

    exec(compile(block, "block.py", "exec"), {"__name__": "block"})

    # It says how tasks are cached, and asks no store for anything.
    assert list(tmp_path.iterdir()) == []


def test_a_task_with_a_name_for_its_result_has_no_policy_as_the_guide_says():
    @task(result_storage_key="total", cache_policy=FingerprintPolicy("lake"))
    def named() -> None:
        """It is not run."""

    assert named.cache_policy is None
    assert "`@task(result_storage_key=…)`" in PAGE.read_text()
