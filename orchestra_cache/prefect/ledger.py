"""What was told of the task runs of each flow run that wants a report, until it ends."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

__all__ = ["Ledger", "Note", "Page"]

_NOTES = 20_000
_PAGES = 1_000


@dataclass(frozen=True, slots=True)
class Note:
    """One thing told of one task run.

    Attributes:
        run: Id of the task run.
        name: What Prefect calls it.
        kind: `hit`, `miss`, `published`, `uncached` or `failed`.
        details: What the event about it says.
    """

    run: str
    name: str
    kind: str
    details: Mapping[str, Any]


@dataclass(slots=True)
class Page:
    """The notes of one flow run; `lost` counts those that there was no room for."""

    notes: list[Note] = field(default_factory=list)
    lost: int = 0


class Ledger:
    """The pages of the flow runs of this process.

    A flow run that crashes never takes its page, so there is room for so many notes and pages,
    and what is oldest makes place.
    """

    def __init__(self, notes: int = _NOTES, pages: int = _PAGES) -> None:
        self._limits = notes, pages
        self._lock = threading.Lock()
        self._pages: OrderedDict[UUID, Page] = OrderedDict()
        self._count = 0

    def add(self, flow_run: UUID, note: Note) -> None:
        with self._lock:
            self._pages.setdefault(flow_run, Page()).notes.append(note)
            self._count += 1
            if self._count > self._limits[0]:
                self._clear(next(page for page in self._pages.values() if page.notes))
            if len(self._pages) > self._limits[1]:
                self._clear(self._pages.popitem(last=False)[1])

    def take(self, flow_run: UUID) -> Page:
        """The page of a flow run, which is forgotten with that."""
        with self._lock:
            page = self._pages.pop(flow_run, Page())
            self._count -= len(page.notes)
            return page

    def _clear(self, page: Page) -> None:
        page.lost += len(page.notes)
        self._count -= len(page.notes)
        page.notes.clear()
