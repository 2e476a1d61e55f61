"""Small programs: written to a folder, imported, and forgotten again."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import NamedTuple

from orchestra_cache import Digest, fingerprint_code

__all__ = ["Edit", "Files", "digest", "imported", "written"]

# Sources by dotted module name; a text alone is the module `work`.
Files = str | Mapping[str, str]

_folders = count()


class Edit(NamedTuple):
    """A program, what to replace in it, and by what."""

    before: Files
    old: str
    new: str

    @property
    def after(self) -> Files:
        files = {"work": self.before} if isinstance(self.before, str) else dict(self.before)
        assert sum(self.old in source for source in files.values()) >= 1, "nothing to replace"
        return {name: source.replace(self.old, self.new) for name, source in files.items()}


def written(folder: Path, files: Files) -> Path:
    """Write a program into a new folder below `folder`."""
    root = folder / f"program{next(_folders)}"
    named = {"work": files} if isinstance(files, str) else files
    for name, source in named.items():
        path = root.joinpath(*name.split(".")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(source).lstrip("\n"))
    return root


@contextmanager
def imported(root: Path, module: str = "work") -> Iterator[ModuleType]:
    """Import a module of a program, and forget all of the program afterwards."""
    before = set(sys.modules)
    sys.path.insert(0, str(root))
    importlib.invalidate_caches()
    try:
        yield importlib.import_module(module)
    finally:
        sys.path.remove(str(root))
        for name in [name for name in set(sys.modules) - before if _lies_in(root, name)]:
            del sys.modules[name]


def _lies_in(root: Path, name: str) -> bool:
    module = sys.modules[name]
    places = [getattr(module, "__file__", None) or "", *getattr(module, "__path__", [])]
    return any(place.startswith(str(root)) for place in places)


def digest(folder: Path, files: Files, name: str = "task", *, module: str = "work") -> Digest:
    """The fingerprint of a function's code in a program."""
    with imported(written(folder, files), module) as found:
        return fingerprint_code(getattr(found, name))
