"""`orchestra-cache prefect` where there is no Prefect."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from typer.testing import CliRunner

from orchestra_cache.cli import app


def test_its_help_needs_no_prefect():
    found = CliRunner().invoke(app, ["prefect", "register", "--help"], env={"COLUMNS": "80"})

    assert found.exit_code == 0
    assert "orchestra-cache" in found.output


@pytest.mark.skipif(find_spec("prefect") is not None, reason="Prefect is installed")
def test_without_prefect_it_says_what_to_install():
    found = CliRunner().invoke(app, ["prefect", "register"])

    assert found.exit_code == 1
    assert "prefect" in found.output
    assert "pip install 'orchestra-cache[prefect]'" in found.output
    assert found.exc_info is None or found.exc_info[0] is SystemExit
