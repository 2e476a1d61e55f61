"""A thread that sees to what runs leave behind: the engine does not always give back locks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sized

__all__ = ["Watch"]

# How long others wait at most for what a run has left behind.
_PAUSE_SECONDS = 1.0


class Watch:
    """Sweeps from time to time, as long as there is anything to look after.

    Args:
        held: What is looked after. Add to it before `begin`.
        sweep: Gives back what nobody else will, and takes it away from `held`.
    """

    def __init__(self, held: Sized, sweep: Callable[[], object]) -> None:
        self._held, self._sweep = held, sweep
        self._guard = threading.Lock()
        self._begun = False

    def begin(self) -> None:
        """Start a thread, unless there is one."""
        with self._guard:
            if self._begun:
                return
            self._begun = True
        try:
            threading.Thread(target=self._watch, name="watch", daemon=True).start()
        except RuntimeError:
            # Without a thread things last until they are given back, or the process ends.
            self._begun = False

    def _watch(self) -> None:
        while True:
            time.sleep(_PAUSE_SECONDS)
            self._sweep()
            with self._guard:
                if not self._held:
                    self._begun = False
                    return
