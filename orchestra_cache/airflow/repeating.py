"""What an operator pushes to XCom itself, beside its result: taken down, and pushed on a hit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from orchestra_cache.attempt import Attempt
from orchestra_cache.errors import OrchestraCacheError
from orchestra_cache.events import Hit
from orchestra_cache.fingerprints import fingerprint

__all__ = ["Pushed", "PushedError", "pushed_in", "repeat", "watching_pushes"]

# Keys with values, in the order in which they were pushed.
Pushed = list[list[Any]]

_EFFECT = "xcom"


class PushedError(OrchestraCacheError):
    """What an operator pushed cannot be kept, so that a hit would push less."""


@contextmanager
def watching_pushes(context: Mapping[str, Any]) -> Iterator[Pushed]:
    """Take down what is pushed meanwhile through the task instance, as operators do."""
    instance, pushed = context["ti"], []
    push: Callable[..., Any] = instance.xcom_push

    def watched(key: str, value: Any, *args: Any, **kwargs: Any) -> Any:
        pushed.append([key, value])
        return push(key, value, *args, **kwargs)

    # Its class says what may be set on it, and this is of no interest to that.
    object.__setattr__(instance, "xcom_push", watched)
    try:
        yield pushed
    finally:
        object.__delattr__(instance, "xcom_push")


def pushed_in(pushed: Pushed) -> dict[str, Any]:
    """What an entry keeps of it.

    Raises:
        PushedError: It is not plain data.
    """
    if not pushed:
        return {}
    try:
        same = fingerprint(json.loads(json.dumps(pushed))) == fingerprint(pushed)
    except Exception:
        same = False
    if same:
        return {_EFFECT: pushed}
    names = ", ".join(f"`{key}`" for key, _ in pushed)
    raise PushedError(
        f"it pushes {names} to XCom beside its result, and not all of that is plain data",
        "its result is used and not kept",
    )


def repeat(attempt: Attempt, context: Mapping[str, Any]) -> None:
    """Push what the one who computed it pushed; without that, the hit is a miss."""
    if isinstance(attempt.found, Hit):
        try:
            for key, value in attempt.found.effects.get(_EFFECT, ()):
                context["ti"].xcom_push(key, value)
        except Exception as error:
            attempt.lost(error)
