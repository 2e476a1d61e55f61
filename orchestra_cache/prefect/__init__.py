"""The cache in Prefect: a cache policy that is all a task needs."""

from __future__ import annotations

from importlib.util import find_spec

from orchestra_cache.errors import MissingExtraError

if find_spec("prefect") is None:
    raise MissingExtraError("prefect", "prefect")

from orchestra_cache.prefect.policy import FingerprintPolicy

__all__ = ["FingerprintPolicy"]
