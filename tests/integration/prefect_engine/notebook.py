"""What happens inside a process in which somebody works with a notebook."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from prefect import settings

__all__ = ["cells_of", "run_cells"]


def cells_of(program: str) -> list[str]:
    """The parts of a program, as somebody writes them one after the other into a notebook."""
    return [f"{part}\n" for part in program.partition('if __name__ == "')[0].split("\n\n\n")]


def run_cells(
    folder: Path, cells: Sequence[str], wanted: Sequence[str], changed: Mapping[str, Any]
) -> list[Any]:
    """Run cells in a fresh shell of IPython, which is that of notebooks; what is `wanted` of it."""
    from IPython.core.interactiveshell import InteractiveShell

    sys.path.insert(0, str(folder))
    shell = InteractiveShell.instance()
    values = {getattr(settings, name): value for name, value in changed.items()}
    with settings.temporary_settings(values):
        for cell in cells:
            shell.run_cell(cell, store_history=True).raise_error()
        return [shell.run_cell(one, store_history=True).result for one in wanted]
