"""The plain containers that templates are rendered into: which Refs are in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orchestra_cache.ref import Ref

__all__ = ["changed", "has_refs"]

_PLAIN = frozenset({dict, list, set, tuple})


def changed(value: Any, change: Callable[[Any], Any]) -> Any:
    """Change what is in the plain containers that templates are rendered into."""
    if type(value) in (list, tuple, set):
        return type(value)(changed(part, change) for part in value)
    if type(value) is dict:
        return {name: changed(part, change) for name, part in value.items()}
    return change(value)


def has_refs(value: Any) -> bool:
    """Whether `changed` would find a Ref; of a million numbers only the types are looked at."""
    todo: list[Any] = [(value,)]
    seen: set[int] = set()
    while todo:
        parts = todo.pop()
        parts = parts.values() if type(parts) is dict else parts
        kinds = set(map(type, parts))
        if any(issubclass(kind, Ref) for kind in kinds):
            return True
        if not kinds.isdisjoint(_PLAIN):
            found = [part for part in parts if type(part) in _PLAIN and id(part) not in seen]
            seen.update(map(id, found))
            todo += found
    return False
