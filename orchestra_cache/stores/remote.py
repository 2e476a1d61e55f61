"""A store on any file system that fsspec knows."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from orchestra_cache.errors import MissingExtraError, StoreError
from orchestra_cache.stores.base import Buffer, Listed, Stored, version_of

__all__ = ["RemoteStore"]

_CONFLICT = (409, 412)


class RemoteStore:
    """Objects below a URL.

    Args:
        declared_trusted: The user says that only trusted parties can write there.
        options: Credentials, endpoints and the like, as fsspec takes them.
    """

    local = False

    def __init__(
        self, url: str, *, declared_trusted: bool = False, options: Mapping[str, Any] | None = None
    ) -> None:
        self.url = url.rstrip("/")
        self.trusted = declared_trusted
        self._options = dict(options or {})
        self._opened: tuple[int, Any, str] | None = None
        # fsspec's memory file system checks and writes in two steps.
        self._lock = threading.Lock()

    def get(self, name: str) -> Stored | None:
        system, path = self._place(name)
        try:
            # s3fs asks for the size first unless it may use one request only.
            extra = {"max_concurrency": 1} if _is_s3(system) else {}
            return Stored(memoryview(system.cat_file(path, **extra)))
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except Exception as error:
            raise self._failed("read", error) from error

    def put(self, name: str, pieces: Sequence[Buffer]) -> bool:
        return self.exchange(name, b"".join(pieces), version=None) is not None

    def exchange(self, name: str, data: Buffer, *, version: str | None) -> str | None:
        system, path = self._place(name)
        content = bytes(data)
        try:
            if version is None:
                wrote = self._create(system, path, content)
            else:
                wrote = self._replace(system, path, content, version)
        except StoreError:
            raise
        except Exception as error:
            raise self._failed("write to", error) from error
        return version_of(content) if wrote else None

    def size(self, name: str) -> int | None:
        system, path = self._place(name)
        try:
            return int(system.info(path)["size"])
        except (FileNotFoundError, NotADirectoryError):
            return None
        except Exception as error:
            raise self._failed("read", error) from error

    def delete(self, name: str, *, version: str | None = None) -> bool:
        system, path = self._place(name)
        try:
            if version is not None:
                found = self.get(name)
                if found is not None and found.version != version:
                    return False
            system.rm_file(path)
        except FileNotFoundError:
            return True
        except StoreError:
            raise
        except Exception as error:
            raise self._failed("delete from", error) from error
        return True

    def iter(self, prefix: str) -> Iterator[Listed]:
        system, root = self._place("")
        folder = f"{root.rstrip('/')}/{prefix.rpartition('/')[0]}"
        try:
            found = system.find(folder, detail=True)
        except FileNotFoundError:
            return
        except Exception as error:
            raise self._failed("list", error) from error
        for path, known in found.items():
            name = path.removeprefix(root).lstrip("/")
            if name.startswith(prefix):
                yield Listed(name, int(known["size"]), _modified(known))

    def _create(self, system: Any, path: str, data: bytes) -> bool:
        try:
            with self._lock:
                system.pipe_file(path, data, mode="create")
        except FileExistsError:
            return False
        except OSError as error:
            if _refused(error):
                return False
            raise
        return True

    def _replace(self, system: Any, path: str, data: bytes, replaces: str) -> bool:
        with self._lock:
            try:
                # The tag before the content: whatever comes between makes the write fail.
                tag = system.info(path).get("ETag")
                present = version_of(system.cat_file(path))
            except FileNotFoundError:
                return False
            if present != replaces:
                return False
            condition = {"IfMatch": tag} if _is_s3(system) and tag else {}
            try:
                system.pipe_file(path, data, **condition)
            except OSError as error:
                if _refused(error):
                    return False
                raise
        return True

    def _place(self, name: str) -> tuple[Any, str]:
        system, root = self._system()
        return system, f"{root.rstrip('/')}/{name}"

    def _system(self) -> tuple[Any, str]:
        """Open the file system once per process: sessions and threads do not survive a fork."""
        if self._opened is None or self._opened[0] != os.getpid():
            import fsspec

            options = {"use_listings_cache": False, "skip_instance_cache": True, **self._options}
            try:
                system, root = fsspec.core.url_to_fs(self.url, **options)
            except ImportError as error:
                scheme = self.url.partition("://")[0]
                raise MissingExtraError(f"the fsspec file system for {scheme}", scheme) from error
            except Exception as error:
                raise self._failed("open", error) from error
            self._opened = (os.getpid(), system, root)
        return self._opened[1], self._opened[2]

    def _failed(self, verb: str, error: Exception) -> StoreError:
        reason = str(error) or type(error).__name__
        return StoreError(
            f"cannot {verb} the cache at {self.url}: {reason}",
            "check the URL, the credentials and `storage_options`",
        )


def _is_s3(system: Any) -> bool:
    protocols = (system.protocol,) if isinstance(system.protocol, str) else system.protocol
    return "s3" in protocols


def _refused(error: OSError) -> bool:
    """Whether a conditional write met another object: not every server words it alike."""
    response = getattr(error.__cause__, "response", None) or {}
    return response.get("ResponseMetadata", {}).get("HTTPStatusCode") in _CONFLICT


def _modified(known: Mapping[str, Any]) -> datetime:
    for name in ("LastModified", "last_modified", "updated", "created", "mtime"):
        found = known.get(name)
        if isinstance(found, datetime):
            return found if found.tzinfo else found.replace(tzinfo=timezone.utc)
        if isinstance(found, str):
            return datetime.fromisoformat(found.replace("Z", "+00:00"))
    return datetime.fromtimestamp(0, timezone.utc)
