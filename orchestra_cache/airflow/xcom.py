"""An XCom backend that keeps large values out of the metadata database.

What a cached task returns stays where the cache has it, and what any other task pushes goes to the
store if it is large: the row says where it is. A cached task that receives it is given a Ref, and
reads the value only if it runs; any other task is given the value. Set
`[core] xcom_backend = orchestra_cache.airflow.xcom.CacheXComBackend`.
"""

from __future__ import annotations

from typing import Any

from orchestra_cache.airflow._compat.xcom import BaseXCom
from orchestra_cache.airflow.refs import MARK, wants_refs

__all__ = ["CacheXComBackend"]

# Airflow imports this module while it is still being imported itself, and in processes that read no
# value: what knows the store is imported when there is one to write or to read.


class CacheXComBackend(BaseXCom):  # type: ignore[misc]
    """Rows of large values say where they are; all others are Airflow's own."""

    # Airflow 2 leaves out what it does not find among the parameters.
    @staticmethod
    def serialize_value(
        value: Any,
        *,
        key: str | None = None,
        task_id: str | None = None,
        dag_id: str | None = None,
        run_id: str | None = None,
        map_index: int | None = None,
    ) -> Any:
        from orchestra_cache.airflow.pushes import Push, row_for

        push = Push(key, task_id, dag_id, run_id, map_index)
        row = row_for(value, push)
        return BaseXCom.serialize_value(row, **push._asdict())

    @staticmethod
    def deserialize_value(result: Any) -> Any:
        value = BaseXCom.deserialize_value(result)
        if type(value) is not dict or MARK not in value:
            return value
        from orchestra_cache.airflow.pulls import read_row

        return read_row(value, as_ref=wants_refs.get())

    @staticmethod
    def purge(xcom: Any, *_: Any) -> None:
        """Let go of what a row holds; the bytes go when nothing else refers to them."""
        from orchestra_cache.airflow.pulls import let_go

        let_go(xcom.value)
