"""Operators whose result is looked up before they run."""

from __future__ import annotations

from orchestra_cache.airflow._compat.operators import (
    BranchPythonOperator,
    PythonOperator,
    ShortCircuitOperator,
)
from orchestra_cache.airflow.callables import CallableCache

__all__ = ["CachedBranchPythonOperator", "CachedPythonOperator", "CachedShortCircuitOperator"]


class CachedPythonOperator(CallableCache, PythonOperator):  # type: ignore[misc]
    """A `PythonOperator` with a cache: `CachedPythonOperator(…, cache="lake")`."""


class CachedBranchPythonOperator(CallableCache, BranchPythonOperator):  # type: ignore[misc]
    """A `BranchPythonOperator` with a cache; a hit takes the branch that was taken then."""


class CachedShortCircuitOperator(CallableCache, ShortCircuitOperator):  # type: ignore[misc]
    """A `ShortCircuitOperator` with a cache; a hit skips what was skipped then."""
