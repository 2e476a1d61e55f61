"""Outputs that travel between tasks as small stand-ins, and are read by tasks that really run."""

from __future__ import annotations

import copy
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from contextlib import suppress
from datetime import date, datetime
from typing import Any, NoReturn

from orchestra_cache.errors import FingerprintError, OrchestraCacheError
from orchestra_cache.events import Failed, emit
from orchestra_cache.fingerprints import encoder
from orchestra_cache.fingerprints.digest import Digest
from orchestra_cache.fingerprints.values.nodes import kind_of
from orchestra_cache.identities import Identity
from orchestra_cache.prefect.inside import UnhashableError, replaced
from orchestra_cache.prefect.misuses import (
    TaskRefError,
    asked_by_prefect,
    misused,
    misused_attribute,
    refuses_uses,
)
from orchestra_cache.readers import read_ref
from orchestra_cache.recipes import shown
from orchestra_cache.ref import Ref

__all__ = ["TaskRef", "load_refs"]


# Parts of names and of log lines: their text is the same, whoever writes it down.
_TEXTS = (str, int, float, bool, type(None), date, datetime)


@refuses_uses
class TaskRef:
    """The output of a cached task: `.load()` gives the value.

    A task with one of our policies is given the value by itself, if it runs. To any other task, and
    in the code of a flow, it is what it is: equal to those whose values are equal, and the text of
    the word, number or day that it holds. Whatever else is done with it raises.

    Args:
        held: The Ref; or the value itself, where it is small, or could not be stored.
        again: Computes the value once more, should it be gone: the process of the task run can.
    """

    __slots__ = ("__weakref__", "_again", "_held")

    def __init__(self, held: object, again: Callable[[], Any] | None = None) -> None:
        self._held = held
        self._again = again

    def load(self) -> Any:
        """Read the value.

        Raises:
            StoreError: It is not there any more, or damaged: the task that made it has to run
                again.
        """
        if not isinstance(self._held, Ref):
            with suppress(Exception):
                # Each reader has its own, as of one that is stored.
                return copy.deepcopy(self._held)
            return self._held
        try:
            return read_ref(self._held)
        except OrchestraCacheError as error:
            if self._again is None:
                raise
            emit(Failed("Ref", "", "read the output of a task, which is computed again", error))
            return self._again()

    def __reduce__(self) -> tuple[Any, ...]:
        return TaskRef, (self._held,)

    def __fingerprint__(self) -> Digest:
        """That of the value: who is given one or the other has one key."""
        if isinstance(self._held, Ref):
            return Digest.parse(self._held.fingerprint)
        writer = encoder()
        digest = writer.digest(self._held)
        if writer.secrets:
            # Only the namespace's own key may digest a secret, and it is not known here.
            raise FingerprintError("value of a TaskRef", kind_of(self._held))
        return digest

    @property
    def __fingerprint_classes__(self) -> tuple[str, ...]:
        held = self._held
        return held.made_of if isinstance(held, Ref) else Identity(held).made_of

    def __fingerprint_shown__(self) -> str:
        return shown(self._held)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TaskRef):
            # That it is not equal would be believed, and it may be the very value.
            raise misused("value to compare")
        return self is other or self.__fingerprint__() == other.__fingerprint__()

    def __hash__(self) -> int:
        # Not that of the digest: where both are keys, one would be compared with the other.
        return hash((TaskRef, self.__fingerprint__()))

    def __repr__(self) -> str:
        held = repr(self._held) if isinstance(self._held, Ref) else type(self._held).__name__
        return f"TaskRef({held})"

    def __str__(self) -> str:
        # Logs and the messages of errors ask for it: to raise here would fail a task over a line.
        return str(self._held) if type(self._held) in _TEXTS else repr(self)

    def __format__(self, spec: str) -> str:
        # Names of files are made of it: those of all outputs would be one.
        if type(self._held) in _TEXTS:
            return format(self._held, spec)
        if asked_by_prefect():
            return repr(self)
        raise misused("text", "call `.load()` to get the value, or show what this is with `!r`")

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise misused_attribute(name)

    def __setattr__(self, name: str, value: object) -> None:
        if name not in TaskRef.__slots__:
            raise misused_attribute(name)
        object.__setattr__(self, name, value)


def load_refs(arguments: dict[str, Any], names: AbstractSet[str] | None = None) -> None:
    """Put values where there are TaskRefs, in the very arguments that a task is called with.

    Also inside of them, at any depth, wherever Prefect puts values in the place of futures.

    Args:
        names: Those of the arguments to look at; without it, all.

    Raises:
        StoreError: One of them cannot be read.
        TaskRefError: The value of one cannot be where it is.
    """
    for name in arguments if names is None else names & arguments.keys():
        arguments[name] = _loaded(name, arguments[name])


def _loaded(name: str, value: Any) -> Any:
    try:
        return replaced(value, _value_of)
    except UnhashableError as error:
        raise TaskRefError(
            f"`{name}` has a TaskRef in a {error}, where its value cannot be",
            "give the task a list of them",
        ) from error


def _value_of(part: Any) -> Any:
    return part.load() if isinstance(part, TaskRef) else part
