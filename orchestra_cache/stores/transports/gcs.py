"""Objects on Google Cloud Storage, by way of gcsfs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from orchestra_cache.stores.base import Buffer, Listed, Stored
from orchestra_cache.stores.transports.base import DeniedError, Progress
from orchestra_cache.stores.transports.bodies import CHUNK, LARGE, Received, chunks, length

__all__ = ["GcsTransport"]

_ATTEMPTS = 2
_PAGE = 1000

_HEAD = (
    b"--part\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n%s\r\n"
    b"--part\r\nContent-Type: application/octet-stream\r\n\r\n"
)
_TAIL = b"\r\n--part--\r\n"


class GcsTransport:
    """Tags are generations."""

    def __init__(self, system: Any, root: str) -> None:
        self._system = system
        self._root = root
        self._bucket, prefix, _ = system.split_path(root)
        self._prefix = f"{prefix}/" if prefix else ""

    @staticmethod
    def defaults(options: Mapping[str, Any]) -> dict[str, Any]:
        return dict(options)

    def get(self, name: str, progress: Progress) -> Stored | None:
        from fsspec.asyn import sync
        from gcsfs.retry import retry_request

        try:
            work = retry_request(self._get, retries=_ATTEMPTS)
            return sync(self._system.loop, work, name, progress)  # type: ignore[no-any-return]
        except OSError as error:
            raise _meant(error) from error

    def create(self, name: str, pieces: Sequence[Buffer], progress: Progress) -> str | None:
        return self._write(name, pieces, "0", progress)

    def replace(self, name: str, data: bytes, tag: str) -> str | None:
        return self._write(name, [data], tag, lambda _: None)

    def size(self, name: str) -> int | None:
        try:
            found = self._object("GET", name, fields="size", json_out=True)
        except FileNotFoundError:
            return None
        return int(found["size"])

    def delete(self, name: str, tag: str | None) -> bool:
        try:
            self._object("DELETE", name, ifGenerationMatch=tag)
        except FileNotFoundError:
            return True
        except FileExistsError:
            return self.size(name) is None
        return True

    def iter(self, prefix: str) -> Iterator[Listed]:
        page = {"prefix": self._prefix + prefix, "maxResults": _PAGE}
        while True:
            fields = "items(name,size,updated),nextPageToken"
            found = self._call("GET", "b/{}/o", self._bucket, fields=fields, json_out=True, **page)
            for one in found.get("items", ()):
                name = one["name"].removeprefix(self._prefix)
                # Python 3.10 reads fractions of three or six digits only.
                modified = msgspec.convert(one["updated"], datetime)
                yield Listed(name, int(one["size"]), modified)
            if not found.get("nextPageToken"):
                return
            page["pageToken"] = found["nextPageToken"]

    def _object(self, method: str, name: str, **arguments: Any) -> Any:
        return self._call(method, "b/{}/o/{}", self._bucket, self._prefix + name, **arguments)

    def _call(self, *words: str, **arguments: Any) -> Any:
        try:
            return self._system.call(*words, **arguments)
        except OSError as error:
            raise _meant(error) from error

    async def _get(self, name: str, progress: Progress) -> Stored | None:
        from gcsfs.retry import validate_response

        system, url = self._system, self._system.url(f"{self._root}/{name}")
        await system._set_session()
        request = {"params": system._get_params({}), "headers": system._get_headers(None)}
        async with system.session.get(url, timeout=system.requests_timeout, **request) as found:
            if found.status == 404:
                return None
            if found.status >= 400:
                validate_response(found.status, await found.read(), url)
            tag = found.headers["X-Goog-Generation"]
            size = found.content_length
            if size is None or size < LARGE:
                data = memoryview(await found.read())
                progress(len(data))
                return Stored(data, tag)
            received = Received(size, progress)
            async for chunk in found.content.iter_chunked(CHUNK):
                received.add(chunk)
            return Stored(received.whole(), tag)

    def _write(
        self, name: str, pieces: Sequence[Buffer], generation: str, progress: Progress
    ) -> str | None:
        named = json.dumps({"name": self._prefix + name}).encode()
        body = [_HEAD % named, *pieces, _TAIL]
        headers = {
            "Content-Type": 'multipart/related; boundary="part"',
            "Content-Length": str(length(body)),
        }
        try:
            found = self._call(
                "POST",
                f"{self._system._location}/upload/storage/v1/b/{{}}/o",
                self._bucket,
                uploadType="multipart",
                ifGenerationMatch=generation,
                data=_Body(body, progress),
                headers=headers,
                json_out=True,
            )
        except FileExistsError:
            return None
        return str(found["generation"])


class _Body:
    """Pieces as aiohttp sends them: none copied, and from the start again if it has to retry."""

    def __init__(self, pieces: Sequence[Buffer], progress: Progress) -> None:
        self._pieces = pieces
        self._progress = progress

    async def __aiter__(self) -> AsyncIterator[memoryview]:
        for chunk in chunks(self._pieces):
            yield chunk
            self._progress(len(chunk))


def _meant(error: OSError) -> OSError:
    """What gcsfs means: it has no error of its own for a 403."""
    if str(error).startswith("Forbidden"):
        return DeniedError(str(error), maybe_missing=True)
    return error
