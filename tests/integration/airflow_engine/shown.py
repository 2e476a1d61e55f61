"""What people see of an XCom in Airflow's own pages, read as those read it."""

from __future__ import annotations

from typing import Any

__all__ = ["shown"]


def shown(dag: str, task: str) -> Any:
    """The newest result of a task, as Airflow shows it."""
    from airflow.models import DagRun
    from airflow.utils.session import create_session

    with create_session() as session:
        newest = session.query(DagRun).filter_by(dag_id=dag).order_by(DagRun.id.desc()).first()
        return _of_run(dag, newest.run_id, task, session)


def _of_run(dag: str, run: str, task: str, session: Any) -> Any:
    try:
        from airflow.api_fastapi.core_api.routes.public.xcom import get_xcom_entry
    except ImportError:
        from airflow.models.xcom import XCom

        return XCom.get_many(run_id=run, dag_ids=dag, task_ids=task, session=session).first().value
    place = {"dag_id": dag, "task_id": task, "dag_run_id": run, "xcom_key": "return_value"}
    return get_xcom_entry(**place, session=session, deserialize=True, stringify=False).value
