"""Everything a result depends on, by name; the key is its digest."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from orchestra_cache.fingerprints.digest import Digest, combine

__all__ = ["SECRETS", "CacheKey", "Component", "Recipe", "bears_secret", "sealed"]

_SECRET = ("password", "passwd", "secret", "token", "credential", "api_key", "private")

# The component that stands for all parameters that hold secrets.
SECRETS = "secrets"


class Component(msgspec.Struct, frozen=True):
    """One thing a result depends on.

    Attributes:
        name: `kind:what`, or a kind alone: `parameter:day`, `data:lake/a.csv`, `python`.
        shown: Its value for people, where it is short and no secret.
    """

    name: str
    digest: Digest
    shown: str = ""

    @property
    def kind(self) -> str:
        return self.name.partition(":")[0]


@dataclass(frozen=True)
class CacheKey:
    """Where the entry of a recipe lies: under its task, by its digest."""

    task: str
    digest: Digest

    def __str__(self) -> str:
        return self._text

    @functools.cached_property
    def hex(self) -> str:
        return self.digest.hex

    @functools.cached_property
    def _text(self) -> str:
        return f"{self.task}/{self.hex}"


@dataclass(frozen=True)
class Recipe:
    """The components of one call.

    The component `code` stands for all code; those named `code:…` say where in it a change was
    made, and `data:…` names are places: the order of `reads` tells datasets apart. Neither kind of
    name is in the key, so that equal work is a hit from any module, folder or host. What is named
    `seen:…` was there and is recorded; the key is the same without it.

    Attributes:
        with_datasets: Datasets are among the arguments, which may move while the task runs.
    """

    task: str
    components: tuple[Component, ...]
    with_datasets: bool = False

    @functools.cached_property
    def key(self) -> CacheKey:
        return CacheKey(self.task, combine("recipe", *self._parts()))

    def extended(self, more: Iterable[Component]) -> Recipe:
        """The same with further components."""
        return Recipe(self.task, (*self.components, *more), self.with_datasets)

    def _parts(self) -> Iterator[bytes]:
        counted = [one for one in self.components if not one.name.startswith(("code:", "seen:"))]
        data = [one for one in counted if one.name.startswith("data:")]
        for one in sorted(counted, key=_by_name):
            if not one.name.startswith("data:"):
                yield one.name.encode()
                yield one.digest.raw
        for one in data:
            yield b"data"
            yield one.digest.raw


def sealed(secrets: Iterable[Component], others: Recipe) -> Component:
    """Put parameters that hold secrets into one component, mixed with all else of the call.

    Nobody can see from it that two calls have a secret in common.
    """
    parts = [part for one in secrets for part in (one.name.encode(), one.digest.raw)]
    return Component(SECRETS, combine("secrets", others.key.digest.raw, *parts))


def bears_secret(name: str) -> bool:
    """Whether a name says that its value is not to be shown."""
    return any(word in name.lower() for word in _SECRET)


_by_name = operator.attrgetter("name")
