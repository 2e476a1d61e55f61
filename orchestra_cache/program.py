"""The code that a call runs, as components: its own, what was declared, its arguments' classes."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from orchestra_cache.environment import Packages, package_components, python_component
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.fingerprints import encoder
from orchestra_cache.fingerprints.code.live import LiveCode
from orchestra_cache.fingerprints.code.trace import CodeFingerprint
from orchestra_cache.fingerprints.origin import made_of, origin_of
from orchestra_cache.fingerprints.recipe import Component
from orchestra_cache.fingerprints.values.encoder import Encoder

__all__ = ["Program"]

# Sets of classes and packages that the arguments of one task are made of; beyond these, the oldest
# is left.
_KEPT = 16

_NO_NAMES: frozenset[str] = frozenset()


class Program:
    """The code of a task.

    Args:
        depends_on: What the code uses in a way that is not seen; a text is `module` or
            `module:name`.
        packages: Which installed packages are in the key.
        first_party: Installed packages that are followed as the user's own code is.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        *,
        depends_on: Iterable[object],
        packages: Packages,
        first_party: frozenset[str],
    ) -> None:
        self._function = function
        self._depends_on = tuple(depends_on)
        self._packages = packages
        self._first_party = first_party
        self._runs: dict[tuple[object, ...], _Run] = {}
        self._looked = False

    def __getstate__(self) -> dict[str, object]:
        # What was seen in one process is not so in another.
        return {**vars(self), "_runs": {}, "_looked": False}

    def components(self, writer: Encoder) -> tuple[Component, ...]:
        """The components of a call whose arguments `writer` has written, as the code is now.

        Raises:
            ConfigurationError: Something in `depends_on` is not there.
        """
        if writer.met or writer.named or self._depends_on:
            names = made_of(writer.met, self._first_party) | writer.named
            declared = map(_declared, self._depends_on)
            classes = [*_classes(names, writer.met - {*writer.namesakes}), *writer.namesakes]
            roots = (self._function, *declared, *classes)
        else:
            names, roots = _NO_NAMES, (self._function,)
        # The packages too: calls with the same roots may bring others.
        place = (writer.secret, names, *map(id, roots))
        run = self._runs.get(place)
        if run is None:
            live = LiveCode(roots, self._first_party, writer.secret)
            run = self._keep(place, _Run(live, _distributions(names)))
        return self._current(run, writer.packages)

    def plain(self, secret: bytes | None) -> tuple[Component, ...] | None:
        """The components of a call whose arguments bring no code, if there was one before."""
        run = self._runs.get((secret, _NO_NAMES, id(self._function)))
        if run is None or self._depends_on:
            return None
        self._looked = True
        return run.components if run.live.now() is run.code else self._current(run, {})

    def reaches(self, watched: frozenset[str]) -> tuple[str, ...]:
        """Which of these dotted names the code uses: the task's, and that of arguments so far."""
        if not self._runs:
            self.components(encoder(None, self._first_party))
        runs = list(self._runs.values())
        if not self._looked:
            for run in runs:
                run.live.now()
        # The code was looked at for a recipe just before: that need not be done twice.
        self._looked = False
        if len(runs) == 1:
            return runs[0].live.reached(watched)
        return tuple(dict.fromkeys(one for run in runs for one in run.live.reached(watched)))

    def _keep(self, place: tuple[object, ...], run: _Run) -> _Run:
        while len(self._runs) >= _KEPT:
            self._runs.pop(next(iter(self._runs)))
        # It holds the roots, so that their identities stay theirs.
        self._runs[place] = run
        return run

    def _current(self, run: _Run, packages: dict[str, str]) -> tuple[Component, ...]:
        code, self._looked = run.live.now(), True
        if packages:
            # Of functions among the arguments: another call may bring others.
            return tuple(self._components(code, run.packages | packages))
        if run.code is not code:
            run.components = tuple(self._components(code, run.packages))
            run.code = code
        return run.components

    def _components(self, code: CodeFingerprint, packages: dict[str, str]) -> Iterator[Component]:
        yield Component("code", code.digest)
        for one in code.definitions:
            yield Component(f"code:{one.label}", one.digest, one.shown)
        yield python_component()
        yield from package_components(code.packages | packages, self._packages)


@dataclass(slots=True)
class _Run:
    """The code of calls whose arguments are made of the same classes, of the same packages."""

    live: LiveCode
    packages: dict[str, str]
    code: CodeFingerprint | None = None
    components: tuple[Component, ...] = ()


def _classes(names: Iterable[str], met: Iterable[type]) -> list[type]:
    """The user's own classes among those that the arguments are made of."""
    own = sorted(name for name in names if ":" in name)
    if not own:
        return []
    at_hand = {f"{kind.__module__}:{kind.__qualname__}": kind for kind in met}
    found = [at_hand.get(name) or _imported(name) for name in own]
    return [kind for kind in found if isinstance(kind, type)]


def _imported(name: str) -> object:
    module, _, path = name.partition(":")
    try:
        held: object = importlib.import_module(module)
        for part in path.split(".") if path else ():
            held = getattr(held, part)
    except (ImportError, AttributeError):
        return None
    return held


def _declared(thing: object) -> object:
    found = _imported(thing) if isinstance(thing, str) else thing
    if found is None:
        raise ConfigurationError(
            f"depends_on names {thing!r}, which cannot be imported", "write `module:function`"
        )
    return found


def _distributions(names: Iterable[str]) -> dict[str, str]:
    origins = [origin_of(name) for name in names if ":" not in name]
    return {one.distribution: one.version or "unknown" for one in origins if one.distribution}
