"""The fingerprint of loaded code, taken again only when something it was made of has changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from orchestra_cache.fingerprints.code import CodeFingerprint, trace

__all__ = ["LiveCode"]


class LiveCode:
    """Callables and classes with all they reach.

    Args:
        first_party: Installed packages whose code is followed as the user's own is.
    """

    def __init__(self, roots: Iterable[object], first_party: Collection[str] = ()) -> None:
        self._roots = tuple(roots)
        self._first_party = first_party

    def now(self) -> CodeFingerprint:
        """What the code is; the same object as long as it is the same."""
        return trace(self._roots, first_party=self._first_party)
