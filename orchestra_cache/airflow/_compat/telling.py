"""Where a person sees in Airflow what happened to a task, in either version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

try:  # Airflow 3
    from airflow.sdk import BaseOperatorLink
    from airflow.sdk.configuration import conf
    from airflow.sdk.execution_time import task_runner as _worker
except ImportError:
    from airflow.configuration import conf
    from airflow.models.baseoperatorlink import BaseOperatorLink

    _worker = None

__all__ = ["BaseOperatorLink", "pulled", "show_fields", "shows_changes", "stats", "task_url"]


def stats() -> Any:
    """Airflow's metrics."""
    try:
        from airflow.sdk.observability.stats import Stats
    except ImportError:
        from airflow.stats import Stats
    return Stats


def shows_changes(operator: Any) -> bool:
    """Whether Airflow shows of an operator what it has made of its templated fields."""
    # Airflow 2 does of none.
    asked = getattr(operator, "overwrite_rtif_after_execution", False)
    return _worker is not None and bool(asked)


def show_fields(operator: Any, context: Mapping[str, Any]) -> None:
    """Show the templated fields of an operator as they are by now, and not as it began."""
    if _worker is not None:
        fields = _worker._serialize_rendered_fields(operator)
        _worker.SUPERVISOR_COMMS.send(_worker.SetRenderedFields(rendered_fields=fields))
        return
    from airflow.models.renderedtifields import get_serialized_template_fields
    from airflow.models.taskinstance import _update_rtif

    fields = get_serialized_template_fields(task=operator)
    _update_rtif(ti=context["ti"], rendered_fields=fields)


def pulled(ti_key: Any, key: str) -> object:
    """An XCom of a task instance, where links are made outside of the worker; else None."""
    if _worker is not None:
        return None
    from airflow.models.xcom import XCom

    return XCom.get_value(ti_key=ti_key, key=key)


def task_url(dag: str, run: str, task: str, index: int) -> str:
    """The page of a task instance; the index is negative if it is not mapped."""
    if _worker is not None:
        base = conf.get("api", "base_url", fallback="") or ""
        mapped = f"/mapped/{index}" if index >= 0 else ""
        path = f"/dags/{quote(dag, '')}/runs/{quote(run, '')}/tasks/{quote(task, '')}{mapped}"
        return base.rstrip("/") + path
    base = conf.get("webserver", "base_url", fallback="") or ""
    asked = {"dag_run_id": run, "task_id": task, "tab": "details"}
    if index >= 0:
        asked["map_index"] = str(index)
    return f"{base.rstrip('/')}/dags/{quote(dag, '')}/grid?{urlencode(asked)}"
