"""How operators that know no cache get one: by their class, or one by one."""

from __future__ import annotations

from typing import Any

from orchestra_cache.airflow._compat import executions as _compat
from orchestra_cache.airflow._compat import operators
from orchestra_cache.airflow.callables import CallableCache
from orchestra_cache.airflow.executions import ExecuteCache
from orchestra_cache.airflow.mistakes import named, named_in
from orchestra_cache.airflow.operands import Operands
from orchestra_cache.airflow.terms import CacheTerms
from orchestra_cache.errors import ConfigurationError

__all__ = ["cached", "enable_cache"]


def cached(operator: type, **terms: Any) -> type:
    """An operator's class with a cache: `cached(HttpOperator, cache="lake")(task_id=…)`.

    Its key is made of its class, all its arguments, and what its connections lead to.

    Args:
        terms: Those of `CallableCache`.

    Raises:
        ConfigurationError: A term cannot be meant, or this operator cannot be cached.
    """
    if not _is_operator(operator):
        raise ConfigurationError(
            f"cached is given {operator!r}, which is no class of operators",
            "give the class: `cached(HttpOperator, cache=…)`; of a task, `enable_cache(task)`",
        )
    if issubclass(operator, (CallableCache, ExecuteCache)):
        raise _has_one(operator)
    checked = CacheTerms.of(**terms)
    _check(operator)
    if issubclass(operator, operators.PythonOperator):
        return _made(operator, CallableCache, {"__init__": _constructor(terms)})
    Operands(None, operator).check(checked)
    members = {"_orchestra_cache_terms": checked, "_orchestra_cache_of": operator}
    return _made(operator, _hook(operator), members)


def enable_cache(operator: Any, **terms: Any) -> Any:
    """Give a task that is there a cache, mapped ones too; returns it.

    Args:
        terms: Those of `CallableCache`.

    Raises:
        ConfigurationError: A term cannot be meant, or this operator cannot be cached.
    """
    mapped = _compat.is_mapped(operator)
    kind = operator.operator_class if mapped else type(operator)
    place = {"task_id": operator.task_id, "dag": operator.get_dag()}
    with named_in(place):
        known = cached(kind, **terms)
    if mapped:
        operator.operator_class = known
        return operator
    operator.__class__ = known
    if isinstance(operator, CallableCache):
        # It was constructed before it had any.
        try:
            with named(operator):
                operator._orchestra_cache_take(**terms)
        except BaseException:
            operator.__class__ = kind
            raise
    return operator


def _is_operator(thing: object) -> bool:
    return isinstance(thing, type) and issubclass(thing, operators.BaseOperator)


def _hook(operator: type) -> type:
    if _compat.COMMAND not in _names(operator):
        return ExecuteCache
    from orchestra_cache.airflow.bash import CommandCache

    return CommandCache


def _made(operator: type, cache: type, members: dict[str, Any]) -> type:
    """A class that Airflow, and those who look at it, take for the operator's own."""
    names = ("__module__", "__qualname__", "__doc__")
    own = {name: getattr(operator, name) for name in names}
    return type(operator)(operator.__name__, (cache, operator), {**own, **members})


def _constructor(terms: dict[str, Any]) -> Any:
    def construct(self: Any, **kwargs: Any) -> None:
        CallableCache.__init__(self, **{**terms, **kwargs})

    return construct


def _check(operator: type) -> None:
    """See to it that what the operator does can be done again by giving its result back."""
    names = _names(operator)
    if _compat.SENSOR in names:
        why = "a sensor: it waits for what happens outside, and a hit would not"
        raise _refused(operator, why, "cache the task that follows it")
    if _compat.PYTHON_ELSEWHERE in names:
        why = "run by another Python, which is part of what it computes"
        way_out = f"write `Cached{operator.__name__}(…, cache=…)`"
        raise _refused(operator, why, way_out)
    if _compat.COMMAND_OF_FUNCTION in names:
        why = "a command that a function says when it runs"
        raise _refused(operator, why, "write it as `@task.cached_bash`")
    if issubclass(operator, operators.PythonOperator):
        if not operator.__module__.startswith("airflow."):
            why = "a `PythonOperator` of your own, of which only the callable would count"
            way_out = "write `class …(CallableCache, PythonOperator)`, and `depends_on` of the rest"
            raise _refused(operator, why, way_out)
    elif _compat.BRANCHES in names:
        why = "a branch: what it skips is no result"
        raise _refused(operator, why, "write it as `@task.cached_branch`")


def _names(operator: type) -> set[str]:
    return {kind.__name__ for kind in operator.__mro__}


def _refused(operator: type, why: str, way_out: str) -> ConfigurationError:
    return ConfigurationError(f"`{operator.__name__}` cannot be cached: it is {why}", way_out)


def _has_one(operator: type) -> ConfigurationError:
    return ConfigurationError(
        f"`{operator.__name__}` has a cache already", "give its terms where it gets it"
    )
