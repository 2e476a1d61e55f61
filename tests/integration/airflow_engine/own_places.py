"""Places of the user's own that nobody has imported when a key is made; no name says `hook`."""

from __future__ import annotations

from tests.integration.airflow_engine.dags.kinds import BaseHook

__all__ = ["Place"]


class Place(BaseHook):
    """Is imported where it is used."""

    conn_name_attr = "place_conn_id"
    default_conn_name = "place_default"
