"""Conformance suites for stores, codecs, leases and datasets, and the oracle that they rest on.

Inherit a suite in a test module, give its fixtures, and pytest runs it. The suites need pytest;
`identical` does not.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestra_cache.testing.codecs import CodecTests
    from orchestra_cache.testing.datasets import DatasetTests
    from orchestra_cache.testing.identity import identical
    from orchestra_cache.testing.leases import LeaseTests
    from orchestra_cache.testing.stores import StoreTests

__all__ = ["CodecTests", "DatasetTests", "LeaseTests", "StoreTests", "identical"]

_HOMES = {
    "CodecTests": "codecs",
    "DatasetTests": "datasets",
    "LeaseTests": "leases",
    "StoreTests": "stores",
    "identical": "identity",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module `orchestra_cache.testing` has no attribute `{name}`")
    return getattr(import_module(f"orchestra_cache.testing.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
