"""`@task.cached`: the TaskFlow decorator with a cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from orchestra_cache.airflow._compat.operators import (
    DecoratedOperator,
    PythonOperator,
    task_decorator_factory,
)
from orchestra_cache.airflow.mixins import CallableCache

__all__ = ["CachedDecoratedOperator", "cached_task"]


class CachedDecoratedOperator(CallableCache, DecoratedOperator, PythonOperator):  # type: ignore[misc]
    """What a function decorated with `@task.cached` becomes."""

    template_fields: Sequence[str] = ("templates_dict", "op_args", "op_kwargs")
    template_fields_renderers: ClassVar = {
        "templates_dict": "json",
        "op_args": "py",
        "op_kwargs": "py",
    }
    custom_operator_name = "@task.cached"

    def __init__(
        self,
        *,
        python_callable: Callable[..., Any],
        op_args: Any,
        op_kwargs: Any,
        **kwargs: Any,
    ) -> None:
        # DecoratedOperator passes on what the operator below it needs under this name.
        upstream = {
            "python_callable": python_callable,
            "op_args": op_args,
            "op_kwargs": op_kwargs,
        }
        super().__init__(kwargs_to_upstream=upstream, **upstream, **kwargs)


def cached_task(
    python_callable: Callable[..., Any] | None = None,
    multiple_outputs: bool | None = None,
    **kwargs: Any,
) -> Any:
    """Make a function a cached task: `@task.cached` or `@task.cached(cache=…, reads=…)`.

    Takes what `@task` takes, and `cache`, `reads`, `ignore`, `ttl` and `mode` as
    `CachedPythonOperator` does.
    """
    return task_decorator_factory(
        python_callable=python_callable,
        multiple_outputs=multiple_outputs,
        decorated_operator_class=CachedDecoratedOperator,
        **kwargs,
    )
