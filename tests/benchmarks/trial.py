"""A part of the benchmark tried in a process of its own: with small values, once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.rows import Row

__all__ = ["tried"]

_ROOT = Path(__file__).parents[2]
_SECONDS = 110


def tried(part: str, rows: Sequence[Row]) -> list[str]:
    """The lines of a part's rows, each of which was measured.

    A part may start a server, and what it imports and sets in its environment stays with it.
    """
    trial = [part, "--scale", "0.001", "--seconds", "0"]
    finished = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", *trial],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )
    assert finished.returncode == 0, finished.stderr
    assert "Traceback" not in finished.stderr
    head, rule, *found = [line for line in finished.stdout.splitlines() if line.startswith("|")]
    assert [line.split(" | ")[0] for line in found] == [f"| {row.name}" for row in rows]
    assert {line.count("|") for line in (head, rule, *found)} == {head.count("|")}
    return found
