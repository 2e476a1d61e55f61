"""Rows of code: binding a call, looking at known code again, and the first look at it."""

from __future__ import annotations

import importlib
import inspect
import itertools
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from orchestra_cache import fingerprint, fingerprint_code
from orchestra_cache.declaration import Declaration
from orchestra_cache.fingerprints.code.live import LiveCode
from tests.benchmarks.rows import Bound, Row

__all__ = ["CODE"]

_numbers = itertools.count()


def orders(day: str, limit: int = 100, *, rate: float = 0.5) -> object:
    return day, limit, rate


def _bound(declaration: Declaration) -> object:
    arguments = declaration.bind("2026-01-02", 20, rate=0.25)
    return [fingerprint(value) for value in arguments.values()]


def _signature(declaration: Declaration) -> dict[str, Callable[[], object]]:
    bind = inspect.signature(declaration.function).bind
    return {"Signature.bind": lambda: bind("2026-01-02", 20, rate=0.25)}


def _imported(text: Iterator[str]) -> ModuleType:
    """A module of the user's, written into a folder that is kept as long as this process."""
    name = f"orders_{next(_numbers)}"
    folder = Path(_folder().name)
    (folder / f"{name}.py").write_text("\n".join(text))
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    return importlib.import_module(name)


def _folder(made: list[Any] = []) -> Any:  # noqa: B006
    if not made:
        made.append(tempfile.TemporaryDirectory())
    return made[0]


def _chain(count: int, *, constants: int, others: int = 0) -> Iterator[str]:
    """A task that calls the first of `count` functions, each of which calls the next."""
    yield from (f"LIMIT_{at} = {at} + 0.5" for at in range(constants))
    for at in range(count):
        limit = f"LIMIT_{at}" if at < constants else at
        following = f"step_{at + 1}(value)" if at + 1 < count else "value"
        yield f"def step_{at}(value):\n    return {following} + {limit}\n"
    yield from (f"def other_{at}(value):\n    return value * {at}\n" for at in range(others))
    yield "def task():\n    return step_0(1)\n"


def _warm(scale: float) -> Declaration:
    declaration = Declaration(_imported(_chain(19, constants=5)).task)
    declaration.recipe({})
    return declaration


def _watched(scale: float) -> LiveCode:
    live = LiveCode([_imported(_chain(19, constants=5)).task])
    live.now()
    return live


class _Cold:
    """A module that nobody looked at yet, imported before each sample."""

    def __init__(self, functions: int) -> None:
        self.functions = functions
        self.renew()

    def renew(self) -> None:
        self.module = _imported(_chain(50, constants=0, others=self.functions - 50))

    def trace(self) -> object:
        return fingerprint_code(self.module.task)


CODE = [
    Row("bind and fingerprint 3 scalars", lambda scale: Declaration(orders), _bound,
        Bound(seconds=2e-6), others=_signature, peers=False),
    Row("20 definitions looked at again", _watched, lambda value: value.now(),
        Bound(seconds=1e-6), peers=False),
    Row("recipe of a call, 20 definitions", _warm, lambda value: value.recipe({}), peers=False),
    Row("first look, 50 of 10,000 functions", lambda n: _Cold(max(100, int(10_000 * n))),
        lambda value: value.trace(), Bound(seconds=1.0), peers=False,
        prepare=lambda value: value.renew(), rounds=3),
]  # fmt: skip
