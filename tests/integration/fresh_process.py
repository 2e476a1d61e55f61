"""Processes that have imported an engine and done nothing with it yet."""

from __future__ import annotations

import multiprocessing
import os
import traceback
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from typing import Any

__all__ = ["FreshProcesses"]

_DEADLINE_SECONDS = 100


class FreshProcesses:
    """Forks each process from one that only imports: an engine takes seconds to import.

    Args:
        preloaded: A module that imports the engine. It must start no thread, and PYTHONPATH must
            say where it is.
    """

    def __init__(self, preloaded: str) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([preloaded])

    def call(
        self, function: Callable[..., Any], *arguments: Any, environment: Mapping[str, str]
    ) -> Any:
        """Call a function of an importable module in a new process and return its answer."""
        reader, writer = self._context.Pipe(duplex=False)
        process = self._context.Process(
            target=_answer, args=(writer, function, arguments, dict(environment))
        )
        process.start()
        writer.close()
        try:
            if not reader.poll(_DEADLINE_SECONDS):
                raise TimeoutError(f"{function.__name__} gave no answer")
            succeeded, answer = reader.recv()
            process.join(_DEADLINE_SECONDS)
        finally:
            if process.is_alive():
                process.kill()
            process.join()
        if not succeeded:
            raise RuntimeError(f"{function.__name__} failed in its process:\n{answer}")
        return answer


def _answer(
    writer: Connection,
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
    environment: Mapping[str, str],
) -> None:
    os.environ.update(environment)
    try:
        writer.send((True, function(*arguments)))
    except BaseException:
        writer.send((False, traceback.format_exc()))
