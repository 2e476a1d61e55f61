"""Things a task reads besides its parameters, each with a version that can be taken now."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from orchestra_cache.datasets.base import Dataset, DataVersion

if TYPE_CHECKING:
    from orchestra_cache.datasets.files import File
    from orchestra_cache.datasets.folders import Folder
    from orchestra_cache.datasets.queries import Query
    from orchestra_cache.datasets.surroundings import Environment, Every, Package, Told
    from orchestra_cache.datasets.tables import DeltaTable, IcebergTable
    from orchestra_cache.datasets.web import Http

__all__ = [
    "DataVersion",
    "Dataset",
    "DeltaTable",
    "Environment",
    "Every",
    "File",
    "Folder",
    "Http",
    "IcebergTable",
    "Package",
    "Query",
    "Told",
]

_HOMES = {
    "DeltaTable": "tables",
    "Environment": "surroundings",
    "Every": "surroundings",
    "File": "files",
    "Folder": "folders",
    "Http": "web",
    "IcebergTable": "tables",
    "Package": "surroundings",
    "Query": "queries",
    "Told": "surroundings",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module `orchestra_cache.datasets` has no attribute `{name}`")
    return getattr(import_module(f"orchestra_cache.datasets.{_HOMES[name]}"), name)
