"""A document on a web server as a dataset: by its ETag, its time, or its content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from urllib.error import URLError
from urllib.request import Request, urlopen

from orchestra_cache.datasets import evidence
from orchestra_cache.datasets.base import DataVersion
from orchestra_cache.datasets.templates import Templated
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.fingerprints.digest import Hasher

__all__ = ["Http"]

_SECONDS = 30
_CHUNK = 1 << 20

# `Last-Modified` is in whole seconds, and its clock may not be that of `Date` (RFC 7232, 2.2.2).
_SETTLED = timedelta(seconds=60)


@dataclass(frozen=True)
class Http(Templated):
    """What a URL answers with: asked by HEAD, and read only if the answer has no version.

    A weak ETag (`W/"…"`) or `Last-Modified` is the server's word that the content means the same;
    `Last-Modified` is taken once it is a minute old. Both are of one address: where a redirect
    leads elsewhere, the content counts.

    Args:
        url: `{name}` and `{name:format}` take the task's parameters. It is kept in entries as it
            is, so that a token belongs into `headers`.
        headers: Sent with the request. Not part of any key.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.url.startswith(("http://", "https://")):
            raise ConfigurationError(
                f"Http({self.url!r}): not a web address", "write `http://…` or `https://…`"
            )

    def version(self) -> DataVersion:
        """Ask the server now.

        Raises:
            DatasetError: It does not answer, or not with success.
        """
        url = self.place
        try:
            return self._stated(url) or self._content(url)
        except (OSError, ValueError, HTTPException) as error:
            raise evidence.missing(url, error) from error

    def _stated(self, url: str) -> DataVersion | None:
        try:
            with self._open(url, "HEAD") as answer:
                headers, redirected = answer.headers, answer.url != url
        except URLError:
            # Not every server knows HEAD; the content says more in any case.
            return None
        if redirected:
            return None
        if headers.get("ETag"):
            return DataVersion("etag", f"{url}@{headers['ETag']}")
        if _settled(headers):
            return DataVersion("last-modified", f"{url}@{headers['Last-Modified']}")
        return None

    def _content(self, url: str) -> DataVersion:
        hasher = Hasher()
        with self._open(url, "GET") as answer:
            while chunk := answer.read(_CHUNK):
                hasher.update(chunk)
            if answer.length:
                raise OSError(f"the answer ends {answer.length} bytes early")
        return DataVersion("content", str(hasher.digest()))

    def _open(self, url: str, method: str):  # type: ignore[no-untyped-def]
        request = Request(url, headers=dict(self.headers), method=method)  # noqa: S310
        return urlopen(request, timeout=_SECONDS)  # noqa: S310


def _settled(headers: Message) -> bool:
    """Whether another change could no longer have the same time."""
    try:
        modified = parsedate_to_datetime(headers["Last-Modified"])
        return parsedate_to_datetime(headers["Date"]) - modified >= _SETTLED
    except (TypeError, ValueError):
        return False
