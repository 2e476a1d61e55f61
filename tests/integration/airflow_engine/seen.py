"""What people see of a run of a DAG in Airflow's own pages and metrics, read as those read it."""

from __future__ import annotations

import importlib
import json
import os
import socket
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.integration.airflow_engine.running import dag_bag, run_command

__all__ = ["links", "run_counted", "serialized"]


def serialized(dags: Path, dag: str) -> str:
    """A DAG as Airflow stores it to show it and to see whether it changed."""
    return json.dumps(_format().to_dict(_dag(dags, dag))["dag"]["tasks"], sort_keys=True)


def links(dags: Path, dag: str) -> dict[str, str | None]:
    """Where the button of each task instance of the newest run leads, by its name."""
    from airflow.models import DagRun
    from airflow.utils.session import create_session

    shown = _format().from_dict(_format().to_dict(_dag(dags, dag)))
    with create_session() as session:
        newest = session.query(DagRun).filter_by(dag_id=dag).order_by(DagRun.id.desc()).first()
        return {
            _name(ti): shown.get_task(ti.task_id).get_extra_links(ti, "Cached from")
            for ti in newest.get_task_instances(session=session)
        }


def run_counted(dags: Path, *words: str) -> tuple[list[tuple[int, str]], list[str]]:
    """Run `airflow …`; returns what is logged, and what Airflow sends to a server for metrics."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as server:
        server.bind(("127.0.0.1", 0))
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        _send_metrics_to(server.getsockname()[1])
        lines = run_command(dags, *words)
        server.setblocking(False)
        return lines, list(iter(lambda: _received(server), ""))


def _name(ti: Any) -> str:
    return ti.task_id if ti.map_index < 0 else f"{ti.task_id}[{ti.map_index}]"


def _received(server: socket.socket) -> str:
    try:
        return server.recv(65536).decode()
    except BlockingIOError:
        return ""


def _send_metrics_to(port: int) -> None:
    os.environ["AIRFLOW__METRICS__STATSD_PORT"] = str(port)
    try:
        from airflow.sdk.observability import stats
        from airflow.sdk.observability.metrics import stats_utils
    except ImportError:
        # Airflow 2 reads its configuration when it is imported.
        importlib.reload(importlib.import_module("airflow.stats"))
        return
    # As a worker does that starts to run a task.
    stats.initialize(factory=stats_utils.get_stats_factory(), export_legacy_names=False)


def _dag(dags: Path, dag: str) -> Any:
    return dag_bag(dags).dags[dag]


def _format() -> Any:
    try:
        from airflow.serialization.serialized_objects import DagSerialization
    except ImportError:
        from airflow.serialization.serialized_objects import SerializedDAG as DagSerialization
    return DagSerialization
