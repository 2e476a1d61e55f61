"""What an event says, as plain values that JSON and any database can hold."""

from __future__ import annotations

from typing import Any

from orchestra_cache.errors import OrchestraCacheError
from orchestra_cache.events import Event, Failed, Hit, Miss, Published, Uncached

__all__ = ["clean", "details"]

_LONGEST = 500
_MOST_CHANGES = 20


def details(event: Event) -> dict[str, Any]:
    """The fields of an event that its kind adds; texts are shortened, and so are lists."""
    if isinstance(event, Hit):
        return {
            "created": event.created.isoformat(),
            "producer": clean(event.producer),
            "saved_seconds": event.saved.total_seconds(),
        }
    if isinstance(event, Miss):
        return {"reason": clean(event.reason), **_changes(event)}
    if isinstance(event, Published):
        return {"size": event.size, "codec": event.codec, "seconds": event.seconds}
    if isinstance(event, Uncached):
        return {"reason": clean(event.reason), "hint": clean(event.hint)}
    if isinstance(event, Failed):
        return {"operation": event.operation, "error": clean(_in_short(event.error))}
    return {}


def clean(text: str) -> str:
    """Not too long, and without what JSON or a database cannot hold."""
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST - 1]}…"
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "replace").decode().replace("\0", "�")


def _changes(miss: Miss) -> dict[str, Any]:
    changes = [
        {
            "component": clean(change.component),
            "before": clean(change.before),
            "after": clean(change.after),
            "what": change.verb,
        }
        for change in miss.changes[:_MOST_CHANGES]
    ]
    return {"changes": changes, "more_changes": len(miss.changes) - len(changes)}


def _in_short(error: Exception) -> str:
    if isinstance(error, OrchestraCacheError):
        return error.message
    return f"{type(error).__name__}: {error}"
