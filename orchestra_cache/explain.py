"""Compare recipes, and say in words what differs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from orchestra_cache.fingerprints.recipe import SECRETS, Component, Recipe

__all__ = ["Change", "Explanation", "compare", "nearest"]


@dataclass(frozen=True, slots=True)
class Change:
    """One component that differs; `before` and `after` are for people and may be empty."""

    component: str
    before: str = ""
    after: str = ""
    verb: str = "changed"

    @property
    def what(self) -> str:
        if self.before or self.after:
            return f"{self.before or '(none)'} → {self.after or '(none)'}"
        return self.verb

    def __str__(self) -> str:
        return f"{self.component} {self.what}"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a call would be a hit or a miss; `print` it.

    Attributes:
        entries: How many entries of the task were compared.
    """

    reason: str
    hit: bool = False
    entries: int = 0
    changes: tuple[Change, ...] = ()

    def __str__(self) -> str:
        if self.hit:
            return self.reason
        if not self.entries:
            return f"miss: {self.reason}; the task has no other entries"
        if not self.changes:
            return f"miss: {self.reason}"
        counted = (
            "the only entry differs"
            if self.entries == 1
            else (f"the nearest of {self.entries} entries differs")
        )
        width = max(len(change.component) for change in self.changes)
        lines = [f"  {change.component:<{width}}  {change.what}" for change in self.changes]
        return "\n".join([f"miss: {counted} in", *lines])


def compare(before: Recipe, after: Recipe) -> tuple[Change, ...]:
    """Name what differs between two recipes of a task, in the order of the names.

    `code` as a whole is named only if no definition in it is: then it is how they are connected.
    `secrets` are mixed with all else, and named only if all else is the same.
    """
    old = {one.name: one for one in before.components}
    new = {one.name: one for one in after.components}
    changes = [
        _change(name, old.get(name), new.get(name))
        for name in sorted(old.keys() | new.keys())
        if name not in old or name not in new or old[name].digest != new[name].digest
    ]
    detailed = any(change.component.startswith("code:") for change in changes)
    implied = {"code"} if detailed else set()
    if len(changes) > 1:
        implied.add(SECRETS)
    return tuple(change for change in changes if change.component not in implied)


def nearest(recipe: Recipe, others: Iterable[Recipe]) -> tuple[Change, ...] | None:
    """What differs from the recipe that differs least; None if there is none like it.

    Among equally near ones the first counts: give the newest first. Two functions may bear one
    name; a recipe that has less than half of its components in common is another function's.
    """
    compared = [compare(other, recipe) for other in others if _alike(other, recipe)]
    return min(compared, key=len, default=None)


def _alike(left: Recipe, right: Recipe) -> bool:
    names = [{one.name for one in recipe.components} for recipe in (left, right)]
    return 2 * len(names[0] & names[1]) >= len(names[0] | names[1])


def _change(name: str, old: Component | None, new: Component | None) -> Change:
    verb = "added" if old is None else "removed" if new is None else "changed"
    before = "" if old is None else old.shown
    after = "" if new is None else new.shown
    if before == after:
        return Change(name, verb=verb)
    return Change(name, before, after, verb)
