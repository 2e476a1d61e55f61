"""The cache in Prefect: a cache policy that is all a task needs."""

from __future__ import annotations

from importlib.util import find_spec

from orchestra_cache.errors import MissingExtraError

if find_spec("prefect") is None:
    raise MissingExtraError("prefect", "prefect")

# Loading the module of a block is what makes its class known to Prefect.
from orchestra_cache.prefect.block import OrchestraStorage
from orchestra_cache.prefect.locks import LeaseLockManager
from orchestra_cache.prefect.policy import FINGERPRINT, FingerprintPolicy
from orchestra_cache.prefect.refs import TaskRef
from orchestra_cache.prefect.report import cache_report
from orchestra_cache.prefect.tasks import cached_task

__all__ = [
    "FINGERPRINT",
    "FingerprintPolicy",
    "LeaseLockManager",
    "OrchestraStorage",
    "TaskRef",
    "cache_report",
    "cached_task",
]
