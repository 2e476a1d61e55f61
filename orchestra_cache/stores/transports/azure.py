"""Objects on Azure Blob Storage, by way of adlfs."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

from orchestra_cache.stores.base import Buffer, Listed, Stored
from orchestra_cache.stores.transports.base import ArchivedError, DeniedError, Progress
from orchestra_cache.stores.transports.bodies import LARGE, Readable, Received, joined, length

__all__ = ["AzureTransport"]

_AT_ONCE = 4


class AzureTransport:
    def __init__(self, system: Any, root: str) -> None:
        self._system = system
        bucket, prefix, _ = system.split_path(root)
        self._prefix = f"{prefix}/" if prefix else ""
        self._container = _client(system).get_container_client(bucket)

    @staticmethod
    def defaults(options: Mapping[str, Any]) -> dict[str, Any]:
        return dict(options)

    def get(self, name: str, progress: Progress) -> Stored | None:
        return self._run(lambda: self._get(name, progress))  # type: ignore[no-any-return]

    def create(self, name: str, pieces: Sequence[Buffer], progress: Progress) -> str | None:
        size = length(pieces)
        data = joined(pieces) if size < LARGE else io.BufferedReader(Readable(pieces))

        async def report(sent: int, _: int | None, before: list[int] = [0]) -> None:  # noqa: B006
            progress(sent - before[0])
            before[0] = sent

        terms = {"length": size, "max_concurrency": _AT_ONCE, "progress_hook": report}
        return self._write(name, data, overwrite=False, **terms)

    def replace(self, name: str, data: bytes, tag: str) -> str | None:
        return self._write(name, data, overwrite=True, **_only(tag))

    def size(self, name: str) -> int | None:
        found = self._run(lambda: self._blob(name).get_blob_properties())
        return None if found is None else int(found.size)

    def delete(self, name: str, tag: str | None) -> bool:
        from azure.core.exceptions import ResourceModifiedError

        condition = {} if tag is None else _only(tag)
        try:
            self._run(lambda: self._blob(name).delete_blob(**condition))
        except ResourceModifiedError:
            return self.size(name) is None
        return True

    def iter(self, prefix: str) -> Iterator[Listed]:
        pages = self._container.list_blobs(name_starts_with=self._prefix + prefix).by_page()
        while (page := self._run(lambda: _next(pages))) is not None:
            for one in page:
                name = one.name.removeprefix(self._prefix)
                yield Listed(name, int(one.size), one.last_modified)

    def _blob(self, name: str) -> Any:
        return self._container.get_blob_client(self._prefix + name)

    def _run(self, work: Callable[[], Awaitable[Any]]) -> Any:
        """Do something with an object; None if it is not there."""
        from azure.core import exceptions
        from fsspec.asyn import sync

        try:
            return sync(self._system.loop, work)
        except exceptions.ResourceNotFoundError as error:
            if error.error_code == "ContainerNotFound":
                raise
            return None
        except exceptions.HttpResponseError as error:
            if error.status_code in (401, 403):
                raise DeniedError(error.message) from error
            if getattr(error, "error_code", "") in ("BlobArchived", "BlobBeingRehydrated"):
                raise ArchivedError(error.message) from error
            raise

    async def _get(self, name: str, progress: Progress) -> Stored:
        found = await self._blob(name).download_blob(max_concurrency=1)
        received = Received(found.size, progress)
        async for chunk in found.chunks():
            received.add(chunk)
        return Stored(received.whole(), found.properties.etag)

    def _write(self, name: str, data: Any, **terms: Any) -> str | None:
        from azure.core.exceptions import ResourceExistsError, ResourceModifiedError

        try:
            found = self._run(lambda: self._blob(name).upload_blob(data, **terms))
        except (ResourceExistsError, ResourceModifiedError):
            return None
        return None if found is None else str(found["etag"])


def _only(tag: str) -> dict[str, Any]:
    from azure.core import MatchConditions

    return {"etag": tag, "match_condition": MatchConditions.IfNotModified}


def _client(system: Any) -> Any:
    """The client of adlfs, except that it retries within seconds rather than a minute."""
    from azure.storage.blob.aio import LinearRetry

    known = system.service_client
    return type(known)(
        known.url,
        credential=known.credential,
        retry_policy=LinearRetry(backoff=0.4, retry_total=2, random_jitter_range=0.3),
        max_single_put_size=2 * LARGE,
        max_block_size=LARGE,
        # It keeps a chunk until all of it is there, and until then nothing seems to move.
        max_single_get_size=LARGE,
        max_chunk_get_size=LARGE,
    )


async def _next(pages: Any) -> list[Any] | None:
    try:
        page = await pages.__anext__()
    except StopAsyncIteration:
        return None
    return [one async for one in page]
