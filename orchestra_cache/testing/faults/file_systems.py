"""A file system of fsspec to which happens what a plan says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import fsspec
from fsspec.spec import AbstractFileSystem

from orchestra_cache.testing.faults.plan import Call, Plan

__all__ = ["FaultyFileSystem"]


class FaultyFileSystem(AbstractFileSystem):
    """Another file system, or `faulty://…` with `target_protocol` and `target_options`.

    Operations are those of stores: `get` is `cat_file` and an opened file that is read, `put` is
    `pipe_file`, `size` is `info` and `exists`, `delete` is `rm_file`, `iter` is `ls` and `find`.
    """

    protocol = "faulty"
    cachable = False

    def __init__(
        self,
        system: AbstractFileSystem | None = None,
        *,
        plan: Plan,
        target_protocol: str = "memory",
        target_options: dict[str, Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._target = system or fsspec.filesystem(target_protocol, **(target_options or {}))
        self._plan = plan
        # What is asked of its kind, as how it creates files, is answered for the target.
        self.protocol = self._target.protocol

    def cat_file(
        self, path: str, start: int | None = None, end: int | None = None, **options: Any
    ) -> bytes:
        def work(_: object) -> bytes:
            return self._shown(path, lambda: self._target.cat_file(path, start, end, **options))

        return self._run("get", path, work)

    def pipe_file(self, path: str, value: Any, mode: str = "overwrite", **options: Any) -> None:
        def work(kept: Any) -> None:
            self._target.pipe_file(path, kept, mode=mode, **options)

        self._run("put", path, work, bytes(value))

    def info(self, path: str, **options: Any) -> dict[str, Any]:
        def work(_: object) -> dict[str, Any]:
            found = self._shown(path, lambda: self._target.info(path, **options))
            whole = {"name": path, "type": "file"}
            return {**whole, "size": len(found)} if isinstance(found, bytes) else found

        return self._run("size", path, work)

    def rm_file(self, path: str) -> None:
        self._run("delete", path, lambda _: self._target.rm_file(path))

    def ls(self, path: str, detail: bool = True, **options: Any) -> Any:
        return self._run("iter", path, lambda _: self._target.ls(path, detail, **options))

    def find(self, path: str, *args: Any, **options: Any) -> Any:
        return self._run("iter", path, lambda _: self._target.find(path, *args, **options))

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        self._target.makedirs(path, exist_ok=exist_ok)

    def _open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        operation = "get" if mode == "rb" else "put"
        return self._run(operation, path, lambda _: self._target._open(path, mode, **options))

    def _shown(self, path: str, now: Callable[[], Any]) -> Any:
        found = self._plan.shown(path, now)
        if found is None:
            raise FileNotFoundError(path)
        return found

    def _look(self, path: str) -> bytes | None:
        return self._target.cat_file(path) if self._target.exists(path) else None

    def _run(
        self, operation: str, path: str, work: Callable[[Any], Any], data: bytes | None = None
    ) -> Any:
        look = lambda: self._look(path)  # noqa: E731
        return self._plan.run(Call(operation, path, data, work, look, self._plan))


# By name: only those are among the protocols that fsspec says it knows.
fsspec.register_implementation("faulty", f"{__name__}.FaultyFileSystem", clobber=True)
