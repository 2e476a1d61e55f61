"""The function of a task, without what Ref mode puts around it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prefect import Task
from prefect.utilities.callables import call_with_parameters

__all__ = ["call", "mark", "original"]

# An attribute of the function around it: it travels with the task, by value, as Prefect sends it.
_MARK = "__orchestra_cache_original__"


def mark(around: Callable[..., Any], function: Callable[..., Any]) -> None:
    """Say what is inside of a function that we put around a task's own."""
    setattr(around, _MARK, function)


def original(task: Task[..., Any]) -> Callable[..., Any]:
    function: Callable[..., Any] = getattr(task.fn, _MARK, task.fn)
    return function


def call(task: Task[..., Any], arguments: dict[str, Any]) -> Any:
    """Call it as the engine does."""
    return call_with_parameters(original(task), arguments)
