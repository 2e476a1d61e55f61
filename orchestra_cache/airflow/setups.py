"""Setup and teardown tasks, which are there for what they do: a hit would leave it undone."""

from __future__ import annotations

from typing import Any

from orchestra_cache.events import Uncached, emit

__all__ = ["said_to_be_effect"]


def said_to_be_effect(operator: Any, task: str) -> bool:
    """Whether it is one of them, which is then said."""
    if not (operator.is_setup or operator.is_teardown):
        return False
    kind = "setup" if operator.is_setup else "teardown"
    reason = f"it is a {kind} task, and those are run for what they do"
    emit(Uncached(task, "", reason, "leave it without a cache"))
    return True
