"""A Prefect server comes to know the block, and every process finds its class."""

from __future__ import annotations

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings
from typer.testing import CliRunner

from orchestra_cache.cli import app
from tests.integration.prefect_engine.runs import FLOWS, Flows
from tests.integration.prefect_engine.saved_blocks import Saved


def registered() -> tuple[int, str]:
    """What `orchestra-cache prefect register` returns and prints."""
    finished = CliRunner().invoke(app, ["prefect", "register"])
    return finished.exit_code, finished.output


def registered_at(server: str) -> tuple[int, str]:
    with temporary_settings({PREFECT_API_URL: server or None}):
        return registered()


def test_the_block_type_is_registered_without_a_logo_as_often_as_one_likes(
    flows: Flows, saved: Saved
):
    first = flows.processes.call(registered, environment={})
    kind = saved.block_type("orchestra-cache")
    second = flows.processes.call(registered, environment={})

    assert first == second
    assert saved.block_type("orchestra-cache")["id"] == kind["id"]
    assert (kind["name"], kind["logo_url"]) == ("Orchestra Cache", None)
    assert first[0] == 0
    assert saved.api in first[1]
    assert 'result_storage="orchestra-cache/' in first[1]
    assert "prefect block create orchestra-cache" in first[1]
    assert max(map(len, first[1].splitlines())) <= 80


@pytest.mark.parametrize(
    ("server", "code", "said"),
    [
        ("http://127.0.0.1:9/api", 1, "http://127.0.0.1:9/api does not take it"),
        ("", 2, "names no server"),
    ],
)
def test_without_a_server_it_says_what_to_do(flows: Flows, server: str, code: int, said: str):
    found = flows.processes.call(registered_at, server, environment={})

    assert found[0] == code
    assert said in found[1]
    assert "hint: " in found[1]
    assert "PREFECT_API_URL" in found[1]
    assert "Traceback" not in found[1]
    assert max(map(len, found[1].splitlines())) <= 85


def test_a_process_that_only_has_the_name_of_a_block_finds_its_class(flows: Flows, saved: Saved):
    found = flows.run_file(FLOWS / "named.py", saved())

    assert found == {"imported": False, "states": ["Completed", "Cached"]}
