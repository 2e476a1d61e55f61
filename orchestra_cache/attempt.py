"""Look up, compute, publish: the only place where this order is written."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from orchestra_cache.declaration import Declaration
from orchestra_cache.errors import StoreError
from orchestra_cache.events import Failed, Hit, Miss, Uncached, emit
from orchestra_cache.fingerprints.recipe import Recipe
from orchestra_cache.policy import Policy

if TYPE_CHECKING:
    from orchestra_cache.cache import Cache

__all__ = ["Attempt"]


@dataclass
class Attempt:
    """One call of a task: looked up by `Cache.begin`, and published by `finish` if it was a miss.

    Attributes:
        recipe: None if the call has no key and cannot be kept.
        found: What the lookup found; None if there was none.
    """

    cache: Cache
    declaration: Declaration
    arguments: Mapping[str, Any]
    policy: Policy
    producer: str
    refs: bool
    recipe: Recipe | None = None
    found: Hit | Miss | None = None
    _replaces: str | None = None
    _started: float = 0.0

    def look_up(self) -> None:
        """Find the entry of the call's recipe, if it has one, and tell observers."""
        if self.recipe is None:
            return
        found = self.cache.find(self.recipe, self.policy, refs=self.refs)
        self.found, self._replaces = found.outcome, found.version
        if self.policy.mode == "refresh":
            self.found = Miss(self.recipe.task, str(self.recipe.key), "a refresh was asked for")
        emit(self.found)
        self._started = time.perf_counter()

    def refresh(self) -> None:
        """Compute in any case, and let the result replace what is there."""
        self.policy = replace(self.policy, mode="refresh")
        self.look_up()

    def finish(self, value: Any) -> Any:
        """Publish what was computed, unless something forbids; return it, or its Ref."""
        if self.recipe is None or self.policy.mode == "readonly":
            return value
        seconds = time.perf_counter() - self._started
        try:
            return self._kept(self.recipe, value, seconds)
        except Exception as error:
            # The result is there; nothing that is wrong with keeping it may take it away.
            emit(Failed(self.recipe.task, str(self.recipe.key), "publish", error))
            if self.policy.on_error == "raise" and isinstance(error, StoreError):
                raise
            return value

    def _kept(self, recipe: Recipe, value: Any, seconds: float) -> Any:
        if self._moved(recipe):
            return value
        kept = self.cache.keep(
            recipe,
            value,
            seconds=seconds,
            ttl=self.policy.ttl,
            producer=self.producer,
            replaces=self._replaces,
            refs=self.refs,
        )
        return value if kept is None else kept.value

    def _moved(self, recipe: Recipe) -> bool:
        """Whether a dataset is no longer what the key says: the result may be of either."""
        versions = [version.digest for _, version in self.declaration.versions(self.arguments)]
        before = [one.digest for one in recipe.components if one.kind == "data"]
        if versions == before:
            return False
        reason = "a dataset changed while the task was reading it"
        emit(Uncached(recipe.task, str(recipe.key), reason, "its result is used and not kept"))
        return True
