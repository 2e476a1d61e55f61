"""The namespace that is looked after, and how its objects are taken in hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from itertools import islice
from typing import TypeVar

from orchestra_cache.stores import Store
from orchestra_cache.stores.layout import prefix_of
from orchestra_cache.stores.seals import Seals

__all__ = ["Place", "batched", "microseconds", "moment"]

T = TypeVar("T")
R = TypeVar("R")

# Requests under way at once where each is a round trip.
_AT_ONCE = 16

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Place:
    """One namespace of a store.

    Attributes:
        clock: Seconds since the epoch.
    """

    store: Store
    namespace: str
    seals: Seals = field(repr=False)
    clock: Callable[[], float]

    @property
    def believed(self) -> bool:
        """Whether what lies here was written by somebody who may say what is deleted."""
        return self.seals.signed or self.store.trusted

    def prefix(self, kind: str) -> str:
        return prefix_of(self.namespace, kind)

    def each(self, work: Callable[[T], R], items: Iterable[T]) -> Iterator[tuple[T, R]]:
        """Do a piece of work for each item, many at once where the store is far away."""
        if self.store.local:
            yield from ((item, work(item)) for item in items)
            return
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            for batch in batched(items):
                yield from zip(batch, threads.map(work, batch), strict=True)


def batched(items: Iterable[T], size: int = _BATCH) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(time: datetime) -> int:
    """Since the epoch, exactly, so that `moment` gives the same time back."""
    return (time - _EPOCH) // _MICROSECOND


def moment(count: int) -> datetime:
    return _EPOCH + count * _MICROSECOND
