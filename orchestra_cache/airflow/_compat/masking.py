"""What Airflow masks in logs and rendered fields, which each version keeps elsewhere."""

from __future__ import annotations

from typing import Any

try:  # Airflow 3.2 and later
    from airflow.sdk._shared.secrets_masker import redact
except ImportError:
    try:
        from airflow.sdk.execution_time.secrets_masker import redact
    except ImportError:
        from airflow.utils.log.secrets_masker import redact

__all__ = ["masks"]


def masks(value: Any, name: str | None) -> bool:
    """Whether it shows a plain value otherwise than it is, because of what it knows or its name."""
    try:
        return bool(redact(value, name) != value)
    except Exception:
        # Who logs in a way of their own may have no masker: then nobody knows what is secret.
        return True
