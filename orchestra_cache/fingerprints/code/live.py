"""The fingerprint of loaded code, taken again only when something it was made of has changed."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable

from orchestra_cache.fingerprints.code.trace import CodeFingerprint, traced
from orchestra_cache.fingerprints.code.watch import Watch

__all__ = ["LiveCode", "code_of"]

# By identity of functions and classes that are held by their modules, and by what is kept here.
_lasting: dict[tuple[int, frozenset[str], bytes | None], LiveCode] = {}


class LiveCode:
    """Callables and classes with all they reach.

    Args:
        first_party: Installed packages whose code is followed as the user's own is.
        secret: A key of 32 bytes for the digests of secrets.
    """

    def __init__(
        self,
        roots: Iterable[object],
        first_party: Collection[str] = (),
        secret: bytes | None = None,
    ) -> None:
        self._roots = tuple(roots)
        self._first_party = first_party
        self._secret = secret
        self._seen: tuple[CodeFingerprint, Watch] | None = None

    def __getstate__(self) -> dict[str, object]:
        # What was seen in one process is not so in another.
        return {**vars(self), "_seen": None}

    def now(self) -> CodeFingerprint:
        """What the code is; the same object as long as it is the same."""
        if self._seen is None or not self._seen[1].unchanged():
            self._seen = self._look()
            if not self._seen[1].settled:
                self._seen = self._look()
        return self._seen[0]

    def _look(self) -> tuple[CodeFingerprint, Watch]:
        code, tracer = traced(self._roots, self._first_party, self._secret)
        return code, Watch(tracer)


def code_of(
    thing: object, first_party: frozenset[str] = frozenset(), secret: bytes | None = None
) -> CodeFingerprint:
    """The code of one function or class; what its module holds by name is watched from then on."""
    if not _lasts(thing):
        return traced([thing], first_party, secret)[0]
    place = (id(thing), first_party, secret)
    live = _lasting.get(place)
    if live is None:
        live = _lasting[place] = LiveCode([thing], first_party, secret)
    return live.now()


def _lasts(thing: object) -> bool:
    """Whether keeping a function or class keeps nothing that would go otherwise."""
    module = sys.modules.get(getattr(thing, "__module__", None) or "")
    return module is not None and vars(module).get(getattr(thing, "__name__", "")) is thing
