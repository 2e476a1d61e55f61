"""What happens inside a process that runs a command of Airflow."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Any

__all__ = ["dag_bag", "import_errors", "parsed", "run_command", "run_printing"]


class _Lines(logging.Handler):
    """Keeps what the cache says to its own logger, whatever Airflow does with it afterwards."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((record.levelno, record.getMessage()))


def run_command(dags: Path, *words: str) -> list[tuple[int, str]]:
    """Run `airflow …`; returns level and text of what the cache logged meanwhile.

    Raises:
        RuntimeError: The command failed.
    """
    handler = _Lines()
    for name in ("orchestra_cache", "airflow.task.orchestra_cache"):
        logging.getLogger(name).addHandler(handler)
    sys.path.append(str(dags))
    from airflow.__main__ import main

    sys.argv = ["airflow", *words]
    try:
        main()
    except SystemExit as ended:
        if ended.code:
            raise RuntimeError(f"airflow {' '.join(words)}: {ended.code}") from ended
    return handler.lines


def run_printing(path: Path, dags: Path, *words: str) -> list[tuple[int, str]]:
    """The same, with all that it prints in a file."""
    with path.open("wb") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    return run_command(dags, *words)


def import_errors(dags: Path) -> dict[str, str]:
    """What Airflow says about the DAG files of a folder that do not import, by their names."""
    found = dag_bag(dags).import_errors
    return {Path(file).name: error for file, error in found.items()}


def parsed(dags: Path, dag: str) -> tuple[int, list[tuple[str, str]]]:
    """Import a DAG; returns how many tasks it has, and all that was opened or asked meanwhile."""
    touched: list[tuple[str, str]] = []
    sys.addaudithook(lambda event, arguments: _note(event, arguments, touched))
    tasks = len(dag_bag(dags).dags[dag].tasks)
    return tasks, list(touched)


def _note(event: str, arguments: tuple[Any, ...], touched: list[tuple[str, str]]) -> None:
    if event == "open" or event.startswith(("os.", "socket.")):
        touched.append((event, repr(arguments)[:300] if event != "open" else str(arguments[0])))


def dag_bag(dags: Path) -> Any:
    """The DAGs of a folder, as Airflow imports them."""
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:
        from airflow.models.dagbag import DagBag
    sys.path.append(str(dags))
    return DagBag(str(dags))
