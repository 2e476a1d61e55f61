"""Task-output caching for Prefect, Airflow and plain Python.

The public names, loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestra_cache.cache import Cache
    from orchestra_cache.fingerprints import Digest, fingerprint, fingerprint_code
    from orchestra_cache.policy import Policy
    from orchestra_cache.ref import Ref

__all__ = ["Cache", "Digest", "Policy", "Ref", "fingerprint", "fingerprint_code"]

_HOMES = {
    "Cache": "cache",
    "Digest": "fingerprints",
    "Policy": "policy",
    "Ref": "ref",
    "fingerprint": "fingerprints",
    "fingerprint_code": "fingerprints",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module `orchestra_cache` has no attribute `{name}`")
    return getattr(import_module(f"orchestra_cache.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
