"""What of a recipe people are not shown: whatever Airflow masks, as the passwords it looked up."""

from __future__ import annotations

import ast
import re
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, time, timedelta, tzinfo
from enum import Enum
from itertools import islice
from numbers import Number
from pathlib import PurePath
from types import FunctionType
from typing import Any
from uuid import UUID

import msgspec

from orchestra_cache.airflow._compat.masking import masks
from orchestra_cache.fingerprints.recipe import Component, Recipe
from orchestra_cache.ref import Ref

__all__ = ["without_masked"]


# Arguments that hold variables for another process, of which anything may be a secret; and what a
# command reads of the worker's own.
_VARIABLES = re.compile(r"environment:.*|(.*_)?env(s|_vars?|ironment(_variables)?)?")

# Of what is in an argument, so many parts are looked at, so much of either end of a text, and so
# much in all: far less is shown, and who would guess a digest of more has to know all the rest.
_MOST = 10_000
_LONG = 1 << 14
_ALL = 1 << 20

_CONTAINERS = (Mapping, list, tuple, set, frozenset, deque)
_TEXTS = (str, bytes, bytearray, PurePath)
_SCALARS = (
    type(None), Number, date, time, timedelta, tzinfo, UUID, Enum, Ref, type, FunctionType,
)  # fmt: skip


def without_masked(recipe: Recipe, arguments: Mapping[str, Any]) -> Recipe:
    """The same recipe, showing nothing that Airflow would mask, and no variables of processes.

    Args:
        arguments: What its parameters are: of long ones it shows but a part, which no masker knows.
    """
    parts = tuple(_bare(one, arguments) if one.shown else one for one in recipe.components)
    return Recipe(recipe.task, parts, recipe.with_datasets)


def _bare(part: Component, arguments: Mapping[str, Any]) -> Component:
    kind, _, name = part.name.partition(":")
    hidden = kind == "parameter" and bool(_VARIABLES.fullmatch(name))
    named = name if kind in ("parameter", "context") else None
    hidden = hidden or any(masks(*meant) for meant in _meant(part, named))
    if kind == "parameter" and name in arguments:
        hidden = hidden or _hides(arguments[name])
    return msgspec.structs.replace(part, shown="") if hidden else part


def _meant(part: Component, name: str | None) -> Iterator[tuple[object, str | None]]:
    """A component as it is shown, and what that stands for, with the name that it has."""
    yield part.shown, name
    if part.kind in ("context", "environment"):
        with suppress(ValueError, SyntaxError):
            yield ast.literal_eval(part.shown), name


def _hides(argument: Any) -> bool:
    """Whether there may be a secret in an argument: a text, what has such a name, or an unknown."""
    parts = list(islice(_parts(argument), _MOST))
    if not all(isinstance(value, _TEXTS + _SCALARS) for value, _ in parts):
        return True
    texts = "\n".join(_text(value) for value, _ in parts if isinstance(value, _TEXTS))
    names = {name for _, name in parts if name}
    return masks(texts[:_ALL], None) or any(masks("text", name) for name in names)


def _parts(argument: Any) -> Iterator[tuple[Any, str | None]]:
    """What is in containers, keys too, the first ones first, and under which name."""
    todo: deque[tuple[Any, str | None]] = deque([(argument, None)])
    seen: set[int] = set()
    while todo:
        value, name = todo.popleft()
        if not isinstance(value, _CONTAINERS):
            yield value, name
        elif id(value) not in seen:
            # One that holds itself is looked at once.
            seen.add(id(value))
            if isinstance(value, Mapping):
                for key, held in islice(value.items(), _MOST):
                    todo += ((key, None), (held, key and str(key)))
            else:
                # Of numbers there may be many, before what counts.
                some = (one for one in islice(value, _MOST) if type(one) not in (int, float))
                todo += ((one, name) for one in some)
                yield None, name


def _text(value: Any) -> str:
    """A text, or both its ends; none that is shown crosses a border between them."""
    whole = str(value) if isinstance(value, PurePath) else value
    ends = whole if len(whole) <= 2 * _LONG else whole[:_LONG] + whole[-_LONG:]
    return ends if isinstance(ends, str) else bytes(ends).decode(errors="replace")
