"""Rows of hits of Prefect tasks, beside a task without a cache and one with Prefect's own."""

from __future__ import annotations

import atexit
import os
import queue
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.benchmarks.rows import Bound, Row

__all__ = ["TASKS"]

_BYTES = 100 << 20

NO_CACHE, PEER = "NO_CACHE", "INPUTS + TASK_SOURCE"


@dataclass
class Tasks:
    """One function as three tasks, all of which have run once; each is called inside a flow."""

    ours: Callable[[], object]
    uncached: Callable[[], object]
    peer: Callable[[], object]


class Engine:
    """A Prefect server, and a flow that does what it is given for as long as this process lives."""

    def __init__(self) -> None:
        from tests.integration.prefect_engine.server import running_server
        from tests.integration.services import free_port

        self.folder = tempfile.TemporaryDirectory()
        home, port = Path(self.folder.name), free_port()
        # Before Prefect is imported: it reads its settings then.
        os.environ.update(
            PREFECT_HOME=str(home),
            PREFECT_API_URL=f"http://127.0.0.1:{port}/api",
            PREFECT_SERVER_ANALYTICS_ENABLED="false",
            DO_NOT_TRACK="1",
            PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL="CRITICAL",
        )
        self._server = running_server(port, home / "server.log")
        self._server.__enter__()
        self._work: queue.SimpleQueue[tuple[Callable[[], object], Future[object]]]
        self._work = queue.SimpleQueue()
        threading.Thread(target=self._run, daemon=True).start()
        atexit.register(self._close)

    def call(self, work: Callable[[], object]) -> object:
        """Do something inside the flow."""
        done: Future[object] = Future()
        self._work.put((work, done))
        return done.result()

    def _run(self) -> None:
        from prefect import flow

        @flow(name="benchmark")
        def doing() -> None:
            while True:
                work, done = self._work.get()
                try:
                    done.set_result(work())
                except BaseException as error:
                    done.set_exception(error)

        doing()

    def _close(self) -> None:
        self._server.__exit__(None, None, None)
        self.folder.cleanup()


@cache
def _engine() -> Engine:
    return Engine()


def _tasks(make: Callable[[float], tuple[Any, ...]]) -> Callable[[float], Tasks]:
    """Tasks that return their first argument, each called once."""

    def made(scale: float) -> Tasks:
        engine = _engine()
        from prefect import task
        from prefect.cache_policies import INPUTS, TASK_SOURCE
        from prefect.cache_policies import NO_CACHE as WITHOUT

        from orchestra_cache.prefect import FingerprintPolicy

        def first(*given: Any) -> Any:
            return given[0]

        arguments = make(scale)
        # A hit that Prefect finds in this process's memory is another object for nobody.
        terms = {"cache_result_in_memory": False}
        lake = tempfile.mkdtemp(dir=engine.folder.name)
        policies = [FingerprintPolicy(lake), WITHOUT, INPUTS + TASK_SOURCE]
        calls = []
        for policy in policies:
            one = task(first, cache_policy=policy, **terms)
            calls.append(lambda one=one: engine.call(lambda: one(*arguments)))
            calls[-1]()
        return Tasks(*calls)

    return made


def _small(scale: float) -> tuple[Any, ...]:
    return ("2026-01-02", 20, 0.25)


def _frame(scale: float) -> tuple[Any, ...]:
    numbers = np.random.default_rng(1).random(int(_BYTES * scale) // 10 // 8 + 1)
    return (pd.DataFrame({f"c{at}": numbers + at for at in range(10)}),)


def _others(tasks: Tasks) -> dict[str, Callable[[], object]]:
    return {NO_CACHE: tasks.uncached, PEER: tasks.peer}


def _row(name: str, make: Callable[[float], tuple[Any, ...]], share: float, **more: Any) -> Row:
    return Row(
        name,
        _tasks(make),
        lambda tasks: tasks.ours(),
        Bound(shares={(NO_CACHE, PEER): share}),
        others=_others,
        peers=False,
        **more,
    )


TASKS = [
    _row("task, three scalars", _small, 0.5, rounds=100),
    _row("task, frame of 100 MB in and out", _frame, 0.05, rounds=7),
]
