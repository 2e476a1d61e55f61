"""Hooks of the user's own, in a module that nobody has imported when a key is made."""

from __future__ import annotations

from tests.integration.airflow_engine.dags.kinds import BaseHook

__all__ = ["LateHook"]


class LateHook(BaseHook):
    """Is imported where it is used."""

    conn_name_attr = "late_conn_id"
    default_conn_name = "late_default"
