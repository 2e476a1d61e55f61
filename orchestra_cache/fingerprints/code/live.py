"""The fingerprint of loaded code, taken again only when something it was made of has changed."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable

from orchestra_cache.fingerprints.code.trace import CodeFingerprint, traced
from orchestra_cache.fingerprints.code.tracer import Tracer
from orchestra_cache.fingerprints.code.watch import Watch

__all__ = ["LiveCode", "code_of"]

_Seen = tuple[CodeFingerprint, Watch, Tracer]

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
        self._seen: _Seen | None = None
        self._reached: dict[frozenset[str], tuple[CodeFingerprint, tuple[str, ...]]] = {}

    def __getstate__(self) -> dict[str, object]:
        # What was seen in one process is not so in another.
        return {**vars(self), "_seen": None, "_reached": {}}

    def now(self) -> CodeFingerprint:
        """What the code is; the same object as long as it is the same."""
        return self._now()[0]

    def reached(self, watched: frozenset[str]) -> tuple[str, ...]:
        """Which of these dotted names the code uses and where, as it was seen last."""
        code, _, tracer = self._seen or self._now()
        known = self._reached.get(watched)
        if known is None or known[0] is not code:
            # Most processes do not ask.
            from orchestra_cache.fingerprints.code.reaches import reached

            known = self._reached[watched] = code, reached(self._roots, tracer, watched)
        return known[1]

    def _now(self) -> _Seen:
        seen = self._seen
        if seen is None or not seen[1].unchanged():
            seen = self._look()
            if not seen[1].settled:
                seen = self._look()
            self._seen = seen
        return seen

    def _look(self) -> _Seen:
        code, tracer = traced(self._roots, self._first_party, self._secret)
        return code, Watch(tracer), tracer


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
