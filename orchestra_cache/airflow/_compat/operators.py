"""Operators and decorators, which Airflow 2 and 3 keep in different places."""

from __future__ import annotations

import functools
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

try:  # Airflow 3
    from airflow.sdk import BaseOperator
    from airflow.sdk.bases.decorator import DecoratedOperator, task_decorator_factory
    from airflow.sdk.bases.decorator import _TaskDecorator as TaskDecorator
    from airflow.sdk.definitions.xcom_arg import PlainXComArg
    from airflow.sdk.execution_time.lazy_sequence import LazyXComSequence
except ImportError:
    from airflow.decorators.base import DecoratedOperator, task_decorator_factory
    from airflow.decorators.base import _TaskDecorator as TaskDecorator
    from airflow.models.baseoperator import BaseOperator
    from airflow.models.xcom import LazyXComSelectSequence as LazyXComSequence
    from airflow.models.xcom_arg import PlainXComArg

try:  # Airflow 3, and 2.11 with the standard provider
    from airflow.providers.standard.operators.python import (
        BranchPythonOperator,
        ExternalPythonOperator,
        PythonOperator,
        PythonVirtualenvOperator,
        ShortCircuitOperator,
    )
except ImportError:
    from airflow.operators.python import (
        BranchPythonOperator,
        ExternalPythonOperator,
        PythonOperator,
        PythonVirtualenvOperator,
        ShortCircuitOperator,
    )

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator as Operator

__all__ = [
    "BaseOperator",
    "BranchPythonOperator",
    "DecoratedOperator",
    "ExternalPythonOperator",
    "PythonOperator",
    "PythonVirtualenvOperator",
    "ShortCircuitOperator",
    "TaskDecorator",
    "active_xcom",
    "connected_indexes",
    "current_dag",
    "gathered",
    "has_onlookers",
    "has_post_execute",
    "is_mapped_over",
    "is_output",
    "task_decorator_factory",
]

# What Airflow calls of an operator before and after it executes it.
_OVERRIDDEN = (
    "_do_render_template_fields", "post_execute", "pre_execute", "render_template_fields",
)  # fmt: skip
_GIVEN = ("_post_execute_hook", "_pre_execute_hook", "map_index_template", "on_execute_callback")
_LINEAGE = tuple(f"get_openlineage_facets_on_{when}" for when in ("start", "complete", "failure"))


def active_xcom() -> type:
    """The XCom backend that this process uses."""
    try:
        from airflow.sdk.execution_time.xcom import XCom
    except ImportError:
        from airflow.models.xcom import XCom
    return XCom


def connected_indexes(operator: Any) -> list[str]:
    """URLs of package indexes that an operator names by their connections."""
    names = getattr(operator, "index_urls_from_connection_ids", None)
    if not names:
        return []
    from airflow.providers.standard.hooks.package_index import PackageIndexHook

    return [str(PackageIndexHook(name).get_connection_url()) for name in names]


def has_onlookers(operator: Any) -> bool:
    """Whether Airflow hands it to code that may look at its fields, or at the run's context.

    Callbacks are not meant that are called when it has run.
    """
    kind = type(operator)
    if any(getattr(kind, name) is not getattr(BaseOperator, name) for name in _OVERRIDDEN):
        return True
    if any(getattr(operator, name, None) for name in _GIVEN):
        return True
    return any(hasattr(kind, name) for name in _LINEAGE) and _reports_lineage()


@functools.cache
def _reports_lineage() -> bool:
    return find_spec("airflow.providers.openlineage") is not None


def has_post_execute(operator: Any) -> bool:
    """Whether somebody is handed its result right after it was executed."""
    if getattr(operator, "_post_execute_hook", None) is not None:
        return True
    return type(operator).post_execute is not BaseOperator.post_execute


def is_mapped_over(operator: Operator) -> bool:
    """Whether a downstream task is expanded over this one's output, and needs to count it."""
    return next(operator.iter_mapped_dependants(), None) is not None


def gathered(value: Any) -> Any:
    """The results of a mapped task as a list; Airflow gives a sequence that reads them late."""
    return value[:] if isinstance(value, LazyXComSequence) else value


def is_output(content: Any) -> bool:
    """Whether an argument stands for an upstream's output as it is: `make()`."""
    return isinstance(content, PlainXComArg)


def current_dag() -> str:
    """The id of the DAG that is being written, if one is."""
    try:
        from airflow.sdk.definitions._internal.contextmanager import DagContext
    except ImportError:
        from airflow.models.dag import DagContext
    dag = DagContext.get_current_dag()
    return str(dag.dag_id) if dag is not None else ""
