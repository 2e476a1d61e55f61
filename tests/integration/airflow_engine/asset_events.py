"""What Airflow wrote down of assets: their events, from its metadata database."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.integration.airflow_engine.runs import AIRFLOW_2

__all__ = ["events_of", "extras_of"]

_WORD = "dataset" if AIRFLOW_2 else "asset"


def extras_of(database: Path, asset: str) -> list[dict[str, Any]]:
    """The extra of each event of an asset, oldest first."""
    return [extra for extra, _ in events_of(database, asset)]


def events_of(database: Path, asset: str) -> list[tuple[dict[str, Any], str]]:
    """Extra and producing task of each event of `file:///lake/<asset>.csv`, oldest first."""
    query = (
        f"SELECT {_WORD}_event.extra, source_task_id FROM {_WORD}_event JOIN {_WORD} "
        f"ON {_WORD}.id = {_WORD}_event.{_WORD}_id WHERE uri = ? ORDER BY {_WORD}_event.id"
    )
    with closing(sqlite3.connect(database, timeout=30)) as connection:
        rows = connection.execute(query, (f"file:///lake/{asset}.csv",)).fetchall()
    return [(json.loads(extra or "{}"), task) for extra, task in rows]
