"""Refs in XCom: who would rather have one than its value."""

from __future__ import annotations

from contextvars import ContextVar

__all__ = ["wants_refs"]

# True while an upstream's output is put in place as an argument of a cached task.
wants_refs: ContextVar[bool] = ContextVar("orchestra_cache_wants_refs", default=False)
