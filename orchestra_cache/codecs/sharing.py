"""How often a walk comes to what it has seen: what is shared is written once for each place."""

from __future__ import annotations

from collections.abc import Sized

from orchestra_cache.errors import CodecError

__all__ = ["Walk"]

# What is written again may be so many items, and so many for each thing that is met first: lists
# in lists that are each there twice would double with every level.
_MOST_AGAIN = 1 << 18
_AGAIN_FOR_EACH = 8


class Walk:
    """A walk over containers that nobody changes meanwhile."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._again = 0

    def enter(self, container: Sized) -> None:
        """Take down that the walk is here.

        Raises:
            CodecError: It came to too much that it has seen.
        """
        if id(container) not in self._seen:
            self._seen.add(id(container))
            return
        self._again += len(container) + 1
        if self._again > _MOST_AGAIN + _AGAIN_FOR_EACH * len(self._seen):
            raise CodecError("what it shares is in too many places", "another codec keeps it")
