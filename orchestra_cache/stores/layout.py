"""Where things lie in a store."""

from __future__ import annotations

import re

from orchestra_cache.fingerprints.digest import Digest, digest_bytes
from orchestra_cache.fingerprints.recipe import CacheKey

__all__ = ["blob_name", "check_namespace", "entry_name", "task_prefix"]

_SAFE = re.compile(r"[A-Za-z0-9._-]+")
_LONGEST = 120


def entry_name(namespace: str, key: CacheKey) -> str:
    return f"{task_prefix(namespace, key.task)}{key.digest.hex}"


def task_prefix(namespace: str, task: str) -> str:
    return f"{namespace}/entries-v1/{_folder(task)}/"


def blob_name(namespace: str, digest: Digest) -> str:
    return f"{namespace}/blobs-v1/{digest.hex[:2]}/{digest.hex}"


def check_namespace(namespace: str) -> bool:
    """Whether a namespace is one plain path part, so that it cannot reach into another."""
    return bool(_SAFE.fullmatch(namespace)) and namespace not in (".", "..") and len(namespace) < 64


def _folder(task: str) -> str:
    """A folder name for a task: readable, and never the same for two tasks.

    Upper and lower case are the same folder on some file systems, hence the digest wherever a name
    is not plain lower case.
    """
    plain = bool(_SAFE.fullmatch(task)) and task == task.lower() and task.strip(".") != ""
    if plain and len(task) <= _LONGEST:
        return task
    readable = re.sub(r"[^A-Za-z0-9._-]+", "_", task)[:_LONGEST].strip("._")
    return f"{readable}~{digest_bytes(task.encode('utf-8', 'surrogatepass')).hex[:16]}"
