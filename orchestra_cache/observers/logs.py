"""Events as lines of the logger `orchestra_cache`."""

from __future__ import annotations

import logging

from orchestra_cache.events import Event, Failed, Hit, Miss, Published, Uncached

__all__ = ["write"]

_logger = logging.getLogger("orchestra_cache")


def write(event: Event) -> None:
    """Log one event: what a person should act on as a warning, the rest as information."""
    if isinstance(event, Uncached):
        _logger.warning("%s runs uncached: %s (%s)", event.task, event.reason, event.hint)
    elif isinstance(event, Failed):
        _logger.warning("%s: the cache could not %s: %s", event.task, event.operation, event.error)
    elif isinstance(event, (Hit, Miss)):
        _logger.info("%s: %s", event.task, event)
    elif isinstance(event, Published):
        _logger.debug("%s: published %d bytes as %s", event.task, event.size, event.codec)
