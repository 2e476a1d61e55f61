"""`@task.cached` and its like: the TaskFlow decorators with a cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar

from orchestra_cache.airflow._compat.operators import (
    BranchPythonOperator,
    DecoratedOperator,
    ExternalPythonOperator,
    PythonOperator,
    PythonVirtualenvOperator,
    ShortCircuitOperator,
    TaskDecorator,
    task_decorator_factory,
)
from orchestra_cache.airflow.callables import CallableCache
from orchestra_cache.airflow.mistakes import named_in
from orchestra_cache.airflow.terms import checked
from orchestra_cache.airflow.virtualenvs import ExternalPythonCache, VirtualenvCache

__all__ = [
    "CachedDecoratedOperator",
    "cached_branch",
    "cached_external_python",
    "cached_short_circuit",
    "cached_task",
    "cached_virtualenv",
]


class CachedDecoratedOperator(CallableCache, DecoratedOperator, PythonOperator):  # type: ignore[misc]
    """What a function decorated with `@task.cached` becomes."""

    template_fields: Sequence[str] = ("templates_dict", "op_args", "op_kwargs")
    template_fields_renderers: ClassVar = {
        "templates_dict": "json",
        "op_args": "py",
        "op_kwargs": "py",
    }
    custom_operator_name = "@task.cached"

    # No constructor of its own: around each one Airflow puts some 25 µs.
    def _orchestra_cache_upstream(self, arguments: dict[str, Any]) -> dict[str, Any]:
        # DecoratedOperator passes on what the operator below it needs under this name.
        names = ("python_callable", "op_args", "op_kwargs")
        upstream = {name: arguments[name] for name in names if name in arguments}
        return {**arguments, "kwargs_to_upstream": upstream}


class _CachedBranch(CachedDecoratedOperator, BranchPythonOperator):  # type: ignore[misc]
    custom_operator_name = "@task.cached_branch"


class _CachedShortCircuit(CachedDecoratedOperator, ShortCircuitOperator):  # type: ignore[misc]
    custom_operator_name = "@task.cached_short_circuit"


class _CachedVirtualenv(VirtualenvCache, CachedDecoratedOperator, PythonVirtualenvOperator):  # type: ignore[misc]
    template_fields = PythonVirtualenvOperator.template_fields
    custom_operator_name = "@task.cached_virtualenv"


class _CachedExternalPython(ExternalPythonCache, CachedDecoratedOperator, ExternalPythonOperator):  # type: ignore[misc]
    template_fields = ExternalPythonOperator.template_fields
    custom_operator_name = "@task.cached_external_python"


def cached_task(
    python_callable: Callable[..., Any] | None = None,
    multiple_outputs: bool | None = None,
    **kwargs: Any,
) -> Any:
    """Make a function a cached task: `@task.cached` or `@task.cached(cache=…, reads=…)`.

    Takes what `@task` takes, and the terms of `CallableCache`.

    Raises:
        ConfigurationError: A term cannot be meant: the DAG does not import.
    """
    return _decorated(CachedDecoratedOperator, python_callable, multiple_outputs, kwargs)


def cached_branch(
    python_callable: Callable[..., Any] | None = None,
    multiple_outputs: bool | None = None,
    **kwargs: Any,
) -> Any:
    """`@task.branch` with a cache; the terms are those of `cached_task`."""
    return _decorated(_CachedBranch, python_callable, multiple_outputs, kwargs)


def cached_short_circuit(
    python_callable: Callable[..., Any] | None = None,
    multiple_outputs: bool | None = None,
    **kwargs: Any,
) -> Any:
    """`@task.short_circuit` with a cache; the terms are those of `cached_task`."""
    return _decorated(_CachedShortCircuit, python_callable, multiple_outputs, kwargs)


def cached_virtualenv(
    python_callable: Callable[..., Any] | None = None,
    multiple_outputs: bool | None = None,
    **kwargs: Any,
) -> Any:
    """`@task.virtualenv` with a cache; the terms are those of `cached_task`."""
    return _decorated(_CachedVirtualenv, python_callable, multiple_outputs, kwargs)


def cached_external_python(
    python_callable: Callable[..., Any] | None = None,
    multiple_outputs: bool | None = None,
    **kwargs: Any,
) -> Any:
    """`@task.external_python` with a cache; the terms are those of `cached_task`."""
    return _decorated(_CachedExternalPython, python_callable, multiple_outputs, kwargs)


def _decorated(
    operator: type,
    function: Callable[..., Any] | None,
    multiple_outputs: bool | None,
    kwargs: dict[str, Any],
) -> Any:
    if function is None:
        return partial(_decorated, operator, multiple_outputs=multiple_outputs, kwargs=kwargs)
    made = task_decorator_factory(
        python_callable=function,
        multiple_outputs=multiple_outputs,
        decorated_operator_class=operator,
        **kwargs,
    )
    made.__class__ = _CachedFunction
    return made


class _CachedFunction(TaskDecorator):  # type: ignore[misc]
    """What `@task.cached` makes of a function; called, it makes an operator."""

    def _expand(self, *args: Any, **kwargs: Any) -> Any:
        # A task that is mapped is made when it runs: too late to say what is wrong.
        with named_in(self.kwargs):
            checked(self.function, self.kwargs)
        return super()._expand(*args, **kwargs)
