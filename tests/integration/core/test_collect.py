"""Collections beside readers and writers, on real stores: nothing is lost that was not to go."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from orchestra_cache import Cache
from tests.integration.core.hammer import PINNED, collecting, content, result, using
from tests.unit.collecting import recipe

# A minute is asked for where it matters: ORCHESTRA_CACHE_TEST_HAMMER=60.
SECONDS = float(os.environ.get("ORCHESTRA_CACHE_TEST_HAMMER", "5"))


def test_nothing_is_lost_while_processes_use_and_collect_a_cache(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    task = cache.memoize(result)
    for number in PINNED:
        task(number)
        cache.pin(task.recipe(number))

    with ProcessPoolExecutor(6, mp_context=get_context("spawn")) as processes:
        users = [processes.submit(using, str(tmp_path), SECONDS, seed) for seed in range(4)]
        others = [processes.submit(collecting, str(tmp_path), SECONDS, seed) for seed in range(2)]
        used: Counter[str] = sum((Counter(one.result()) for one in users), Counter())
        collected: Counter[str] = sum((Counter(one.result()) for one in others), Counter())

    found = cache.verify()
    left = [task.lookup(number) for number in PINNED]
    print(dict(used), dict(collected), found)
    assert used["wrong"] == used["lost"] == 0
    assert min(used["published"], collected["entries"], collected["blobs"]) > 0
    assert (found.damaged, found.incomplete) == ([], [])
    assert [bytes(hit.value) for hit in left] == [content(number) for number in PINNED]


def counting(cache: Cache) -> tuple[int, int]:
    names = [one.name for one in cache.store.iter("main/")]
    return sum("/entries-v1/" in name for name in names), sum(
        "/blobs-v1/" in name for name in names
    )


def test_an_object_store_is_collected(s3: tuple[str, dict[str, Any]]) -> None:
    url, options = s3
    cache = Cache(url, storage_options=options, trusted=True)
    for number in range(6):
        cache.publish(recipe(str(number)), os.urandom(100_000), seconds=1)
    shared = os.urandom(100_000)
    for number in (6, 7):
        cache.publish(recipe(str(number)), shared, seconds=1)
    cache.flush()

    dry = cache.collect(max_entries=3, grace=timedelta(0), dry_run=True)
    untouched = counting(cache)
    parts = [cache.collect(max_entries=3, grace=timedelta(0), shard=(part, 2)) for part in (1, 2)]

    assert (dry.read, dry.deleted.count) == (0, 5)
    assert untouched == (8, 7)
    assert sum(part.deleted.count for part in parts) == 5
    assert counting(cache)[0] == 3
    assert cache.verify().sound
    assert cache.collect().read == 0


def test_a_pin_holds_on_an_object_store(s3: tuple[str, dict[str, Any]]) -> None:
    url, options = s3
    cache = Cache(url, storage_options=options)
    for name in "ab":
        cache.publish(recipe(name), name, seconds=1)
    cache.pin(recipe("a"))

    cache.collect(max_entries=0)

    assert [bool(cache.lookup(recipe(name))) for name in "ab"] == [True, False]


def test_an_invalidated_task_is_invalid_for_a_process_with_copies(
    s3: tuple[str, dict[str, Any]], tmp_path: Path
) -> None:
    url, options = s3
    near = Cache(url, storage_options=options, near=tmp_path, recheck=timedelta(0))
    near.publish(recipe("a"), 1, seconds=1)
    before = near.lookup(recipe("a"))

    Cache(url, storage_options=options).invalidate(task="task")

    assert before
    assert not near.lookup(recipe("a"))


PROGRAM = """
import os, signal, sys
from datetime import timedelta
from orchestra_cache import Cache
root, step = sys.argv[1], int(sys.argv[2])
touches = []
def watch(event, arguments):
    if event in ("os.remove", "os.link", "os.rename") and str(arguments[0]).startswith(root):
        touches.append(event)
        if len(touches) == step:
            os.kill(os.getpid(), signal.SIGKILL)
cache = Cache(root)
sys.addaudithook(watch)
cache.collect(max_entries=1, grace=timedelta(0))
print(len(touches))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_collection_that_is_killed_at_any_step_leaves_a_cache_that_works(tmp_path: Path) -> None:
    def filled(root: Path) -> Cache:
        cache = Cache(root)
        for name in "abc":
            cache.publish(recipe(name), os.urandom(70_000), seconds=1)
        cache.flush()
        return cache

    def run(root: Path, step: int) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-c", PROGRAM, str(root), str(step)]
        return subprocess.run(words, capture_output=True, text=True, check=False)

    filled(tmp_path / "all")
    steps = int(run(tmp_path / "all", 0).stdout)

    for step in range(1, steps + 1):
        cache = filled(tmp_path / str(step))
        killed = run(tmp_path / str(step), step)
        found = cache.verify()
        again = cache.collect(max_entries=1, grace=timedelta(0))

        assert killed.returncode == -signal.SIGKILL
        assert found.sound
        assert again.entries.count - again.deleted.count == 1
        assert cache.verify().sound
    assert steps > 10
