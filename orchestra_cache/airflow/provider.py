"""What Airflow asks about this package while it starts; imports nothing."""

from __future__ import annotations

__all__ = ["get_provider_info"]


def get_provider_info() -> dict[str, object]:
    """Describe the provider in the terms of Airflow's provider schema."""
    return {
        "package-name": "orchestra-cache",
        "name": "Orchestra Cache",
        "description": "Task-output caching keyed by code, parameters and data.",
        "versions": ["0.1.0"],
        "task-decorators": [
            {"name": name, "class-name": f"orchestra_cache.airflow.decorators.{function}"}
            for name, function in (
                ("cached", "cached_task"),
                ("cached_branch", "cached_branch"),
                ("cached_short_circuit", "cached_short_circuit"),
            )
        ],
    }
