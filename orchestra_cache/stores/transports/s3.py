"""Objects on S3, by way of s3fs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from orchestra_cache.errors import ConfigurationError
from orchestra_cache.stores.base import Buffer, Listed, Stored
from orchestra_cache.stores.transports.base import ArchivedError, DeniedError, Progress
from orchestra_cache.stores.transports.bodies import CHUNK, LARGE, Received, joined, length, parts

__all__ = ["S3Transport"]

# Without the right to list, S3 says this of what is not there. Any other refusal is one.
_MAYBE_MISSING = ("AccessDenied", "403", "")

_CONFLICT = (409, 412)
_MOST_PARTS = 9_000
_AT_ONCE = 4


class S3Transport:
    def __init__(self, system: Any, root: str) -> None:
        self._system = system
        self._bucket, prefix, _ = system.split_path(root)
        self._prefix = f"{prefix}/" if prefix else ""
        # One loop of retries is enough: botocore's own has jitter.
        system.retries = 1

    @staticmethod
    def defaults(options: Mapping[str, Any]) -> dict[str, Any]:
        """Retry once, within a second; what the user sets stays."""
        config = {
            "retries": {"mode": "standard", "total_max_attempts": 2},
            **options.get("config_kwargs", {}),
        }
        return {**options, "config_kwargs": config}

    def get(self, name: str, progress: Progress) -> Stored | None:
        return self._run(lambda: self._get(name, progress))  # type: ignore[no-any-return]

    def create(self, name: str, pieces: Sequence[Buffer], progress: Progress) -> str | None:
        if length(pieces) >= 2 * LARGE:
            return self._run(lambda: self._create_in_parts(name, pieces, progress))  # type: ignore[no-any-return]
        return self._put(name, joined(pieces), IfNoneMatch="*")

    def replace(self, name: str, data: bytes, tag: str) -> str | None:
        return self._put(name, data, IfMatch=tag)

    def size(self, name: str) -> int | None:
        try:
            found = self._run(lambda: self._call("head_object", name))
        except FileNotFoundError:
            return None
        return int(found["ContentLength"])

    def delete(self, name: str, tag: str | None) -> bool:
        condition = {} if tag is None else {"IfMatch": tag}
        try:
            self._run(lambda: self._call("delete_object", name, **condition))
        except OSError as error:
            if _missing(error):
                return True
            if _status(error) in _CONFLICT:
                return self.size(name) is None
            raise
        return True

    def iter(self, prefix: str) -> Iterator[Listed]:
        page: dict[str, Any] = {"Bucket": self._bucket, "Prefix": self._prefix + prefix}
        while True:
            found = self._system.call_s3("list_objects_v2", **page)
            for one in found.get("Contents", ()):
                name = one["Key"].removeprefix(self._prefix)
                yield Listed(name, int(one["Size"]), one["LastModified"])
            if not found.get("NextContinuationToken"):
                return
            page["ContinuationToken"] = found["NextContinuationToken"]

    def _run(self, work: Callable[[], Awaitable[Any]]) -> Any:
        from fsspec.asyn import sync

        return sync(self._system.loop, work)

    async def _call(self, method: str, name: str, **arguments: Any) -> Any:
        key = self._prefix + name
        try:
            return await self._system._call_s3(method, Bucket=self._bucket, Key=key, **arguments)
        except PermissionError as error:
            code, cause = _code(error), error.__cause__
            if code == "InvalidObjectState":
                raise ArchivedError(str(error)) from cause
            raise DeniedError(str(error), maybe_missing=code in _MAYBE_MISSING) from cause

    async def _get(self, name: str, progress: Progress) -> Stored | None:
        try:
            found = await self._call("get_object", name)
        except OSError as error:
            if _missing(error):
                return None
            raise
        size, body = int(found["ContentLength"]), found["Body"]
        async with body:
            if size < LARGE:
                data = memoryview(await body.read())
                progress(len(data))
                return Stored(data, found["ETag"])
            received = Received(size, progress)
            while chunk := await body.read(CHUNK):
                received.add(chunk)
        return Stored(received.whole(), found["ETag"])

    def _put(self, name: str, data: bytes, **condition: str) -> str | None:
        try:
            return self._run(lambda: self._write("put_object", name, Body=data, **condition))  # type: ignore[no-any-return]
        except OSError as error:
            if _status(error) in _CONFLICT or ("IfMatch" in condition and _missing(error)):
                return None
            raise

    async def _write(self, method: str, name: str, **arguments: Any) -> str:
        await self._system.set_session()
        self._check_conditions(method, arguments)
        return str((await self._call(method, name, **arguments))["ETag"])

    def _check_conditions(self, method: str, arguments: Mapping[str, Any]) -> None:
        """s3fs drops what botocore does not know: a condition would be no condition."""
        client = self._system.s3
        operation = client.meta.service_model.operation_model(
            client.meta.method_to_api_mapping[method]
        )
        if not arguments.keys() <= operation.input_shape.members.keys():
            raise ConfigurationError(
                "this botocore knows no conditional writes, without which results get lost",
                "upgrade s3fs, aiobotocore and botocore",
            )

    async def _create_in_parts(
        self, name: str, pieces: Sequence[Buffer], progress: Progress
    ) -> str | None:
        upload = (await self._call("create_multipart_upload", name))["UploadId"]
        try:
            sent = await self._send(name, upload, pieces, progress)
            done = {"UploadId": upload, "MultipartUpload": {"Parts": sent}, "IfNoneMatch": "*"}
            return await self._write("complete_multipart_upload", name, **done)
        except BaseException as error:
            with suppress(Exception):
                await self._call("abort_multipart_upload", name, UploadId=upload)
            if isinstance(error, OSError) and _status(error) in _CONFLICT:
                return None
            raise

    async def _send(
        self, name: str, upload: str, pieces: Sequence[Buffer], progress: Progress
    ) -> list[dict[str, Any]]:
        async def send(number: int, part: bytes) -> dict[str, Any]:
            arguments = {"UploadId": upload, "PartNumber": number, "Body": part}
            found = await self._call("upload_part", name, **arguments)
            progress(len(part))
            return {"PartNumber": number, "ETag": found["ETag"]}

        size = max(LARGE, length(pieces) // _MOST_PARTS + 1)
        sent: list[dict[str, Any]] = []
        going: set[asyncio.Task[dict[str, Any]]] = set()
        for number, part in enumerate(parts(pieces, size), start=1):
            going.add(asyncio.ensure_future(send(number, part)))
            if len(going) == _AT_ONCE:
                done, going = await asyncio.wait(going, return_when=asyncio.FIRST_COMPLETED)
                sent += [task.result() for task in done]
        sent += await asyncio.gather(*going)
        return sorted(sent, key=lambda part: int(part["PartNumber"]))


def _response(error: BaseException) -> Mapping[str, Any]:
    return getattr(error.__cause__, "response", None) or {}


def _status(error: BaseException) -> int | None:
    found: int | None = _response(error).get("ResponseMetadata", {}).get("HTTPStatusCode")
    return 412 if isinstance(error, FileExistsError) else found


def _code(error: BaseException) -> str:
    return str(_response(error).get("Error", {}).get("Code", ""))


def _missing(error: OSError) -> bool:
    """Whether the object is not there, rather than the whole bucket."""
    return isinstance(error, FileNotFoundError) and _code(error) != "NoSuchBucket"
