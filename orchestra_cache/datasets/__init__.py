"""Things a task reads besides its parameters, each with a version that can be taken now."""

from __future__ import annotations

from orchestra_cache.datasets.base import Dataset, DataVersion
from orchestra_cache.datasets.files import File

__all__ = ["DataVersion", "Dataset", "File"]
