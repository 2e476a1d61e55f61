"""What an operator pushes to XCom itself, beside its result: taken down, and pushed on a hit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from orchestra_cache.attempt import Attempt
from orchestra_cache.errors import OrchestraCacheError
from orchestra_cache.events import Hit, Uncached, emit
from orchestra_cache.fingerprints import fingerprint

__all__ = [
    "Pushed",
    "PushedError",
    "is_plain",
    "keeps",
    "pushed_in",
    "repeat",
    "watching_pushes",
]

# Keys with values, in the order in which they were pushed.
Pushed = list[list[Any]]

_EFFECT = "xcom"

# The second one is for coroutines, in some versions.
_METHODS = ("xcom_push", "axcom_push")

_NOT_PLAIN = object()


class PushedError(OrchestraCacheError):
    """What an operator pushed cannot be kept, so that a hit would push less."""


@contextmanager
def watching_pushes(context: Mapping[str, Any]) -> Iterator[Pushed]:
    """Take down what is pushed meanwhile through the task instance, as operators do."""
    instance = context["ti"]
    pushed: Pushed = []
    names = [name for name in _METHODS if hasattr(instance, name)]
    before = {name: vars(instance)[name] for name in names if name in vars(instance)}
    for name in names:
        # Its class says what may be set on it, and this is of no interest to that.
        object.__setattr__(instance, name, _watched(getattr(instance, name), pushed))
    try:
        yield pushed
    finally:
        for name in names:
            object.__delattr__(instance, name)
        for name, held in before.items():
            object.__setattr__(instance, name, held)


def _watched(push: Callable[..., Any], pushed: Pushed) -> Callable[..., Any]:
    def watched(key: str, value: Any, *args: Any, **kwargs: Any) -> Any:
        pushed.append([key, _as_of_now(value)])
        return push(key, value, *args, **kwargs)

    return watched


def _as_of_now(value: Any) -> Any:
    """A copy of plain data, which may change later; all else as it is: that is not kept."""
    copy = _plain(value)
    return value if copy is _NOT_PLAIN else copy


def _plain(value: Any) -> Any:
    try:
        copy = json.loads(json.dumps(value))
        return copy if fingerprint(copy) == fingerprint(value) else _NOT_PLAIN
    except Exception:
        return _NOT_PLAIN


def is_plain(value: Any) -> bool:
    """Whether JSON gives a value back as it is."""
    return _plain(value) is not _NOT_PLAIN


def pushed_in(pushed: Pushed) -> dict[str, Any]:
    """What an entry keeps of it.

    Raises:
        PushedError: It is not plain data.
    """
    if not pushed:
        return {}
    if is_plain(pushed):
        return {_EFFECT: pushed}
    names = ", ".join(f"`{key}`" for key, _ in pushed)
    raise PushedError(
        f"it pushes {names} to XCom beside its result, and not all of that is plain data",
        "its result is used and not kept",
    )


def keeps(attempt: Attempt, pushed: Pushed) -> bool:
    """Have the entry keep what was pushed; if it cannot, which is said, there is to be none."""
    try:
        attempt.effects = {**attempt.effects, **pushed_in(pushed)}
    except PushedError as error:
        emit(Uncached.because(attempt.declaration.task, error))
        return False
    return True


def repeat(attempt: Attempt, context: Mapping[str, Any]) -> None:
    """Push what the one who computed it pushed; without that, the hit is a miss."""
    if isinstance(attempt.found, Hit):
        try:
            for key, value in attempt.found.effects.get(_EFFECT, ()):
                context["ti"].xcom_push(key, value)
        except Exception as error:
            attempt.lost(error)
            attempt.tell()
