"""What the metadata database of a running cluster says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

__all__ = ["Database"]

_STATES = """
    SELECT task_id, map_index, state FROM task_instance
    WHERE dag_id = :dag AND run_id = :run ORDER BY task_id, map_index
"""
# Airflow writes the two one after the other, and needs both to run one.
_KNOWN = """
    SELECT 1 FROM dag JOIN serialized_dag ON serialized_dag.dag_id = dag.dag_id
    WHERE dag.dag_id = :dag
"""
_RUNS = "SELECT state FROM dag_run WHERE dag_id = :dag"


@dataclass(frozen=True)
class Database:
    """Read beside Airflow, by the URL that Airflow has of it."""

    url: str

    def knows(self, dag: str) -> bool:
        return bool(self._ask(_KNOWN, dag=dag))

    def import_errors(self) -> list[str]:
        return [str(error) for (error,) in self._ask("SELECT stacktrace FROM import_error")]

    def state(self, dag: str, run: str) -> str:
        found = self._ask(f"{_RUNS} AND run_id = :run", dag=dag, run=run)
        return "".join(str(state) for (state,) in found)

    def states_of_runs(self, dag: str) -> list[str]:
        """Of every run of a DAG."""
        return [str(state) for (state,) in self._ask(_RUNS, dag=dag)]

    def states(self, dag: str, run: str) -> Mapping[str, str]:
        """Of each task instance, by its name: `total`, or `total[0]` if it is mapped."""
        found = self._ask(_STATES, dag=dag, run=run)
        return {
            task if index < 0 else f"{task}[{index}]": str(state) for task, index, state in found
        }

    def _ask(self, query: str, **values: Any) -> Iterable[tuple[Any, ...]]:
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]
