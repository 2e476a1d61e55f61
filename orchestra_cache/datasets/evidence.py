"""What tells that a file is what it was: its content, or the version that its store gives it."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestra_cache.datasets.base import DataVersion
from orchestra_cache.errors import DatasetError, MissingExtraError
from orchestra_cache.fingerprints.digest import Digest, Hasher

__all__ = [
    "answered",
    "is_remote",
    "local_content",
    "local_path",
    "missing",
    "opened",
    "remote_version",
    "stated",
]

_CHUNK = 1 << 22

# A file can change and keep its times: twice within one tick of a clock (2 s on FAT), or through
# mapped memory, where Linux notes the first write until the page is written back (35 s). A file
# that changed lately is read again each time.
_RACY_NANOSECONDS = 60_000_000_000

_Stamp = tuple[int, int, int, int, int]
_contents: dict[str, tuple[_Stamp, Digest]] = {}

# What fsspec's file systems call the version of an object, strongest first.
_EVIDENCE = {
    "version-id": ("VersionId", "version_id"),
    "generation": ("generation",),
    "etag": ("ETag", "etag"),
    "checksum": ("md5Hash", "checksum"),
}

# The library and the extra of this package for a scheme.
_EXTRAS = {
    **dict.fromkeys(("s3", "s3a"), ("s3fs", "s3")),
    **dict.fromkeys(("gs", "gcs"), ("gcsfs", "gcs")),
    **dict.fromkeys(("abfs", "abfss", "az"), ("adlfs", "azure")),
}


def is_remote(place: str) -> bool:
    found = re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", place)
    return found is not None and not place.startswith(("file://", "local://"))


def local_path(place: str) -> str:
    plain = place.removeprefix("file://").removeprefix("local://")
    return str(Path(plain).expanduser().absolute())


def local_content(place: str) -> Digest:
    """Digest of a local file, read again only if its times, place or size have changed.

    Raises:
        DatasetError: There is no such file.
    """
    path = local_path(place)
    try:
        before = _stamp(path)
        known = _contents.get(path)
        if known is not None and known[0] == before:
            return known[1]
        # From before the read: what changes during it must show in the times.
        settled = time.time_ns() - max(before[2], before[3]) > _RACY_NANOSECONDS
        digest = _read(path)
        if settled and before == _stamp(path):
            _contents[path] = (before, digest)
    except (OSError, ValueError) as error:
        raise missing(place, error) from error
    return digest


def _stamp(path: str) -> _Stamp:
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(f"not a regular file: {path}")
    changed = status.st_mtime_ns, status.st_ctime_ns
    return (status.st_dev, status.st_ino, *changed, status.st_size)


def _read(path: str) -> Digest:
    hasher = Hasher()
    with open(path, "rb", buffering=0) as file:
        while chunk := file.read(_CHUNK):
            hasher.update(chunk)
    return hasher.digest()


def remote_version(url: str, options: Mapping[str, Any]) -> DataVersion:
    """The strongest version that the store of a URL gives, else the digest of the content.

    Raises:
        DatasetError: There is no such object, or it cannot be reached.
    """
    return answered(*opened(url, options), url)


def answered(system: Any, path: str, url: str) -> DataVersion:
    """The same, of a file system that is open."""
    try:
        known = system.info(path)
        if known.get("type") == "directory":
            raise FileNotFoundError(url)
        return stated(url, known) or DataVersion("content", str(_streamed(system, path)))
    except Exception as error:
        # Whatever a file system raises, the answer is the same: there is no version.
        raise missing(url, error) from error


def opened(url: str, options: Mapping[str, Any]) -> tuple[Any, str]:
    """The file system of a URL, without a memory of listings, and the path in it."""
    import fsspec

    try:
        system, path = fsspec.core.url_to_fs(url, **{"use_listings_cache": False, **options})
        system.invalidate_cache()
    except ImportError as error:
        extra = _EXTRAS.get(url.partition("://")[0])
        raise MissingExtraError(*extra) if extra else missing(url, error) from error
    except Exception as error:
        raise missing(url, error) from error
    return system, path


def stated(url: str, known: Mapping[str, Any]) -> DataVersion | None:
    """The version that a store states of an object, which includes where it is."""
    for evidence, names in _EVIDENCE.items():
        found = next((known[name] for name in names if known.get(name)), None)
        if found not in (None, "null"):
            return DataVersion(evidence, f"{url}@{found}")
    return None


def _streamed(system: Any, path: str) -> Digest:
    hasher = Hasher()
    with system.open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            hasher.update(chunk)
    return hasher.digest()


def missing(place: str, error: Exception) -> DatasetError:
    reason = (
        "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be read: {error}"
    )
    return DatasetError(
        f"dataset {place} {reason}",
        "make it before the task runs, or correct it in `reads=[…]`",
    )
