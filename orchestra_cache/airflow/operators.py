"""Operators whose result is looked up before they run."""

from __future__ import annotations

from orchestra_cache.airflow._compat.operators import PythonOperator
from orchestra_cache.airflow.mixins import CallableCache

__all__ = ["CachedPythonOperator"]


class CachedPythonOperator(CallableCache, PythonOperator):  # type: ignore[misc]
    """A `PythonOperator` with a cache: `CachedPythonOperator(…, cache="lake")`."""
