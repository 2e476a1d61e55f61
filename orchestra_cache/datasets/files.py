"""A file as a dataset: local ones by content, others by the strongest version their store gives."""

from __future__ import annotations

import os
import re
import stat
import string
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchestra_cache.datasets.base import DataVersion
from orchestra_cache.errors import ConfigurationError, DatasetError, MissingExtraError
from orchestra_cache.fingerprints.digest import Digest, Hasher

__all__ = ["File"]

_CHUNK = 1 << 22

# A file written twice within one tick of the clock can keep its times: such a file is read again.
_RACY_NANOSECONDS = 2_000_000_000

_Stamp = tuple[int, int, int, int, int]
_contents: dict[str, tuple[_Stamp, Digest]] = {}

# What fsspec's file systems call the version of an object, strongest first.
_EVIDENCE = {
    "version-id": ("VersionId", "version_id"),
    "generation": ("generation",),
    "etag": ("ETag", "etag"),
    "checksum": ("md5Hash", "crc32c", "content_settings.content_md5", "checksum"),
}


@dataclass(frozen=True)
class File:
    """One file, local or at any URL that fsspec knows.

    Args:
        url: A path or URL; `{name}` and `{name:format}` take the task's parameters.
        storage_options: What fsspec needs to reach it. Not part of any key.
    """

    url: str | os.PathLike[str]
    storage_options: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        try:
            fields = list(string.Formatter().parse(os.fspath(self.url)))
        except ValueError as error:
            raise ConfigurationError(
                f"File({os.fspath(self.url)!r}): {error}", "write a brace that is meant as `{{`"
            ) from None
        if any(name is not None and not name.isidentifier() for _, name, _, _ in fields):
            raise ConfigurationError(
                f"File({os.fspath(self.url)!r}): a placeholder is a parameter's name",
                "write `{day}` or `{day:%Y/%m}`, and a brace that is meant as `{{`",
            )

    @property
    def name(self) -> str:
        return os.fspath(self.url)

    @property
    def parameters(self) -> frozenset[str]:
        fields = string.Formatter().parse(self.name)
        return frozenset(name for _, name, _, _ in fields if name)

    def bind(self, arguments: Mapping[str, object]) -> File:
        """Put a call's arguments into the placeholders."""
        return File(_escaped(self.name.format_map(arguments)), self.storage_options)

    def version(self) -> DataVersion:
        """Take the file's version now.

        Raises:
            DatasetError: There is no such file, or it cannot be reached.
        """
        place = self.name.format_map({})
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", place) and not place.startswith("file://"):
            return _remote(place, self.storage_options)
        return DataVersion("content", str(_local(place.removeprefix("file://"))))

    def __fingerprint__(self) -> object:
        version = self.version()
        return (version.evidence, version.text)


def _escaped(place: str) -> str:
    return place.replace("{", "{{").replace("}", "}}")


def _local(place: str) -> Digest:
    path = str(Path(place).expanduser().absolute())
    try:
        before = _stamp(path)
        known = _contents.get(path)
        if known is not None and known[0] == before:
            return known[1]
        digest = _read(path)
        after = _stamp(path)
    except OSError as error:
        raise _missing(place, error) from error
    settled = time.time_ns() - max(after[2], after[3]) > _RACY_NANOSECONDS
    if settled and before == after:
        _contents[path] = (after, digest)
    return digest


def _stamp(path: str) -> _Stamp:
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):
        raise FileNotFoundError(f"not a regular file: {path}")
    changed = status.st_mtime_ns, status.st_ctime_ns
    return (status.st_dev, status.st_ino, *changed, status.st_size)


def _read(path: str) -> Digest:
    hasher = Hasher()
    with open(path, "rb", buffering=0) as file:
        while chunk := file.read(_CHUNK):
            hasher.update(chunk)
    return hasher.digest()


def _remote(url: str, options: Mapping[str, Any]) -> DataVersion:
    import fsspec

    try:
        system, path = fsspec.core.url_to_fs(url, **{"use_listings_cache": False, **options})
        system.invalidate_cache()
        known = system.info(path)
        for evidence, names in _EVIDENCE.items():
            found = next((known[name] for name in names if known.get(name)), None)
            if found not in (None, "null"):
                return DataVersion(evidence, f"{url}@{found}")
        return DataVersion("content", str(_streamed(system, path)))
    except ImportError as error:
        raise MissingExtraError(*_extra_for(url)) from error
    except Exception as error:
        # Whatever a file system raises, the answer is the same: there is no version.
        raise _missing(url, error) from error


def _streamed(system: Any, path: str) -> Digest:
    hasher = Hasher()
    with system.open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            hasher.update(chunk)
    return hasher.digest()


def _extra_for(url: str) -> tuple[str, str]:
    scheme = url.partition("://")[0]
    known = {"s3": ("s3fs", "s3"), "s3a": ("s3fs", "s3"), "gs": ("gcsfs", "gcs")}
    known |= {"gcs": ("gcsfs", "gcs"), "abfs": ("adlfs", "azure"), "az": ("adlfs", "azure")}
    return known.get(scheme, (f"the fsspec file system for {scheme}://", scheme))


def _missing(place: str, error: Exception) -> DatasetError:
    reason = (
        "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be read: {error}"
    )
    return DatasetError(
        f"dataset {place} {reason}",
        "make it before the task runs, or correct the path in `reads=[File(…)]`",
    )
