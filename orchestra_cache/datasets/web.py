"""A document on a web server as a dataset: by its ETag, its time, or its content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True)
class Http(Templated):
    """What a URL answers with: asked by HEAD, and read only if the answer has no version.

    A weak ETag (`W/"…"`) or `Last-Modified` is the server's word that the content means the same.

    Args:
        url: `{name}` and `{name:format}` take the task's parameters.
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
        except (URLError, OSError, ValueError) as error:
            raise evidence.missing(url, error) from error

    def _stated(self, url: str) -> DataVersion | None:
        try:
            with self._open(url, "HEAD") as answer:
                headers = answer.headers
        except URLError:
            # Not every server knows HEAD; the content says more in any case.
            return None
        for kind, header in (("etag", "ETag"), ("last-modified", "Last-Modified")):
            if headers.get(header):
                return DataVersion(kind, f"{url}@{headers[header]}")
        return None

    def _content(self, url: str) -> DataVersion:
        hasher = Hasher()
        with self._open(url, "GET") as answer:
            while chunk := answer.read(_CHUNK):
                hasher.update(chunk)
        return DataVersion("content", str(hasher.digest()))

    def _open(self, url: str, method: str):  # type: ignore[no-untyped-def]
        request = Request(url, headers=dict(self.headers), method=method)  # noqa: S310
        return urlopen(request, timeout=_SECONDS)  # noqa: S310
