"""What Airflow's own part of an operator is, and what a run of any operator can end in."""

from __future__ import annotations

import functools
from typing import Any

try:  # Airflow 3
    from airflow.sdk import DAG, BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException, TaskDeferred
except ImportError:
    from airflow.exceptions import AirflowNotFoundException, TaskDeferred
    from airflow.hooks.base import BaseHook
    from airflow.models.dag import DAG

from orchestra_cache.airflow._compat.operators import BaseOperator

__all__ = [
    "BRANCHES",
    "COMMAND",
    "COMMAND_OF_FUNCTION",
    "PYTHON_ELSEWHERE",
    "SENSOR",
    "BaseHook",
    "TaskDeferred",
    "connection",
    "is_mapped",
    "names_of_tasks",
    "own_names",
]

# By name, so that nobody has to import them: classes of which every version has one.
SENSOR = "BaseSensorOperator"
BRANCHES = "SkipMixin"
PYTHON_ELSEWHERE = "_BasePythonVirtualenvOperator"
COMMAND, COMMAND_OF_FUNCTION = "BashOperator", "_BashDecoratedOperator"


@functools.cache
def own_names() -> frozenset[str]:
    """What every operator holds because it is one."""
    return frozenset({*_held(), *dir(BaseOperator), "max_retry_delay", "_log"})


@functools.cache
def names_of_tasks() -> frozenset[str]:
    """Of that, what one task may hold otherwise than another; its log and its class are not."""
    asked = (property, functools.cached_property)
    named = {name for name in dir(BaseOperator) if isinstance(getattr(BaseOperator, name), asked)}
    found = {*_held(), *named, "default_args", "get_dag", "task_concurrency"}
    of_class = {"is_mapped", "operator_class", "operator_name", "task_type"}
    logs = {name for name in found if {"log", "logger"} & {*name.split("_")}}
    return frozenset(found - of_class - logs)


@functools.cache
def _held() -> frozenset[str]:
    # With a DAG of its own it is no task of one that is being written.
    bare = BaseOperator(task_id="bare", dag=DAG("bare", schedule=None)).prepare_for_execution()
    _ = bare.log
    return frozenset(vars(bare))


def connection(name: str) -> Any:
    """The connection of a name; None if there is none."""
    try:
        return BaseHook.get_connection(name)
    except AirflowNotFoundException:
        return None


def is_mapped(operator: Any) -> bool:
    """Whether it stands for operators that are made when it runs."""
    return hasattr(operator, "partial_kwargs")
