"""What a task reads of its run and its surroundings, and no key sees until it is declared."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from orchestra_cache.declaration import Declaration
from orchestra_cache.events import Uncached
from orchestra_cache.fingerprints import encoder
from orchestra_cache.fingerprints.recipe import SECRETS, Component, Recipe, bears_secret, sealed
from orchestra_cache.fingerprints.values.encoder import Encoder

__all__ = ["unseen", "with_surroundings"]

_SHORT = 28
_SHOWN = (bool, int, float, str, type(None))


def with_surroundings(
    recipe: Recipe, names: Iterable[str], read: Callable[[str], object], *, secret: bytes | None
) -> Recipe:
    """A recipe with what all that was declared is now, as components `context:name`.

    What holds secrets is mixed with all else, as parameters are that do.

    Args:
        secret: The key of 32 bytes under which secrets are digested.

    Raises:
        FingerprintError: Something that was read has no identity.
    """
    plain: list[Component] = []
    hidden: list[Component] = []
    for name in sorted(names):
        writer = encoder(secret)
        component = _component(name, read(name), writer)
        (hidden if writer.secrets else plain).append(component)
    if not hidden:
        return recipe.extended(plain)
    hidden += [one for one in recipe.components if one.name == SECRETS]
    others = tuple(one for one in recipe.components if one.name != SECRETS)
    whole = Recipe(recipe.task, (*others, *plain), recipe.with_datasets)
    return whole.extended([sealed(hidden, whole)])


def unseen(
    declaration: Declaration, found: tuple[str, ...], names: Iterable[str]
) -> Uncached | None:
    """Why a task must not be cached whose surroundings were not declared; None if it may be.

    Args:
        found: What it reads of them.
        names: Some of those that could be declared, for the hint.
    """
    if not found:
        return None
    others = f", and {len(found) - 1} more" if len(found) > 1 else ""
    reason = f"it reads what its key does not see: {found[0]}{others}"
    shown = ", ".join(f'"{name}"' for name in names)
    way_out = (
        f"declare what of it changes the result, as in `context={{{shown}}}`, "
        "or `context=()` if nothing does"
    )
    return Uncached(declaration.task, "", reason, way_out)


def _component(name: str, value: Any, writer: Encoder) -> Component:
    label = f"context:{name}"
    short = type(value) in _SHOWN and len(repr(value)) <= _SHORT
    shown = repr(value) if short and not bears_secret(name) else ""
    return Component(label, writer.digest(value, label), shown)
