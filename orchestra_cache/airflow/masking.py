"""What of a recipe people are not shown: whatever Airflow masks, as the passwords it looked up."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any

import msgspec

from orchestra_cache.airflow._compat.masking import masks
from orchestra_cache.fingerprints.recipe import Component, Recipe

__all__ = ["without_masked"]


# Arguments that hold variables for another process, of which anything may be a secret; and what a
# command reads of the worker's own.
_VARIABLES = re.compile(r"environment:.*|(.*_)?env(s|_vars?|ironment(_variables)?)?")

# Of what is in an argument, so many parts are looked at.
_MOST = 10_000


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
    hidden = hidden or any(masks(*meant) for meant in _meant(part, named, arguments.get(name)))
    return msgspec.structs.replace(part, shown="") if hidden else part


def _meant(part: Component, name: str | None, argument: Any) -> Iterator[tuple[object, str | None]]:
    """A component as it is shown, and what that stands for, with the names that it has."""
    yield part.shown, name
    if part.kind == "parameter":
        if isinstance(argument, (str, bytes)):
            yield _text(argument), name
        elif isinstance(argument, (Mapping, list, tuple)):
            yield from _within(argument)
    elif part.kind in ("context", "environment"):
        with suppress(ValueError, SyntaxError):
            yield ast.literal_eval(part.shown), name


def _within(argument: Any) -> Iterator[tuple[str, str | None]]:
    """All texts in a container as one, and something under each name in it."""
    found = list(islice(_parts(argument), _MOST))
    yield "\n".join(text for text, _ in found), None
    yield from (("text", name) for name in {name for _, name in found if name})


def _parts(argument: Any) -> Iterator[tuple[str, str | None]]:
    todo: list[tuple[Any, str | None]] = [(argument, None)]
    seen: set[int] = set()
    while todo:
        value, name = todo.pop()
        if not isinstance(value, (Mapping, list, tuple)):
            yield _text(value) if isinstance(value, (str, bytes)) else "", name
        elif id(value) not in seen:
            # One that holds itself is looked at once.
            seen.add(id(value))
            mapping = value if isinstance(value, Mapping) else None
            parts = mapping.items() if mapping is not None else ((name, one) for one in value)
            todo += [(part, key and str(key)) for key, part in islice(parts, _MOST)]


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode(errors="replace")
