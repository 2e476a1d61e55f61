"""Refs in XCom: how their rows are known, and who would rather have one than its value."""

from __future__ import annotations

from contextvars import ContextVar

__all__ = ["MARK", "wants_refs"]

# The only key of a row that says where its value is.
MARK = "__orchestra_cache_ref__"

# True while an upstream's output is put in place as an argument of a cached task.
wants_refs: ContextVar[bool] = ContextVar("orchestra_cache_wants_refs", default=False)
