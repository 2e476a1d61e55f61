"""Which operations go wrong: a plan that counts them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

__all__ = ["Call", "Effect", "Plan"]


@dataclass(frozen=True)
class Call:
    """One operation on its way to the store.

    Attributes:
        operation: `get`, `put`, `exchange`, `size`, `delete` or `iter`.
        data: What it writes.
        work: Do it, with the data to write.
        look: What is there now, for operations that write.
    """

    operation: str
    name: str
    data: bytes | None
    work: Callable[[bytes | None], Any]
    look: Callable[[], Any]
    plan: Plan

    def proceed(self) -> Any:
        return self.work(self.data)


Effect = Callable[[Call], Any]


@dataclass
class _Fault:
    effect: Effect
    operation: str
    name: str
    at: int
    seen: int = 0

    def befalls(self, call: Call) -> bool:
        if not (fnmatchcase(call.operation, self.operation) and fnmatchcase(call.name, self.name)):
            return False
        self.seen += 1
        return self.at in (0, self.seen)


@dataclass
class Plan:
    """Which operations go wrong, and how.

    Attributes:
        operations: All that were asked for, as pairs of operation and name.
    """

    operations: list[tuple[str, str]] = field(default_factory=list)
    _faults: list[_Fault] = field(default_factory=list)
    _late: dict[str, tuple[int, Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, effect: Effect, *, operation: str = "*", name: str = "*", at: int = 0) -> None:
        """Let something go wrong from now on.

        Args:
            operation: A pattern, as `name` is: `*blobs-v1*`.
            at: At the first, second… operation that fits; 0 for every one.
        """
        with self._lock:
            self._faults.append(_Fault(effect, operation, name, at))

    def clear(self) -> None:
        """Let nothing go wrong any more, and forget what was asked for."""
        with self._lock:
            self.operations.clear()
            self._faults.clear()
            self._late.clear()

    def run(self, call: Call) -> Any:
        """Do an operation, with the first fault that befalls it."""
        with self._lock:
            self.operations.append((call.operation, call.name))
            hit = [fault.effect for fault in self._faults if fault.befalls(call)]
        return hit[0](call) if hit else call.proceed()

    def hide(self, name: str, before: Any, operations: int) -> None:
        """Show `before` under a name until so many more operations were asked for."""
        self._late[name] = (len(self.operations) + operations, before)

    def shown(self, name: str, now: Callable[[], Any]) -> Any:
        """What a reader of a name sees."""
        until, before = self._late.get(name, (0, None))
        return before if len(self.operations) <= until else now()
