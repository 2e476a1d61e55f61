"""A store at a URL."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from orchestra_cache.errors import OrchestraCacheError, StoreError
from orchestra_cache.stores.base import Buffer, Listed, Stored
from orchestra_cache.stores.transports import is_atomic, open_transport
from orchestra_cache.stores.transports.base import (
    ArchivedError,
    DeniedError,
    Transport,
)
from orchestra_cache.stores.transports.bodies import length

__all__ = ["RemoteStore"]


_HOST = re.compile(r"""[a-z]+://[^\s"'<>]+|(?<![\w.-])[\w.-]+:\d{1,5}\b""", re.IGNORECASE)


class RemoteStore:
    """Objects below a URL.

    Args:
        declared_trusted: The user says that only trusted parties can write there.
        options: Credentials, endpoints and the like, as fsspec takes them.

    Attributes:
        progress: Called with a count of bytes as they arrive or go, in whichever thread moves them.
        notice: Called once with what made an object count as missing though it may be there.
    """

    local = False

    def __init__(
        self, url: str, *, declared_trusted: bool = False, options: Mapping[str, Any] | None = None
    ) -> None:
        self.url = url.rstrip("/")
        self.trusted = declared_trusted
        self.atomic = is_atomic(url)
        self.progress: Callable[[int], object] | None = None
        self.notice: Callable[[StoreError], object] | None = None
        self._options = dict(options or {})
        self._opened: list[tuple[int, Transport]] = []
        self._noticed = False

    def open(self) -> None:
        """Load the libraries that lead there, which takes a second and asks nobody.

        Every other method does so when it has to. Called before, it costs them none of their time.
        """
        with self._errors("open"):
            self._transport()

    def get(self, name: str) -> Stored | None:
        with self._errors("read"), self._maybe_missing():
            return self._transport().get(name, self._report)
        return None

    def put(self, name: str, pieces: Sequence[Buffer]) -> bool:
        with self._errors("write to"):
            transport = self._transport()
            try:
                return transport.create(name, pieces, self._report) is not None
            except (DeniedError, OrchestraCacheError):
                raise
            except Exception:
                # It may have been written all the same, and of that name there is one content.
                with suppress(Exception):
                    if transport.size(name) == length(pieces):
                        return True
                raise

    def exchange(self, name: str, data: Buffer, *, version: str | None) -> str | None:
        content = bytes(data)
        with self._errors("write to"):
            transport = self._transport()
            try:
                if version is None:
                    wrote = transport.create(name, [content], self._report)
                else:
                    wrote = transport.replace(name, content, version)
            except (DeniedError, OrchestraCacheError):
                raise
            except Exception:
                with suppress(Exception):
                    if (own := self._own(transport, name, content)) is not None:
                        return own
                raise
            # A conditional write that was retried may meet its own object, so read it back.
            return wrote or self._own(transport, name, content)

    def size(self, name: str) -> int | None:
        with self._errors("read"), self._maybe_missing():
            return self._transport().size(name)
        return None

    def delete(self, name: str, *, version: str | None = None) -> bool:
        with self._errors("delete from"):
            return self._transport().delete(name, version)

    def iter(self, prefix: str) -> Iterator[Listed]:
        with self._errors("list"):
            yield from self._transport().iter(prefix)

    def _own(self, transport: Transport, name: str, content: bytes) -> str | None:
        """The version that is there, if it has just this content."""
        try:
            found = transport.get(name, self._report)
        except (ArchivedError, DeniedError):
            return None
        return found.version if found is not None and found.data == content else None

    def _transport(self) -> Transport:
        """Open the place once per process: sessions and threads do not survive a fork.

        What a parent opened is kept, for closing it would wait for threads that are not here.
        """
        if not self._opened or self._opened[-1][0] != os.getpid():
            self._opened.append((os.getpid(), open_transport(self.url, self._options)))
        return self._opened[-1][1]

    def _report(self, count: int) -> None:
        if self.progress is not None:
            self.progress(count)

    @contextmanager
    def _maybe_missing(self) -> Iterator[None]:
        try:
            yield
        except (ArchivedError, DeniedError) as error:
            if isinstance(error, DeniedError) and not error.maybe_missing:
                raise
            if not self._noticed and self.notice is not None:
                self._noticed = True
                self.notice(self._failed("read", error))

    @contextmanager
    def _errors(self, verb: str) -> Iterator[None]:
        try:
            yield
        except OrchestraCacheError as error:
            if isinstance(error, StoreError):
                raise
            raise StoreError(error.message, error.hint) from error
        except Exception as error:
            raise self._failed(verb, error) from error

    def _failed(self, verb: str, error: Exception) -> StoreError:
        reason = str(error) or type(error).__name__
        if "filesystem" in self._options:
            # Where it is and how it is reached is the secret of whoever opened it.
            reason = _HOST.sub("…", reason)
        return StoreError(
            f"cannot {verb} the cache at {self.url}: {reason}",
            "check the URL, the credentials and `storage_options`",
        )
