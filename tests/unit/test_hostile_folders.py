"""A folder that others may write to can hold anything: no task hangs or dies of it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orchestra_cache import Cache
from orchestra_cache.errors import StoreError
from orchestra_cache.events import Event, Failed, Hit, Miss
from orchestra_cache.stores import LocalStore, locking
from orchestra_cache.stores.layout import entry_name

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")


def kinds(events: list[Event]) -> list[type]:
    return [type(event) for event in events]


def entry_file(cache: Cache, task: Any) -> Path:
    return Path(cache.place, entry_name("main", task.recipe().key))


def test_a_pipe_in_the_place_of_an_entry_keeps_nobody_waiting(
    cache: Cache, events: list[Event]
) -> None:
    task = cache.memoize(lambda: [1])
    file = entry_file(cache, task)
    file.parent.mkdir(parents=True)
    os.mkfifo(file)

    result = task()

    assert result == [1]
    assert kinds(events)[:2] == [Failed, Miss]
    assert "no file lies there" in str(getattr(events[0], "error", ""))


def test_an_entry_of_gigabytes_is_not_read(cache: Cache, events: list[Event]) -> None:
    task = cache.memoize(lambda: [1])
    task()
    file = entry_file(cache, task)
    os.truncate(file, 1 << 33)
    del events[:]

    results = [task(), task()]

    assert results == [[1], [1]]
    assert "larger than any" in str(getattr(events[0], "error", ""))
    assert kinds(events)[-1] is Hit


def test_a_blob_that_became_larger_is_not_read_to_its_end(
    cache: Cache, events: list[Event]
) -> None:
    task = cache.memoize(lambda: np.arange(200_000))
    task()
    (blob,) = Path(cache.place, "main", "blobs-v1").rglob("*/*")
    os.truncate(blob, 1 << 33)
    del events[:]

    results = [task(), task()]

    assert all((result == np.arange(200_000)).all() for result in results)
    assert kinds(events)[0] is Failed
    assert kinds(events)[-1] is Hit


def test_where_others_may_write_a_value_does_not_change_after_it_was_checked(
    cache: Cache,
) -> None:
    task = cache.memoize(lambda: np.arange(400_000))
    task()
    (blob,) = Path(cache.place, "main", "blobs-v1").rglob("*/*")
    Path(cache.place).chmod(0o777)

    found = task.lookup()
    os.truncate(blob, 0)

    assert isinstance(found, Hit)
    assert (found.value == np.arange(400_000)).all()


def test_who_stands_still_with_a_lock_stops_nobody_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locking, "_PATIENCE", 0.2)
    store = LocalStore(tmp_path)
    version = store.exchange("a/b", b"1", version=None)
    entered, leave = threading.Event(), threading.Event()

    def stand_still() -> None:
        with locking.alone(str(tmp_path / "a" / "b")):
            entered.set()
            leave.wait(60)

    thread = threading.Thread(target=stand_still)
    thread.start()
    try:
        assert entered.wait(60)
        with pytest.raises(StoreError, match="stands still with its lock"):
            store.exchange("a/b", b"2", version=version)
    finally:
        leave.set()
        thread.join()

    assert store.exchange("a/b", b"2", version=version)


def test_an_entry_nested_beyond_all_measure_is_damage_that_heals(
    cache: Cache, events: list[Event]
) -> None:
    from tests.conftest import resealed

    task = cache.memoize(lambda: [1])
    task()
    file = entry_file(cache, task)
    nested = b'"x":' + b"[" * 20_000 + b"]" * 20_000 + b',"created"'
    file.write_bytes(resealed(file.read_bytes().replace(b'"created"', nested, 1)))
    del events[:]

    results = [task(), task()]

    assert results == [[1], [1]]
    assert kinds(events)[0] is Failed
    assert kinds(events)[-1] is Hit


def test_writers_of_a_forked_process_wait_for_no_thread_of_its_parent(
    run_python: Callable[..., str],
) -> None:
    program = """
import os
from orchestra_cache.stores.remote import RemoteStore
from orchestra_cache.stores.transports import plain
store = RemoteStore("memory://fork")
plain._turns.acquire()
child = os.fork()
if not child:
    os._exit(0 if store.put("a", [b"1"]) else 1)
print(os.waitpid(child, 0)[1])
"""

    assert run_python(program, timeout=60) == "0"


def test_coroutines_do_not_wait_for_threads_that_wait_for_them() -> None:
    program = """
import asyncio, tempfile, threading
from concurrent.futures import ThreadPoolExecutor
from orchestra_cache import Cache
task = Cache(tempfile.mkdtemp()).memoize

@task
async def one():
    return 1

async def main():
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(1))
    done = threading.Event()
    busy = loop.run_in_executor(None, done.wait)
    print(await one())
    done.set()
    await busy

asyncio.run(main())
"""
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )

    assert (found.stdout, found.returncode) == ("1\n", 0), found.stderr
