"""Processes share a local cache, and one that is killed leaves all of its result or nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from orchestra_cache import Cache
from orchestra_cache.events import Hit
from tests.integration.core import programs
from tests.integration.core.programs import SIZES, numbers

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")


def process(**terms: Any) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, str(Path(programs.__file__)), json.dumps(terms)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def output(**terms: Any) -> dict[str, Any]:
    found = process(**terms)
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)


def held(root: Path, size: str) -> bytes | None:
    """What a reader finds."""
    task = Cache(root).memoize(ignore={"base"})(numbers)
    found = task.lookup(SIZES[size], 1)
    return bytes(found.value) if isinstance(found, Hit) else None  # type: ignore[call-overload]


@pytest.mark.parametrize("size", SIZES)
def test_what_one_process_publishes_is_a_hit_in_the_next(size: str, tmp_path: Path) -> None:
    first, second = (output(root=str(tmp_path), size=size, base=base) for base in (1, 2))

    assert first["events"] == ["Miss", "Published"]
    assert second["events"] == ["Hit"]
    assert second["result"] == first["result"] == numbers(SIZES[size], 1).hex()


@pytest.mark.parametrize("size", SIZES)
def test_a_process_killed_at_any_step_of_a_publish_leaves_all_or_nothing(
    size: str, tmp_path: Path
) -> None:
    whole = numbers(SIZES[size], 1)
    steps = len(output(root=str(tmp_path / "all"), size=size, step=0)["touches"])
    seen = []

    for step in range(1, steps + 1):
        root = tmp_path / str(step)
        killed = process(root=str(root), size=size, step=step)
        seen.append(held(root, size))
        after = [programs.run(str(root), size)[1] for _ in range(2)]

        assert killed.returncode == -signal.SIGKILL
        assert after[0] == (["Hit"] if seen[-1] else ["Miss", "Published"])
        assert after[1] == ["Hit"]
        assert held(root, size) == whole

    assert steps >= 6
    assert set(seen) == {None, whole}


@pytest.mark.parametrize("size", SIZES)
def test_a_process_killed_at_any_step_of_a_refresh_leaves_the_old_or_the_new(
    size: str, tmp_path: Path
) -> None:
    old, new = (numbers(SIZES[size], base) for base in (1, 2))
    terms = {"size": size, "mode": "refresh", "base": 2}
    programs.run(str(tmp_path / "all"), size)
    steps = len(output(root=str(tmp_path / "all"), step=0, **terms)["touches"])
    seen = []

    for step in range(1, steps + 1):
        root = tmp_path / str(step)
        programs.run(str(root), size)
        killed = process(root=str(root), step=step, **terms)
        seen.append(held(root, size))

        assert killed.returncode == -signal.SIGKILL
        assert programs.run(str(root), size, "refresh", 2)[0] == new
        assert held(root, size) == new

    assert set(seen) == {old, new}


@pytest.mark.parametrize("limit", [0, 1, 100, 50_000])
def test_a_process_killed_in_the_middle_of_a_file_leaves_nothing(
    limit: int, tmp_path: Path
) -> None:
    killed = process(root=str(tmp_path), size="large", limit=limit, killed=True)

    assert killed.returncode == -signal.SIGXFSZ
    assert held(tmp_path, "large") is None
    assert programs.run(str(tmp_path), "large")[1] == ["Miss", "Published"]
    assert held(tmp_path, "large") == numbers(SIZES["large"], 1)


@pytest.mark.parametrize("limit", [100, 50_000])
def test_a_disk_that_is_full_fails_no_task_and_leaves_nothing(limit: int, tmp_path: Path) -> None:
    full = output(root=str(tmp_path), size="large", limit=limit, killed=False)

    assert full["events"] == ["Miss", "Failed"]
    assert full["result"] == numbers(SIZES["large"], 1).hex()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_workers_of_a_pool_share_the_cache_and_take_memoized_functions(tmp_path: Path) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        first = pool.submit(programs.run, str(tmp_path), "small").result()
        others = [pool.submit(programs.run, str(tmp_path), "small") for _ in range(4)]
        events = [other.result()[1] for other in others]

    assert first[1] == ["Miss", "Published"]
    assert events == [["Hit"]] * 4


def test_what_a_killed_process_left_behind_is_not_listed(tmp_path: Path) -> None:
    process(root=str(tmp_path), size="large", limit=50_000, killed=True)

    left = list(tmp_path.rglob(".writing-*"))
    listed = list(Cache(tmp_path).store.iter(""))

    assert len(left) == 1
    assert listed == []
