"""Where a mistake was written: Airflow shows it beside the DAG's file, and not the line."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any

from orchestra_cache.airflow._compat.operators import current_dag
from orchestra_cache.errors import ConfigurationError

__all__ = ["named", "named_in"]


class named_in:  # noqa: N801 - it is written as a function is: `with named_in(arguments):`
    """Name the DAG and the task of a mistake in the arguments of an operator that is not made yet.

    Raises:
        ConfigurationError: There was one.
    """

    __slots__ = ("_arguments",)

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        self._arguments = arguments

    def __enter__(self) -> None:
        """Nothing is asked as long as there is no mistake: this is around every task of a DAG."""

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        if isinstance(error, ConfigurationError):
            dag = getattr(self._dag(), "dag_id", None) or current_dag()
            of = f" of DAG `{dag}`" if dag else ""
            error.message = f"task `{self._task()}`{of}: {error.message}"

    def _task(self) -> object:
        return self._arguments["task_id"]

    def _dag(self) -> object:
        return self._arguments.get("dag")


class named(named_in):  # noqa: N801
    """The same of an operator that is there."""

    __slots__ = ("_operator",)

    def __init__(self, operator: Any) -> None:
        self._operator = operator

    def _task(self) -> object:
        return self._operator.task_id

    def _dag(self) -> object:
        return self._operator.get_dag()
