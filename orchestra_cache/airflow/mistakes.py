"""Where a mistake was written: Airflow shows it beside the DAG's file, and not the line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from orchestra_cache.airflow._compat.operators import current_dag
from orchestra_cache.errors import ConfigurationError

__all__ = ["named", "named_in"]


@contextmanager
def named(operator: Any) -> Iterator[None]:
    """Name the DAG and the task of a mistake in the arguments of an operator.

    Raises:
        ConfigurationError: There was one.
    """
    with named_in({"task_id": operator.task_id, "dag": operator.get_dag()}):
        yield


@contextmanager
def named_in(arguments: Mapping[str, Any]) -> Iterator[None]:
    """The same of an operator that is not made yet, by its arguments."""
    try:
        yield
    except ConfigurationError as error:
        dag = getattr(arguments.get("dag"), "dag_id", None) or current_dag()
        of = f" of DAG `{dag}`" if dag else ""
        error.message = f"task `{arguments['task_id']}`{of}: {error.message}"
        raise
