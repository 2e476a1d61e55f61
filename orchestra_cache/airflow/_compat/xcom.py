"""The XCom base class, and settings; imports nothing else of Airflow."""

from __future__ import annotations

try:  # Airflow 3
    from airflow.sdk.bases.xcom import BaseXCom
except ImportError:
    from airflow.models.xcom import BaseXCom

__all__ = ["BaseXCom", "setting"]


def setting(name: str) -> str:
    """What Airflow's configuration says in `[orchestra_cache]`; nothing if it says nothing."""
    try:
        from airflow.sdk.configuration import conf
    except ImportError:
        from airflow.configuration import conf
    return str(conf.get("orchestra_cache", name, fallback="") or "").strip()
