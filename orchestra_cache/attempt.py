"""Look up, compute, publish: the only place where this order is written."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from orchestra_cache.declaration import Declaration
from orchestra_cache.entries import Entries, Found
from orchestra_cache.errors import CodecError, StoreError
from orchestra_cache.events import Failed, Hit, Miss, Uncached, emit
from orchestra_cache.fingerprints.recipe import Recipe
from orchestra_cache.policy import Policy
from orchestra_cache.stores import Stored

__all__ = ["Attempt", "find"]


@dataclass
class Attempt:
    """One call of a task: looked up, then computed and published if that was a miss.

    Attributes:
        producer: Who computes it, for people who hit it later.
        refs: A large output is wanted as a Ref.
        recipe: None if the call has no key and cannot be kept.
        found: What the lookup found; None if there was none.
    """

    entries: Entries
    declaration: Declaration
    arguments: Mapping[str, Any]
    policy: Policy
    producer: str = ""
    refs: bool = False
    recipe: Recipe | None = None
    found: Hit | Miss | None = None
    _stored: Stored | None = None
    _started: float = 0.0

    def prepare(self, *, lenient: bool) -> None:
        """Take the call's recipe: everything it depends on, as it is now.

        Args:
            lenient: What the user declared wrongly makes an uncached call instead of an error.

        Raises:
            FingerprintError: An argument has no identity.
            DatasetError: A dataset is not there.
        """
        if self.policy.mode == "off":
            return
        self._started = time.perf_counter()
        try:
            self.recipe = self.declaration.recipe(self.arguments, secret=self.entries.secret)
        except Exception as error:
            if not lenient:
                raise
            emit(Uncached.because(self.declaration.task, error))

    def look_up(self) -> None:
        """Find the entry of the call's recipe, if it has one, and tell observers."""
        if self.recipe is None:
            return
        found = find(self.entries, self.recipe, self.policy, refs=self.refs)
        self.found, self._stored = found.outcome, found.stored
        if self.policy.mode == "refresh":
            self.found = Miss(self.recipe.task, str(self.recipe.key), "a refresh was asked for")
        emit(self.found)
        self._started = time.perf_counter()

    def refresh(self) -> None:
        """Compute in any case, and let the result replace what is there."""
        self.policy = replace(self.policy, mode="refresh")
        began = self._started
        self.look_up()
        # The computation may be over by now; what it took counts from the beginning.
        self._started = began

    def finish(self, value: Any) -> Any:
        """Publish what was computed, unless something forbids; return it, or its Ref."""
        if self.recipe is None or self.policy.mode == "readonly":
            return value
        seconds = time.perf_counter() - self._started
        try:
            return value if self._moved(self.recipe) else self._kept(self.recipe, value, seconds)
        except CodecError as error:
            emit(Uncached(self.recipe.task, str(self.recipe.key), error.message, error.hint))
        except Exception as error:
            # The result is there; nothing that is wrong with keeping it may take it away.
            emit(Failed(self.recipe.task, str(self.recipe.key), "publish", error))
            if self.policy.on_error == "raise" and isinstance(error, StoreError):
                raise
        return value

    def _kept(self, recipe: Recipe, value: Any, seconds: float) -> Any:
        kept = self.entries.publish(
            recipe,
            value,
            seconds=seconds,
            ttl=self.policy.ttl,
            producer=self.producer,
            replaces=None if self._stored is None else self._stored.version,
            refs=self.refs,
        )
        if kept is None:
            # Somebody else was first. Theirs stays, and this one is as good.
            return value
        emit(kept.event)
        return kept.value

    def _moved(self, recipe: Recipe) -> bool:
        """Whether a dataset is no longer what the key says: the result may be of either."""
        if not self.declaration.moved(self.arguments, recipe):
            return False
        reason = "a dataset changed while the task was reading it"
        emit(Uncached(recipe.task, str(recipe.key), reason, "its result is used and not kept"))
        return True


def find(entries: Entries, recipe: Recipe, policy: Policy, *, refs: bool = False) -> Found:
    """Look a recipe up under the terms of a policy, and report what is wrong with the store.

    Raises:
        StoreError: The store failed and the policy says `on_error="raise"`.
    """
    key = str(recipe.key)
    try:
        found = entries.find(recipe, policy.ttl, refs=refs)
    except Exception as error:
        # Also what no store should raise: the task can always run.
        emit(Failed(recipe.task, key, "look up", error))
        if policy.on_error == "raise":
            raise
        return Found(
            Miss(recipe.task, key, f"the store failed: {getattr(error, 'message', error)}")
        )
    if found.damage is not None:
        emit(Failed(recipe.task, key, "read", found.damage))
    return found
