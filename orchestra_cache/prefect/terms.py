"""How a policy reads to a person: its cache and the terms that were set, and no secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from orchestra_cache.cache import Cache
from orchestra_cache.environment import name_of
from orchestra_cache.place import shown_place
from orchestra_cache.policy import Policy

if TYPE_CHECKING:
    from orchestra_cache.prefect.policy import FingerprintPolicy

__all__ = ["shown"]

_UNSET: tuple[object, ...] = (None, (), frozenset(), "reached")


def shown(policy: FingerprintPolicy, declared: Mapping[str, Any]) -> str:
    """A policy as it may be written, in one line; what has no short form is shown by its name."""
    default = Policy()
    uses = {name: getattr(policy.policy, name) for name in ("ttl", "mode", "single_flight")}
    terms = {name: held for name, held in uses.items() if held != getattr(default, name)}
    given = {**declared, "ignore": policy.ignore, "namespace": policy.namespace}
    given["context"] = None if policy.context is None else sorted(policy.context.names)
    set_ = {name: held for name, held in given.items() if held not in _UNSET} | terms
    parts = [f"{name}={_said(held)}" for name, held in sorted(set_.items())]
    cache = [] if policy.cache is None else [_place(policy.cache)]
    whole = f"FingerprintPolicy({', '.join(cache + parts)})"
    return " + ".join([whole, *map(repr, policy.others)])


def _place(cache: object) -> str:
    return repr(cache) if isinstance(cache, Cache) else repr(shown_place(str(cache)))


def _said(held: object) -> str:
    if isinstance(held, frozenset):
        return f"{{{', '.join(sorted(map(repr, held)))}}}"
    if isinstance(held, tuple):
        return f"[{', '.join(map(_one, held))}]"
    return repr(held)


def _one(thing: Any) -> str:
    if isinstance(thing, str):
        return repr(thing)
    if callable(thing):
        return name_of(thing)
    # A dataset may hold what opens it.
    name = getattr(thing, "name", getattr(thing, "__name__", ""))
    return f"{type(thing).__name__}({shown_place(name)!r})" if name else type(thing).__name__
