"""Tasks whose outputs travel as Refs: what is a hit loads nothing."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from prefect import Task, task
from prefect.context import TaskRunContext
from prefect.states import State, is_state_iterable

from orchestra_cache.environment import innermost, name_of
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.fingerprints.values.nodes import short_repr
from orchestra_cache.prefect.functions import called_by_engine, mark
from orchestra_cache.prefect.policy import FingerprintPolicy
from orchestra_cache.prefect.refs import load_refs
from orchestra_cache.prefect.results import AttemptStore
from orchestra_cache.prefect.unkept import Unkept
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
    handed = _as_it_is if final else _stand_in
    made = task(_wrapped(function, handed), cache_policy=policy, **terms)
    made.on_rollback(_undo)
    return made


def _check(function: Callable[..., Any], terms: dict[str, Any]) -> None:
    bare = _checked(function)
    name = name_of(bare)
    if inspect.isgeneratorfunction(bare) or inspect.isasyncgenfunction(bare):
        raise ConfigurationError(
            f"`{name}` is a generator: what it yields can be read once only", "return a list"
        )
    taken = sorted({"cache_policy", "cache_key_fn", "result_storage_key"} & terms.keys())
    if taken:
        raise ConfigurationError(
            f"`{name}` is given `{taken[0]}`, and `cached_task` has a policy of its own",
            "use `@task(cache_policy=FingerprintPolicy(…) + …)` for another one",
        )


def _checked(function: object) -> Callable[..., Any]:
    """The function that is to be a task.

    Raises:
        ConfigurationError: It is something else.
    """
    shown = f"`{getattr(function, '__qualname__', None) or short_repr(function)}`"
    if isinstance(function, Task):
        raise ConfigurationError(
            f"{shown} is a task already", "write `@cached_task` in the place of `@task`"
        )
    held = getattr(function, "__func__", function)
    if not callable(held):
        way_out = f"`@cached_task(cache={held!r})`" if isinstance(held, str) else "`@cached_task`"
        raise ConfigurationError(
            f"{shown} is not a function", f"write {way_out} above the function"
        )
    try:
        inspect.signature(held)
    except (TypeError, ValueError) as error:
        raise ConfigurationError(
            f"{shown} does not say what its parameters are", "wrap it in a function"
        ) from error
    return inspect.unwrap(held)


def _wrapped(function: Any, handed: Callable[[Any], Any]) -> Any:
    if isinstance(function, (classmethod, staticmethod)):
        return type(function)(_around(function.__func__, handed))
    return _around(function, handed)


def _around(function: Callable[..., Any], handed: Callable[[Any], Any]) -> Callable[..., Any]:
    """The function, given values where there are Refs, and with its result handed on in a way.

    So it is where its task run calls it. Whoever else calls `task.fn` calls the function itself:
    what comes of that is not the result of the run that is under way.
    """
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def around(*args: Any, **kwargs: Any) -> Any:
            with called_by_engine(around) as run:
                if run is None:
                    return await function(*args, **kwargs)
                args, kwargs = await in_thread(_given, run, args, kwargs)
                return await in_thread(handed, await function(*args, **kwargs))

    else:

        @functools.wraps(function)
        def around(*args: Any, **kwargs: Any) -> Any:
            with called_by_engine(around) as run:
                if run is None:
                    return function(*args, **kwargs)
                args, kwargs = _given(run, args, kwargs)
                return handed(function(*args, **kwargs))

    if not hasattr(function, "__name__"):
        _take_name(around, innermost(function))
    mark(around, function, hands_refs=handed is _stand_in)
    return around


def _take_name(around: Callable[..., Any], bare: Any) -> None:
    """Call a function as what it stands for: a partial and an object have no name of their own."""
    named = bare if hasattr(bare, "__name__") else type(bare)
    for attribute in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(around, attribute, getattr(named, attribute))


def _given(
    run: TaskRunContext, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if isinstance(run.result_store, AttemptStore):
        return args, kwargs
    # No policy of ours was asked: the run is not to be cached, and runs as well.
    given: dict[str, Any] = {"args": args, "kwargs": kwargs}
    load_refs(given)
    return given["args"], given["kwargs"]


def _as_it_is(value: Any) -> Any:
    return value


def _stand_in(value: Any) -> Any:
    context = TaskRunContext.get()
    store = None if context is None else context.result_store
    keeping = store.keeping if isinstance(store, AttemptStore) else Unkept()
    if isinstance(value, State) or is_state_iterable(value):
        # The engine reads it, and what it says may be that the task failed.
        keeping.decline()
        return value
    return keeping.stand_in(value)


def _undo(transaction: Any) -> None:
    if isinstance(transaction.store, AttemptStore):
        transaction.store.keeping.undo()


# Prefect says in the log that it runs a hook; this one is none of the user's.
_undo.log_on_run = False  # type: ignore[attr-defined]
