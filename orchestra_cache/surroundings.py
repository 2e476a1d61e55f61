"""What a task reads of its run and its surroundings, and no key sees until it is declared."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from orchestra_cache.declaration import Declaration
from orchestra_cache.errors import OrchestraCacheError
from orchestra_cache.events import Uncached
from orchestra_cache.fingerprints import encoder
from orchestra_cache.fingerprints.recipe import SECRETS, Component, Recipe, bears_secret, sealed
from orchestra_cache.fingerprints.values.encoder import Encoder
from orchestra_cache.meant import several

__all__ = ["ContextError", "Surroundings", "unseen"]

_SHORT = 28
_SHOWN = (bool, int, float, str, type(None))

Read = Callable[[str], object]


class ContextError(OrchestraCacheError, LookupError):
    """What a task's result was declared to depend on cannot be read now."""


@dataclass(frozen=True)
class Surroundings:
    """What a task reads of its run, by name; each orchestrator knows which names there are."""

    names: frozenset[str]

    def __init__(self, names: Collection[str] = ()) -> None:
        given = frozenset([names] if isinstance(names, str) else several("context", names))
        for name in sorted(given, key=str):
            self._check(name)
        object.__setattr__(self, "names", given)

    @staticmethod
    def _check(name: object) -> None:
        """See to it that there can be something of that name.

        Raises:
            ConfigurationError: There can be nothing.
        """
        raise NotImplementedError

    def _added(self, recipe: Recipe, read: Read, *, secret: bytes | None) -> Recipe:
        """The recipe with what all of it is now.

        Args:
            secret: The key of 32 bytes under which secrets are digested.

        Raises:
            ContextError: Something cannot be read.
            FingerprintError: Something that was read has no identity.
        """
        found = [(name, _read(name, read)) for name in sorted(self.names)]
        return _with_surroundings(recipe, found, secret=secret)


def _read(name: str, read: Read) -> object:
    try:
        value = read(name)
    except ContextError:
        raise
    except Exception as error:
        raise ContextError(
            f"`{name}` of the context cannot be read: {type(error).__name__}: {error}",
            "if the task can do without it, leave it out of `context`",
        ) from error
    if isinstance(value, datetime) and value.tzinfo is not None:
        # The class and the zone of an instant say nothing.
        return datetime.fromtimestamp(value.timestamp(), timezone.utc)
    return value


def _with_surroundings(
    recipe: Recipe, found: Iterable[tuple[str, object]], *, secret: bytes | None
) -> Recipe:
    """A recipe with components `context:name`.

    What holds secrets is mixed with all else, as parameters are that do.
    """
    plain: list[Component] = []
    hidden: list[Component] = []
    for name, value in found:
        writer = encoder(secret)
        component = _component(name, value, writer)
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
