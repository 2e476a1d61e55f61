"""Objects on S3 and Azure by way of obstore, where it is installed and means the same.

It takes a third of the time of the fsspec libraries for a small object. What it cannot do in one
conditional request, the fsspec library does: large objects and deleting, but for a few on S3.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from importlib.util import find_spec
from typing import Any

from orchestra_cache.stores.base import Buffer, Listed, Stored
from orchestra_cache.stores.transports import accounts
from orchestra_cache.stores.transports.base import (
    ArchivedError,
    DeniedError,
    Progress,
    Transport,
)
from orchestra_cache.stores.transports.bodies import CHUNK, LARGE, Received, joined, length
from orchestra_cache.stores.transports.signed_urls import deleted

__all__ = ["FastTransport", "over"]

# The threads of obstore live in the process that used it first, and calls in its forks never end.
_users: set[int] = set()

# Each by a connection of its own. Who deletes more than these gets on better with the library.
_FEW = 10

_ARCHIVED = ("InvalidObjectState", "BlobArchived", "BlobBeingRehydrated")

# Three more attempts, with jitter and within a second. How long an object may take is not its
# business: only that something arrives.
_RETRIES = {
    "max_retries": 3,
    "retry_timeout": timedelta(seconds=2),
    "backoff": {
        "init_backoff": timedelta(milliseconds=100),
        "max_backoff": timedelta(milliseconds=500),
        "base": 2,
    },
}
_CLIENT = {"allow_http": True, "timeout": "7days", "read_timeout": "15s"}


def over(
    kind: str, place: str, options: Mapping[str, Any], library: Callable[[], Transport]
) -> Transport | None:
    """The same place by way of obstore; None if it would not be the same, or not safe here.

    Args:
        kind: Of the store: `s3`, `gcs`, `azure`.
        place: Bucket and prefix.
        library: Opens the place by way of its fsspec library, which takes a second to import.
    """
    if find_spec("obstore") is None or any(user != os.getpid() for user in _users):
        return None
    bucket, _, prefix = place.strip("/").partition("/")
    known = accounts.ACCOUNTS.get(kind)
    account = known(options, bucket, prefix) if known is not None else None
    if account is None:
        return None
    import obstore.store

    _users.add(os.getpid())
    connect: Callable[..., Any] = getattr(obstore.store, account.kind)
    opened = connect(
        account.bucket,
        prefix=account.prefix or None,
        client_options=_CLIENT,
        retry_config=_RETRIES,
        **account.terms,
    )
    return FastTransport(opened, library, account)


class FastTransport:
    def __init__(
        self, opened: Any, library: Callable[[], Transport], account: accounts.Account
    ) -> None:
        self._opened = opened
        self._open_library = library
        self._account = account
        self._signed = 0

    @cached_property
    def _library(self) -> Transport:
        return self._open_library()

    def get(self, name: str, progress: Progress) -> Stored | None:
        import obstore

        found = self._run(lambda: obstore.get(self._opened, name))
        if found is None:
            return None
        meta = found.meta
        if meta["size"] < LARGE:
            data = memoryview(found.bytes())
            progress(len(data))
            return Stored(data, meta[self._account.tag])
        received = Received(meta["size"], progress)
        for chunk in found.stream(min_chunk_size=CHUNK):
            received.add(memoryview(chunk))
        return Stored(received.whole(), meta[self._account.tag])

    def create(self, name: str, pieces: Sequence[Buffer], progress: Progress) -> str | None:
        if length(pieces) >= LARGE:
            return self._library.create(name, pieces, progress)
        return self._put(name, joined(pieces), "create")

    def replace(self, name: str, data: bytes, tag: str) -> str | None:
        return self._put(name, data, {self._account.tag: tag})

    def size(self, name: str) -> int | None:
        import obstore

        found = self._run(lambda: obstore.head(self._opened, name))
        return None if found is None else int(found["size"])

    def delete(self, name: str, tag: str | None) -> bool:
        if tag is not None and self._signs_few():
            gone = deleted(self._opened, name, tag)
            if gone is not None:
                return gone or self.size(name) is None
        return self._library.delete(name, tag)

    def _signs_few(self) -> bool:
        """Whether the library is not worth loading: a lease that is given back is one object."""
        self._signed += 1
        loaded = "_library" in vars(self)
        return self._account.signs and not loaded and self._signed <= _FEW

    def iter(self, prefix: str) -> Iterator[Listed]:
        import obstore

        folder = prefix.rpartition("/")[0]
        pages = iter(obstore.list(self._opened, folder or None, chunk_size=1000))
        while page := self._run(lambda: next(pages, None)):
            for one in page:
                if one["path"].startswith(prefix):
                    yield Listed(one["path"], int(one["size"]), one["last_modified"])

    def _put(self, name: str, data: bytes, mode: object) -> str | None:
        import obstore
        from obstore import exceptions

        try:
            # One request: obstore would send what is larger in parts, and those unconditionally.
            put = lambda: obstore.put(self._opened, name, data, mode=mode, use_multipart=False)  # noqa: E731
            found = self._run(put)
        except (exceptions.AlreadyExistsError, exceptions.PreconditionError):
            return None
        return None if found is None else str(found[self._account.tag])

    def _run(self, work: Callable[[], Any]) -> Any:
        """Do something with an object; None if it is not there."""
        from obstore import exceptions

        try:
            return work()
        except (FileNotFoundError, exceptions.NotFoundError) as error:
            if any(code in str(error) for code in ("NoSuchBucket", "ContainerNotFound")):
                raise
            return None
        except exceptions.BaseError as error:
            raise self._meant(error) from error

    def _meant(self, error: Exception) -> Exception:
        from obstore import exceptions

        text = _short(error)
        if any(code in text for code in _ARCHIVED):
            return ArchivedError(text)
        if isinstance(error, exceptions.UnauthenticatedError):
            return DeniedError(text)
        if isinstance(error, exceptions.PermissionDeniedError):
            # The answer to a HEAD has no body that would say more.
            unclear = "<Code>" not in text or "<Code>AccessDenied<" in text
            return DeniedError(text, maybe_missing=unclear and self._account.hides_missing)
        # What these two mean, only the caller knows.
        conflicts = (exceptions.AlreadyExistsError, exceptions.PreconditionError)
        return error if isinstance(error, conflicts) else OSError(text)


def _short(error: Exception) -> str:
    """The message without the dump of Rust's own error that follows it."""
    return str(error).partition("\n\nDebug source:")[0]
