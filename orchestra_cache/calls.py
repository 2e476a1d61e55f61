"""The quick way through one call of a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestra_cache.attempt import Attempt
from orchestra_cache.declaration import Declaration
from orchestra_cache.entries import Entries
from orchestra_cache.events import Hit, emit
from orchestra_cache.flight import Flights
from orchestra_cache.lookup import find
from orchestra_cache.policy import Policy

__all__ = ["call"]


def call(
    entries: Entries,
    declaration: Declaration,
    arguments: Mapping[str, Any],
    policy: Policy,
    flights: Flights | None,
    compute: Callable[[], Any],
) -> Any:
    """Return the result of a call: what `Attempt.run` does, with less on the way to a hit.

    Raises:
        FingerprintError, DatasetError: As `Attempt.prepare` does.
    """
    if policy.mode in ("use", "readonly"):
        recipe = declaration.recipe(arguments, secret=entries.secret)
        found = find(entries, recipe, policy)
        hit = found.outcome
        if isinstance(hit, Hit):
            emit(hit)
            return hit.value
        attempt = Attempt(entries, declaration, arguments, policy, flights=flights, recipe=recipe)
        return attempt.go_on(found, compute)
    attempt = Attempt(entries, declaration, arguments, policy, flights=flights)
    attempt.prepare(lenient=False)
    return attempt.run(compute)
