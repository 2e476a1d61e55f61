"""Results that this process has in memory: a hit that asks no store."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from orchestra_cache.codecs import HARMLESS, codec_named
from orchestra_cache.fingerprints.recipe import CacheKey
from orchestra_cache.outputs import decode

__all__ = ["Held", "MemoryTier"]

# What an entry takes beside its bytes, in bytes: objects of Python are not small.
_OVERHEAD = 2048

# One result may not push out all the others.
_LARGEST_PART = 4


# As an object a text can take several times what it takes in bytes.
_SMALL = 2 * _OVERHEAD

# Values of these types nobody can change, so that one is as good as a copy.
_UNCHANGING = (bool, int, float, complex, str, bytes, type(None))

_NOTHING = object()


class Held(msgspec.Struct):
    """A result that was read or written, and found to be what it should.

    Attributes:
        codecs: Of the parts of the output, by number.
        parts: The bytes of the parts, by number.
        trusted: It was read where pickles may be.
        until: When the store is to be asked again, by the tier's clock.
    """

    key: str
    created: datetime
    expires: datetime | None
    producer: str
    saved: timedelta
    codecs: Sequence[str]
    parts: Mapping[int, bytes]
    trusted: bool
    until: float = 0.0
    unchanging: Any = _NOTHING

    @property
    def size(self) -> int:
        return _OVERHEAD + sum(map(len, self.parts.values()))

    def value(self) -> Any:
        """The value: its receiver's own, if it can be changed at all.

        Raises:
            CodecError: The parts do not decode.
        """
        if self.unchanging is not _NOTHING:
            return self.unchanging
        codec = codec_named(self.codecs[0]) if self.codecs[0] in HARMLESS else None
        if codec is not None:
            value = codec.decode(self._part(0))
        else:
            value = decode(self.codecs, self._part, trusted=self.trusted)
        if type(value) in _UNCHANGING and self.size <= _SMALL:
            self.unchanging = value
        return value

    def _part(self, number: int) -> memoryview:
        return memoryview(self.parts[number])


class MemoryTier:
    """The most recently used results, up to a number of bytes.

    Args:
        limit: Bytes; 0 keeps nothing.
        recheck: How long a result is used before the store is asked whether it is still there.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        limit: int = 0,
        *,
        recheck: timedelta = timedelta(minutes=10),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limit = limit
        self._recheck = recheck.total_seconds()
        self._clock = clock
        self._held: OrderedDict[str, Held] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()
        _tiers.add(self)

    def __reduce__(self) -> tuple[Any, ...]:
        # Another process has its own memory.
        return _empty, (self.limit, self._recheck)

    def get(self, key: CacheKey) -> Held | None:
        """What is held under a key and need not be checked yet."""
        name = str(key)
        held = self._held.get(name)
        if held is None:
            return None
        if self._clock() >= held.until:
            self.drop(key)
            return None
        try:  # noqa: SIM105
            self._held.move_to_end(name)
        except KeyError:
            # Another thread has dropped it meanwhile.
            pass
        return held

    def takes(self, size: int) -> bool:
        """Whether a result of so many bytes is kept at all."""
        return _LARGEST_PART * (size + _OVERHEAD) <= self.limit

    def put(self, key: CacheKey, held: Held) -> None:
        if not self.takes(held.size - _OVERHEAD):
            return
        held.until = self._clock() + self._recheck
        with self._lock:
            self._forget(str(key))
            self._held[str(key)] = held
            self._size += held.size
            while self._size > self.limit and self._held:
                self._size -= self._held.popitem(last=False)[1].size

    def drop(self, key: CacheKey) -> None:
        with self._lock:
            self._forget(str(key))

    def clear(self) -> None:
        with self._lock:
            self._held.clear()
            self._size = 0

    def forked(self) -> None:
        """Begin anew: another thread of the parent may have held the lock."""
        self._lock = threading.Lock()
        self._held, self._size = OrderedDict(), 0

    def _forget(self, name: str) -> None:
        held = self._held.pop(name, None)
        if held is not None:
            self._size -= held.size


# A fork copies the memory and the lock as they are at that moment.
_tiers: weakref.WeakSet[MemoryTier] = weakref.WeakSet()


def _fork() -> None:
    for tier in tuple(_tiers):
        tier.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_fork)


def _empty(limit: int, recheck: float) -> MemoryTier:
    return MemoryTier(limit, recheck=timedelta(seconds=recheck))
