"""Events as lines of a log: of the logger `orchestra_cache`, or of the run that they belong to."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeAlias

from orchestra_cache.events import Event, Failed, Hit, Miss, Published, Uncached, Waited, Waiting

__all__ = ["Logger", "write", "writing_to"]

Logger: TypeAlias = "logging.Logger | logging.LoggerAdapter[logging.Logger]"

_package = logging.getLogger("orchestra_cache")
_current: ContextVar[Callable[[], Logger]] = ContextVar(
    "orchestra_cache_logger", default=lambda: _package
)


@contextmanager
def writing_to(logger: Callable[[], Logger]) -> Iterator[None]:
    """Let what happens inside be logged where an orchestrator shows it beside the task.

    Args:
        logger: Makes that logger, once there is something to log.
    """
    token = _current.set(logger)
    try:
        yield
    finally:
        _current.reset(token)


def write(event: Event) -> None:
    """Log one event: what a person should act on as a warning, the rest as information."""
    logger = _current.get()()
    if isinstance(event, (Hit, Miss)):
        logger.info("%s: %s", event.task, event)
    elif isinstance(event, Uncached):
        logger.warning("%s runs uncached: %s (%s)", event.task, event.reason, event.hint)
    elif isinstance(event, Failed):
        logger.warning("%s: the cache could not %s: %s", event.task, event.operation, event.error)
    elif isinstance(event, Waiting):
        logger.info("%s: waits for %s, which computes the same", event.task, event.holder)
    elif isinstance(event, Waited):
        logger.info("%s: waited %.1f s for %s", event.task, event.seconds, event.holder)
    elif isinstance(event, Published):
        logger.debug("%s: published %d bytes as %s", event.task, event.size, event.codec)
