"""The function of a task, without what Ref mode puts around it, and who calls it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from prefect import Task
from prefect.context import TaskRunContext
from prefect.utilities.asyncutils import run_coro_as_sync
from prefect.utilities.callables import call_with_parameters

__all__ = ["call", "called_by_engine", "hands_refs", "mark", "original"]

# Attributes of the function around it: they travel with the task, by value, as Prefect sends it.
_MARK, _REFS = "__orchestra_cache_original__", "__orchestra_cache_refs__"

_inside: ContextVar[TaskRunContext | None] = ContextVar("orchestra_cache_inside", default=None)


def mark(around: Callable[..., Any], function: Callable[..., Any], *, hands_refs: bool) -> None:
    """Say what is inside of a function that we put around a task's own."""
    setattr(around, _MARK, function)
    setattr(around, _REFS, hands_refs)


def original(task: Task[..., Any]) -> Callable[..., Any]:
    function: Callable[..., Any] = getattr(task.fn, _MARK) if _is_marked(task.fn) else task.fn
    return function


def hands_refs(task: Task[..., Any]) -> bool:
    """Whether the results of a task are wanted as Refs, whatever its policy is."""
    return _is_marked(task.fn) and getattr(task.fn, _REFS)


def _is_marked(function: object) -> bool:
    # `wraps` copies all attributes: a decorator around it is another function.
    inside = getattr(function, _MARK, None)
    return inside is not None and getattr(function, "__wrapped__", None) is inside


def call(task: Task[..., Any], arguments: dict[str, Any]) -> Any:
    """Call it as the engine does, and wait for a coroutine."""
    answer = call_with_parameters(original(task), arguments)
    return run_coro_as_sync(answer) if inspect.iscoroutine(answer) else answer


@contextmanager
def called_by_engine(around: Callable[..., Any]) -> Iterator[TaskRunContext | None]:
    """The task run that a call of this function is made for; None if somebody else calls it.

    A task may call `other.fn`, also its own, while it runs.
    """
    context = TaskRunContext.get()
    if context is None or context.task.fn is not around or _inside.get() is context:
        yield None
        return
    token = _inside.set(context)
    try:
        yield context
    finally:
        # A coroutine may be closed in another context than it ran in.
        with suppress(ValueError):
            _inside.reset(token)
