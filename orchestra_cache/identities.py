"""What a value counts as, and what it is made of: taken once, beside other work if it is long."""

from __future__ import annotations

import threading
from contextlib import suppress

from orchestra_cache.errors import FingerprintError
from orchestra_cache.fingerprints import encoder
from orchestra_cache.fingerprints.digest import Digest
from orchestra_cache.fingerprints.origin import made_of

__all__ = ["Identity"]


class Identity:
    """The fingerprint of a value that nobody changes meanwhile, taken when it is asked for."""

    def __init__(self, value: object) -> None:
        self._value = value
        self._taken: tuple[Digest | None, tuple[str, ...]] | None = None
        self._thread: threading.Thread | None = None

    @property
    def digest(self) -> Digest | None:
        """The fingerprint; None if the value has none."""
        return self._result()[0]

    @property
    def made_of(self) -> tuple[str, ...]:
        """The classes of the value, as `origin.made_of` names them."""
        return self._result()[1]

    def begin(self) -> None:
        """Take it in a thread of its own, unless it was begun."""
        if self._thread is not None or self._taken is not None:
            return
        thread = threading.Thread(target=self._take, name="orchestra-cache-identity", daemon=True)
        # There may be no more threads to be had: then it is taken when it is asked for.
        with suppress(RuntimeError):
            thread.start()
            self._thread = thread

    def _result(self) -> tuple[Digest | None, tuple[str, ...]]:
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._taken is None:
            self._taken = _identity(self._value)
        return self._taken

    def _take(self) -> None:
        # What goes wrong here goes wrong again for whoever asks.
        with suppress(Exception):
            self._taken = _identity(self._value)


def _identity(value: object) -> tuple[Digest | None, tuple[str, ...]]:
    writer = encoder()
    try:
        digest = writer.digest(value)
    except (FingerprintError, RecursionError):
        digest = None
    return digest, tuple(sorted(made_of(writer.met) | writer.named))
