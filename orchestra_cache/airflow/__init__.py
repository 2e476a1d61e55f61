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
    from orchestra_cache.airflow.bash import CachedBashOperator, cached_bash
    from orchestra_cache.airflow.clears import run_param
    from orchestra_cache.airflow.decorators import (
        cached_branch,
        cached_external_python,
        cached_short_circuit,
        cached_task,
        cached_virtualenv,
    )
    from orchestra_cache.airflow.operators import (
        CachedBranchPythonOperator,
        CachedPythonOperator,
        CachedShortCircuitOperator,
    )
    from orchestra_cache.airflow.virtualenvs import (
        CachedExternalPythonOperator,
        CachedPythonVirtualenvOperator,
    )
    from orchestra_cache.airflow.wrapping import cached, enable_cache
    from orchestra_cache.airflow.xcom import CacheXComBackend

__all__ = [
    "CacheXComBackend",
    "CachedBashOperator",
    "CachedBranchPythonOperator",
    "CachedExternalPythonOperator",
    "CachedPythonOperator",
    "CachedPythonVirtualenvOperator",
    "CachedShortCircuitOperator",
    "cached",
    "cached_bash",
    "cached_branch",
    "cached_external_python",
    "cached_short_circuit",
    "cached_task",
    "cached_virtualenv",
    "enable_cache",
    "run_param",
]

_HOMES = {
    "CacheXComBackend": "xcom",
    "CachedBashOperator": "bash",
    "CachedBranchPythonOperator": "operators",
    "CachedExternalPythonOperator": "virtualenvs",
    "CachedPythonOperator": "operators",
    "CachedPythonVirtualenvOperator": "virtualenvs",
    "CachedShortCircuitOperator": "operators",
    "cached": "wrapping",
    "cached_bash": "bash",
    "cached_branch": "decorators",
    "cached_external_python": "decorators",
    "cached_short_circuit": "decorators",
    "cached_task": "decorators",
    "cached_virtualenv": "decorators",
    "enable_cache": "wrapping",
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
