"""What a TaskRef answers to those who take it for the value: an error that names the way out.

Three uses are left to Python's own error. With `__await__` it would be awaited, and with `__call__`
called, by those who only ask whether a value can be: Prefect does the one with what a task returns.
`json.dumps` asks nobody.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NoReturn, TypeVar

from orchestra_cache.errors import OrchestraCacheError

__all__ = ["TaskRefError", "asked_by_prefect", "misused", "misused_attribute", "refuses_uses"]

_Kind = TypeVar("_Kind", bound=type)


class TaskRefError(OrchestraCacheError):
    """The stand-in for an output was used as if it were the output.

    No TypeError: many take one for "this is no list", and go on with the stand-in itself.
    """


class _NoAttributeError(TaskRefError, AttributeError):
    """The same, for those who ask for an attribute that need not be there."""


_LOAD = "call `.load()` to get the value"
_ARITHMETIC = "add sub mul matmul truediv floordiv mod divmod pow lshift rshift and or xor"
_REFLECTED = " ".join(f"r{name}" for name in _ARITHMETIC.split())

# What there is none of, and the special methods that stand for it.
_SPECIAL = {
    "truth value": "bool",
    "length": "len",
    "elements": "getitem setitem delitem contains reversed array",
    "order": "lt le gt ge",
    "arithmetic": f"{_ARITHMETIC} {_REFLECTED} neg pos abs invert",
    "number": "int float complex index round trunc floor ceil",
    "bytes": "bytes",
    "path": "fspath",
    "context": "enter exit aenter aexit",
}


def misused(what: str, way_out: str = _LOAD) -> TaskRefError:
    return TaskRefError(_message(what), way_out)


def misused_attribute(name: str) -> _NoAttributeError:
    return _NoAttributeError(_message(f"attribute `{name}`"), _LOAD)


def asked_by_prefect() -> bool:
    """Whether the method that asks was called by the engine: it fills in the names of runs."""
    module: str = sys._getframe(2).f_globals.get("__name__", "")
    return module.partition(".")[0] == "prefect"


def refuses_uses(kind: _Kind) -> _Kind:
    """Give a class all the methods that only raise."""
    for what, names in _SPECIAL.items():
        for name in names.split():
            setattr(kind, f"__{name}__", _refusing(what))
    to_map = f"{_LOAD} and map over it; `unmapped(…)` hands it to each whole"
    kind.__iter__ = _refusing("elements", to_map)  # type: ignore[attr-defined]
    # What `{**it}` asks for: of a missing one, Python says itself that it is no mapping.
    kind.keys = _refusing("elements")  # type: ignore[attr-defined]
    return kind


def _refusing(what: str, way_out: str = _LOAD) -> Callable[..., NoReturn]:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise misused(what, way_out)

    return refuse


def _message(what: str) -> str:
    return f"a TaskRef has no {what}: it stands for the output of a task"
