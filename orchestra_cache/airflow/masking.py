"""What of a recipe people are not shown: whatever Airflow masks, as the passwords it looked up."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from orchestra_cache.airflow._compat.masking import masks
from orchestra_cache.fingerprints.recipe import Component, Recipe

__all__ = ["without_masked"]


def without_masked(recipe: Recipe, arguments: Mapping[str, Any]) -> Recipe:
    """The same recipe, showing nothing that Airflow would mask.

    Args:
        arguments: What its parameters are: of long ones it shows but a part, which no masker knows.
    """
    parts = tuple(_bare(one, arguments) if one.shown else one for one in recipe.components)
    return Recipe(recipe.task, parts, recipe.with_datasets)


def _bare(part: Component, arguments: Mapping[str, Any]) -> Component:
    kind, _, name = part.name.partition(":")
    named = name if kind in ("parameter", "context") else None
    hidden = any(masks(value, named) for value in _meant(part, arguments.get(name)))
    return msgspec.structs.replace(part, shown="") if hidden else part


def _meant(part: Component, argument: Any) -> Iterator[Any]:
    """A component as it is shown, and what that stands for if it is a text."""
    yield part.shown
    if part.kind == "parameter":
        if isinstance(argument, (str, bytes)):
            yield _text(argument)
    elif part.kind in ("context", "environment"):
        with suppress(ValueError, SyntaxError):
            yield ast.literal_eval(part.shown)


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode(errors="replace")
