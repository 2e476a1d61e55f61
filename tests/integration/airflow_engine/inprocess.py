"""Tasks of Airflow 3 run in this process, without a database: their server is a dict."""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

__all__ = ["Worker", "asked_again"]

_RUN = {
    "run_id": "run",
    "logical_date": "2026-01-01T00:00:00Z",
    "start_date": "2026-01-01T00:00:00Z",
    "run_type": "manual",
    "run_after": "2026-01-01T00:00:00Z",
    "data_interval_start": "2026-01-01T00:00:00Z",
    "data_interval_end": "2026-01-01T00:00:00Z",
    "end_date": None,
    "state": "running",
    "partition_key": None,
    "consumed_asset_events": [],
}
_CONTEXT = {"max_tries": 0, "should_retry": False}


@dataclass
class Worker:
    """Runs task instances of one DAG as a worker does that has imported everything.

    Attributes:
        rows: What XCom holds, as stored, by task, key and index.
        asked: What the server was asked about XCom, in order: the method and the end of the path.
    """

    dag: Any
    rows: dict[tuple[str, str, int], Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def run(self, task_id: str, map_index: int = -1) -> Any:
        """Run one task; returns its row, as stored.

        Raises:
            RuntimeError: It did not succeed.
        """
        from airflow.sdk.api.datamodels._generated import TaskInstance
        from airflow.sdk.execution_time.supervisor import run_task_in_process

        instance = TaskInstance(
            id=uuid.uuid4(),
            dag_version_id=uuid.uuid4(),
            dag_id=self.dag.dag_id,
            task_id=task_id,
            run_id="run",
            try_number=1,
            map_index=map_index,
        )
        task = self.dag.get_task(task_id)
        result = run_task_in_process(instance, task, client=self._client)
        if result.state.value != "success":
            raise RuntimeError(f"{task_id}: {result.state}") from result.error
        return self.rows.get((task_id, "return_value", map_index))

    @property
    def _client(self) -> Any:
        import httpx
        from airflow.sdk.api.client import Client

        transport = httpx.MockTransport(lambda request: httpx.Response(**self._answer(request)))
        return Client(base_url=None, dry_run=True, token="", transport=transport)

    def _answer(self, request: Any) -> dict[str, Any]:
        path = request.url.path.strip("/").split("/")
        if path[0] == "xcoms":
            self.asked.append(f"{request.method} {'/'.join(path[3:])}")
            return _XCOM[request.method](self, path[3:], request)
        if path[-1] == "run":
            return _ok({"dag_run": {"dag_id": self.dag.dag_id, **_RUN}, **_CONTEXT})
        return _ok({"ok": True})

    def _get(self, path: list[str], request: Any) -> dict[str, Any]:
        if path[-1] == "slice":
            return _ok([self.rows[place] for place in self._places(path)])
        if path[-2] == "item":
            places = self._places(path[:-1])
            found = places[int(path[-1]) :][:1]
        else:
            index = int(request.url.params.get("map_index", -1))
            found = [place for place in self._places([*path, ""]) if place[2] == index]
        if not found:
            return {"status_code": 404, "json": {"detail": {"reason": "not_found"}}}
        value = self.rows[found[0]]
        return _ok(value if path[-2] == "item" else {"key": path[1], "value": value})

    def _places(self, path: list[str]) -> list[tuple[str, str, int]]:
        return sorted(place for place in self.rows if place[:2] == (path[0], path[1]))

    def _set(self, path: list[str], request: Any) -> dict[str, Any]:
        index = int(request.url.params.get("map_index", -1))
        self.rows[path[0], path[1], index] = json.loads(request.content)
        return _ok({"message": "set"})

    def _count(self, path: list[str], request: Any) -> dict[str, Any]:
        count = len(self._places([*path, ""]))
        return {"status_code": 200, "headers": {"content-range": f"map_indexes {count}"}}


def _ok(body: Any) -> dict[str, Any]:
    return {"status_code": 200, "json": body}


_XCOM: dict[str, Callable[..., dict[str, Any]]] = {
    "GET": Worker._get,
    "HEAD": Worker._count,
    "POST": Worker._set,
}


def asked_again(folder: str, module: str, dag: str, tasks: list[tuple[str, int]]) -> list[str]:
    """Run tasks in their order, then the last one again; returns what it asked XCom then."""
    sys.path.append(folder)
    worker = Worker(getattr(import_module(module), dag)())
    for task_id, map_index in [*tasks, tasks[-1]]:
        worker.asked.clear()
        worker.run(task_id, map_index)
    return worker.asked
