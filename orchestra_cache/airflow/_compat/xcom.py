"""The XCom base class; imports nothing else of Airflow."""

from __future__ import annotations

try:  # Airflow 3
    from airflow.sdk.bases.xcom import BaseXCom
except ImportError:
    from airflow.models.xcom import BaseXCom

__all__ = ["BaseXCom"]
