"""What there is for a recipe under the terms of a policy, however the store fares."""

from __future__ import annotations

from orchestra_cache.entries import Entries, Found
from orchestra_cache.events import Failed, Miss, emit
from orchestra_cache.fingerprints.recipe import Recipe
from orchestra_cache.policy import Policy

__all__ = ["find"]


def find(entries: Entries, recipe: Recipe, policy: Policy, *, refs: bool = False) -> Found:
    """Look a recipe up under the terms of a policy, and report what is wrong with the store.

    Raises:
        StoreError: The store failed and the policy says `on_error="raise"`.
    """
    try:
        hit = None if refs or policy.mode == "refresh" else entries.recall(recipe, policy.ttl)
        found = entries.find(recipe, policy.ttl, refs=refs) if hit is None else Found(hit)
    except Exception as error:
        # Also what no store should raise: the task can always run.
        key = str(recipe.key)
        emit(Failed(recipe.task, key, "look up", error))
        if policy.on_error == "raise":
            raise
        reason = f"the store failed: {getattr(error, 'message', error)}"
        return Found(Miss(recipe.task, key, reason), failed=True)
    if found.damage is not None:
        emit(Failed(recipe.task, str(recipe.key), "read", found.damage))
    if entries.journal is not None:
        entries.journal.looked(found.outcome)
    return found
