"""Where things lie in a store."""

from __future__ import annotations

import functools
import re

from orchestra_cache.fingerprints.digest import Digest, digest_bytes
from orchestra_cache.fingerprints.recipe import CacheKey

__all__ = [
    "blob_name",
    "check_namespace",
    "entry_name",
    "hold_name",
    "lease_name",
    "lock_name",
    "pin_name",
    "prefix_of",
    "task_prefix",
]

_SAFE = re.compile(r"[A-Za-z0-9._-]+")
_LONGEST = 120

# Windows takes these for devices, whatever follows after a dot.
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(?![^.])", re.IGNORECASE)


def entry_name(namespace: str, key: CacheKey) -> str:
    return f"{task_prefix(namespace, key.task)}{key.hex}"


@functools.lru_cache(maxsize=1024)
def task_prefix(namespace: str, task: str) -> str:
    return f"{_folder(namespace)}/entries-v1/{_folder(task)}/"


def blob_name(namespace: str, digest: Digest) -> str:
    return f"{_folder(namespace)}/blobs-v1/{digest.hex[:2]}/{digest.hex}"


def lease_name(namespace: str, key: CacheKey) -> str:
    return f"{_folder(namespace)}/leases-v1/{_folder(key.task)}/{key.digest.hex}"


def lock_name(namespace: str, key: str) -> str:
    """The lease for a key of an orchestrator's own; no task has a folder that is called so."""
    return f"{prefix_of(namespace, 'leases-v1')}locks~/{_hex(key)}"


def hold_name(namespace: str, digest: Digest) -> str:
    return f"{prefix_of(namespace, 'holds-v1')}{digest.hex[:2]}/{digest.hex}"


def pin_name(namespace: str, key: CacheKey) -> str:
    return f"{prefix_of(namespace, 'pins-v1')}{_folder(key.task)}/{key.digest.hex}"


def prefix_of(namespace: str, kind: str) -> str:
    """What the names of all objects of a kind, such as `entries-v1`, begin with."""
    return f"{_folder(namespace)}/{kind}/"


def check_namespace(namespace: str) -> bool:
    """Whether a namespace is one plain path part, so that it cannot reach into another."""
    return bool(_SAFE.fullmatch(namespace)) and namespace not in (".", "..") and len(namespace) < 64


@functools.lru_cache(maxsize=1024)
def _folder(name: str) -> str:
    """A folder for a namespace or task: readable, and never the same for two.

    Upper and lower case are the same folder on some file systems, and a dot at the end is none,
    hence the digest wherever a name is not plain lower case.
    """
    reserved = bool(_RESERVED.match(name))
    plain = bool(_SAFE.fullmatch(name)) and name == name.lower() and not name.endswith(".")
    if plain and not reserved and len(name) <= _LONGEST:
        return name
    readable = re.sub(r"[^A-Za-z0-9._-]+", "_", name)[:_LONGEST].strip("._")
    mark = "_" if _RESERVED.match(readable) else ""
    return f"{mark}{readable}~{_hex(name)[:16]}"


def _hex(text: str) -> str:
    return digest_bytes(text.encode("utf-8", "surrogatepass")).hex
