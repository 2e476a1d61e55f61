"""One function has one key, whoever runs it and whatever Airflow calls its module."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.integration.airflow_engine.runs import Dags

# Those of the same function in tests/integration/prefect_engine; Python is a part of it.
GOLDEN = {
    "3.10": "40ee2bbfb03c25db8cb5d586be0dba11e47ca56f0585376bb9c2ac2a1c29f104",
    "3.11": "4bff632282be43e0309c87ebaf05bc365b4c969d0a82f2d7b5db08e949109e22",
    "3.12": "3cf7e73cb0df9bc9ebfeddfdba71fd792a67d9ca6997e95939c94a41ffaf448b",
    "3.13": "e922e8e676c9430712081fddb83098035c2b990a63ce20ee5fbe33cb7fe5a2e7",
}


def test_the_key_of_a_plain_function_is_the_pinned_one(dags: Dags, lake: Path):
    dags.run("golden")

    kept = [path.name for path in lake.glob("main/entries-v1/net/*")]
    assert kept == [GOLDEN[".".join(map(str, sys.version_info[:2]))]]
