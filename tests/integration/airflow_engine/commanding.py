"""A cached command that a process runs, and what its cache says meanwhile."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

from orchestra_cache.events import Event, Failed, Uncached, subscribe

__all__ = ["executed"]


def executed(work: Path, me: str, command: str, outputs: str) -> list[str]:
    """Run a command; returns the names of its events, with reasons."""
    from orchestra_cache import Cache
    from orchestra_cache.airflow import CachedBashOperator

    operator = CachedBashOperator(
        task_id=me,
        bash_command=command,
        env={"ME": me, "PATH": os.environ["PATH"]},
        cwd=str(work),
        outputs=[outputs],
        cache=Cache(work / "lake", trusted=True),
    )
    said: list[Event] = []
    subscribe(said.append)
    instance = SimpleNamespace(
        try_number=1,
        max_tries=0,
        dag_id="shop",
        task_id=me,
        run_id="monday",
        map_index=-1,
        xcom_push=lambda *pushed, **more: None,
    )
    outlets = SimpleNamespace(_dict={})
    operator.execute({"ti": instance, "task": operator, "outlet_events": outlets})
    # Airflow 2 has no page for an instance that is in no database.
    told = [event for event in said if not isinstance(event, Failed)]
    return [f"{type(event).__name__} {_reason(event)}".strip() for event in told]


def _reason(event: Event) -> str:
    return event.reason if isinstance(event, Uncached) else ""
