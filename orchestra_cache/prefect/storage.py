"""How the engine's reads and writes of one task run become a lookup and a publish.

The engine asks twice: for the record, to see whether there is one, and later for the value. Both
are answered from one verified read, so that nothing can break in between. Values change hands in
memory; the bytes that the engine carries are only their number.
"""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

from prefect.filesystems import WritableFileSystem
from prefect.serializers import Serializer
from pydantic import Field, PrivateAttr

from orchestra_cache.attempt import Attempt
from orchestra_cache.events import Hit
from orchestra_cache.observers import logs
from orchestra_cache.prefect import _compat

__all__ = ["AttemptStorage", "HandOver"]

_numbers = itertools.count(1)
_handed: dict[bytes, Any] = {}


class HandOver(Serializer):
    """Hands a value from the engine to the storage, or back, within one process."""

    type: str = Field(default="orchestra-cache", frozen=True)

    def dumps(self, obj: Any) -> bytes:
        number = str(next(_numbers)).encode()
        _handed[number] = obj
        return number

    def loads(self, blob: bytes) -> Any:
        return _handed.pop(blob)


class AttemptStorage(WritableFileSystem):
    """The result of one task run, in one of our caches."""

    _block_type_name = "Orchestra Cache Task Run"
    _attempt: Attempt = PrivateAttr()
    _logger: logs.Logger = PrivateAttr()
    _part: str = PrivateAttr(default="value")

    @classmethod
    def of(cls, attempt: Attempt, logger: logs.Logger) -> AttemptStorage:
        storage = cls()
        storage._attempt = attempt
        storage._logger = logger
        return storage

    def beside(self) -> AttemptStorage:
        """The same run's storage for the record, where this one is for the value."""
        other = AttemptStorage.of(self._attempt, self._logger)
        other._part = "record"
        return other

    def read_path(self, path: str, _sync: bool = True) -> bytes:  # type: ignore[override]
        """Answer with the record, or with the number of the value.

        Raises:
            FileNotFoundError: It is a miss; the engine runs the task.
        """
        if self._attempt.found is None:
            with logs.writing_to(self._logger):
                self._attempt.look_up()
        found = self._attempt.found
        if not isinstance(found, Hit):
            raise FileNotFoundError(path)
        if self._part == "record":
            return _compat.record(path, HandOver())
        return HandOver().dumps(found.value)

    def write_path(self, path: str, content: bytes, _sync: bool = True) -> None:  # type: ignore[override]
        """Publish the value with this number; the record is part of our entry."""
        if self._part == "record":
            return
        value = _handed.pop(content)
        with logs.writing_to(self._logger):
            if self._attempt.found is None:
                # A refresh: the engine has not asked what is there.
                self._attempt.refresh()
            self._attempt.finish(value)

    async def aread_path(self, path: str) -> bytes:
        return await asyncio.to_thread(self.read_path, path)

    async def awrite_path(self, path: str, content: bytes) -> None:
        await asyncio.to_thread(self.write_path, path, content)

    def _resolve_path(self, path: str) -> None:
        """The engine prepends what this returns to keys; ours stand for themselves."""
        return
