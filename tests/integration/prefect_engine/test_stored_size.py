"""What is kept of a result is smaller than what Prefect itself keeps."""

from __future__ import annotations

from pathlib import Path

from tests.integration.prefect_engine.runs import Flows

SIZE = 5 << 20


def test_a_frame_takes_no_more_than_four_fifths_of_prefects_record(
    flows: Flows, lake: Path, tmp_path: Path
):
    run = flows.run("sizes.called", SIZE)

    assert run.states == ["Completed", "Cached"] * 2
    assert min(run.values) > 0.99 * SIZE
    # Not by packing: these numbers are random.
    assert 0.9 * SIZE < kept(lake) <= 0.8 * kept(tmp_path / "storage")


def kept(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
