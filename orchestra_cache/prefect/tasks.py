"""Tasks whose outputs travel as Refs: what is a hit loads nothing."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from prefect import Task, task
from prefect.context import TaskRunContext

from orchestra_cache.errors import ConfigurationError
from orchestra_cache.prefect.functions import mark
from orchestra_cache.prefect.policy import FingerprintPolicy
from orchestra_cache.prefect.refs import TaskRef
from orchestra_cache.prefect.results import AttemptStore
from orchestra_cache.settings import CacheLike
from orchestra_cache.threads import in_thread

__all__ = ["cached_task"]

_TERMS = frozenset(inspect.signature(FingerprintPolicy).parameters) - {"cache"}


def cached_task(
    function: Callable[..., Any] | None = None,
    /,
    *,
    cache: CacheLike = None,
    final: bool = False,
    **terms: Any,
) -> Any:
    """Make a task whose output is handed on as a `TaskRef`: `@cached_task`, or with terms.

    The tasks after it that have one of our policies are given the value, if they run; a task that
    is a hit loads nothing. Its key is the same as if it was given the value, so that what follows
    a task that ran again, to an equal output, stays a hit. Other tasks, and the code of a flow,
    call `.load()`.

    Args:
        cache: As in `FingerprintPolicy`.
        final: Hand out the value itself: no task comes after this one.
        terms: Those of `FingerprintPolicy` and of Prefect's `task`. `version` is one of both.

    Raises:
        ConfigurationError: The function is a generator, or the terms do not go together.
    """
    if function is None:
        return functools.partial(cached_task, cache=cache, final=final, **terms)
    _check(function, terms)
    ours = {name: terms.pop(name) for name in _TERMS & terms.keys()}
    if "version" in ours:
        # To Prefect it is a label, to be seen with the task's runs.
        terms["version"] = ours["version"]
    policy = FingerprintPolicy(cache, **ours)
    if final:
        return task(function, cache_policy=policy, **terms)
    policy.refs = True
    hooks = [_undo, *(terms.pop("on_rollback", None) or ())]
    return task(_handing_refs(function), cache_policy=policy, on_rollback=hooks, **terms)


def _check(function: Callable[..., Any], terms: dict[str, Any]) -> None:
    name = getattr(function, "__qualname__", repr(function))
    if isinstance(function, Task):
        raise ConfigurationError(
            f"`{name}` is a task already", "write `@cached_task` in the place of `@task`"
        )
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise ConfigurationError(
            f"`{name}` is a generator: what it yields can be read once only", "return a list"
        )
    taken = sorted({"cache_policy", "cache_key_fn", "result_storage_key"} & terms.keys())
    if taken:
        raise ConfigurationError(
            f"`{name}` is given `{taken[0]}`, and `cached_task` has a policy of its own",
            "use `@task(cache_policy=FingerprintPolicy(…) + …)` for another one",
        )


def _handing_refs(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with its result kept and a Ref to it in its place."""
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def around(*args: Any, **kwargs: Any) -> TaskRef:
            return await in_thread(_stand_in, await function(*args, **kwargs))

    else:

        @functools.wraps(function)
        def around(*args: Any, **kwargs: Any) -> TaskRef:
            return _stand_in(function(*args, **kwargs))

    mark(around, function)
    return around


def _stand_in(value: Any) -> TaskRef:
    context = TaskRunContext.get()
    store = None if context is None else context.result_store
    return store.keeping.stand_in(value) if isinstance(store, AttemptStore) else TaskRef(value)


def _undo(transaction: Any) -> None:
    if isinstance(transaction.store, AttemptStore):
        transaction.store.keeping.undo()


# Prefect says in the log that it runs a hook; this one is none of the user's.
_undo.log_on_run = False  # type: ignore[attr-defined]
