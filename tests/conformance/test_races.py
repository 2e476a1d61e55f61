"""Of many processes that write one name in one folder, one does."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from orchestra_cache.stores import LocalStore
from tests.conformance import racing

PROCESSES = 8
ROUNDS = 20


def race(work: Callable[..., list[bool]], root: Path) -> list[list[bool]]:
    """Who wrote in each round."""
    context = get_context("spawn")
    with context.Manager() as manager:
        barrier = manager.Barrier(PROCESSES)
        with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
            racers = [pool.submit(work, str(root), barrier, ROUNDS) for _ in range(PROCESSES)]
            return list(zip(*(racer.result() for racer in racers), strict=True))


def test_of_many_processes_that_create_a_file_one_does(tmp_path: Path) -> None:
    rounds = race(racing.create, tmp_path)

    assert [wrote.count(True) for wrote in rounds] == [1] * ROUNDS
    assert leftovers(tmp_path) == []


def test_of_many_processes_that_replace_a_version_one_does(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    for number in range(ROUNDS):
        store.put(f"race/{number}", [b"first"])

    rounds = race(racing.replace, tmp_path)

    assert [wrote.count(True) for wrote in rounds] == [1] * ROUNDS
    assert leftovers(tmp_path) == []


def leftovers(root: Path) -> list[str]:
    return [path.name for path in root.rglob(".writing-*")]
