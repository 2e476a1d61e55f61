"""What a task run depends on that its declaration does not say."""

from __future__ import annotations

from orchestra_cache.errors import OrchestraCacheError
from orchestra_cache.fingerprints.recipe import Component, Recipe
from orchestra_cache.prefect import _compat
from orchestra_cache.prefect.context import RunContext
from orchestra_cache.prefect.sums import Asked, Sum

__all__ = ["More"]


class More:
    """Other policies, what is read of the run, and the user's own storage, as components."""

    def __init__(
        self, asked: Asked, whole: Sum, context: RunContext | None, kept: Component | None
    ) -> None:
        self._asked, self._whole = asked, whole
        self._context, self._kept = context, kept
        # The recipe without what was read, with it, and the key for secrets in it.
        self._read: tuple[Recipe, Recipe, bytes | None] | None = None

    def added(self, recipe: Recipe, secret: bytes | None) -> Recipe:
        """A recipe with all of it."""
        more = self._whole.components(self._asked) + ([] if self._kept is None else [self._kept])
        recipe = recipe.extended(more) if more else recipe
        if self._context is None:
            return recipe
        whole = self._context.added_to(recipe, secret=secret)
        self._read = recipe, whole, secret
        return whole

    def stay(self) -> bool:
        """Whether what was read of the run is still so: a variable may be set at any time."""
        if self._context is None or self._read is None:
            return True
        without, whole, secret = self._read
        try:
            # A parent publishes what the tasks in it have returned.
            with _compat.within(self._asked.context):
                return self._context.added_to(without, secret=secret) == whole
        except OrchestraCacheError:
            return False
