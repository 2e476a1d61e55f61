"""What a flow of Prefect computed is a hit in a DAG."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.airflow_engine.conftest import ROOT
from tests.integration.airflow_engine.runs import Dags

PREFECT = ROOT / ".venvs" / "prefect"
# Python is a part of the key.
SAME_PYTHON = PREFECT / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
FLOWS = ROOT / "tests" / "integration" / "prefect_engine" / "flows"
_OURS = ("AIRFLOW", "PREFECT")


def test_the_entry_of_a_flow_is_a_hit(dags: Dags, lake: Path, tmp_path: Path):
    if not SAME_PYTHON.exists():
        pytest.skip("there is no environment with Prefect and this Python")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    own = {"PREFECT_HOME": str(tmp_path / "prefect"), "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    subprocess.run(
        [PREFECT / "bin" / "python", "-c", "import golden; golden.called()"],
        cwd=FLOWS,
        env={**kept, **dags.environment, **own},
        check=True,
        capture_output=True,
        timeout=100,
    )
    (entry,) = lake.glob("main/entries-v1/net/*")
    made = entry.read_bytes()

    run = dags.run("golden")

    assert run.rows == {"net": b"[9.09, 18.18]"}
    assert any("net: hit" in message and "Prefect" in message for _, message in run.lines), run
    assert entry.read_bytes() == made
