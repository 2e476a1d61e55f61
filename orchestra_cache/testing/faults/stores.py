"""A store to which happens what a plan says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from orchestra_cache.stores.base import Buffer, Listed, Store, Stored
from orchestra_cache.stores.wrapping import Wrapper
from orchestra_cache.testing.faults.plan import Call, Plan

__all__ = ["FaultyStore"]


class FaultyStore(Wrapper[Store]):
    """A store to which happens what a plan says."""

    def __init__(self, store: Store, plan: Plan) -> None:
        super().__init__(store)
        self._plan = plan

    def get(self, name: str) -> Stored | None:
        def work(_: object) -> Stored | None:
            return self._plan.shown(name, lambda: self._store.get(name))

        return self._run("get", name, work)

    def put(self, name: str, pieces: Sequence[Buffer]) -> bool:
        data = b"".join(memoryview(piece).cast("B") for piece in pieces)
        return self._run("put", name, lambda kept: self._store.put(name, [kept]), data)

    def exchange(self, name: str, data: Buffer, *, version: str | None) -> str | None:
        def work(kept: Any) -> str | None:
            return self._store.exchange(name, kept, version=version)

        return self._run("exchange", name, work, bytes(data))

    def size(self, name: str) -> int | None:
        def work(_: object) -> int | None:
            found = self._plan.shown(name, lambda: self._store.size(name))
            return len(found.data) if isinstance(found, Stored) else found

        return self._run("size", name, work)

    def delete(self, name: str, *, version: str | None = None) -> bool:
        return self._run("delete", name, lambda _: self._store.delete(name, version=version))

    def iter(self, prefix: str) -> Iterator[Listed]:
        def listed(_: object) -> list[Listed]:
            found = list(self._store.iter(prefix))
            return [one for one in found if self._plan.shown(one.name, lambda: True)]

        yield from self._run("iter", prefix, listed)

    def _run(
        self, operation: str, name: str, work: Callable[[Any], Any], data: bytes | None = None
    ) -> Any:
        look = lambda: self._store.get(name)  # noqa: E731
        return self._plan.run(Call(operation, name, data, work, look, self._plan))
