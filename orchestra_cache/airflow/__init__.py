"""The cache in Airflow: operators and `@task.cached`.

Nothing here imports Airflow before a name is used: Airflow asks this package for its provider
while it is still being imported itself.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from orchestra_cache.errors import MissingExtraError

if TYPE_CHECKING:
    from orchestra_cache.airflow.clears import run_param
    from orchestra_cache.airflow.decorators import (
        cached_branch,
        cached_short_circuit,
        cached_task,
    )
    from orchestra_cache.airflow.operators import (
        CachedBranchPythonOperator,
        CachedPythonOperator,
        CachedShortCircuitOperator,
    )
    from orchestra_cache.airflow.xcom import CacheXComBackend

__all__ = [
    "CacheXComBackend",
    "CachedBranchPythonOperator",
    "CachedPythonOperator",
    "CachedShortCircuitOperator",
    "cached_branch",
    "cached_short_circuit",
    "cached_task",
    "run_param",
]

_HOMES = {
    "CacheXComBackend": "xcom",
    "CachedBranchPythonOperator": "operators",
    "CachedPythonOperator": "operators",
    "CachedShortCircuitOperator": "operators",
    "cached_branch": "decorators",
    "cached_short_circuit": "decorators",
    "cached_task": "decorators",
    "run_param": "clears",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module `orchestra_cache.airflow` has no attribute `{name}`")
    if find_spec("airflow") is None:
        raise MissingExtraError("apache-airflow", "airflow")
    return getattr(import_module(f"orchestra_cache.airflow.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
