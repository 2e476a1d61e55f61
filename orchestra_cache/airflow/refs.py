"""Whether whoever asks XCom for a value right now would rather have its Ref."""

from __future__ import annotations

from contextvars import ContextVar

__all__ = ["wants_refs"]

# True while a cached task's templates are rendered.
wants_refs: ContextVar[bool] = ContextVar("orchestra_cache_wants_refs", default=False)
