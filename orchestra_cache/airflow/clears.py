"""Whether people asked for a task to be computed again: by clearing it, or with the run."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal, get_args

from orchestra_cache.airflow._compat import runs
from orchestra_cache.airflow._compat.configuration import setting
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.fingerprints.values.nodes import short_repr
from orchestra_cache.policy import Mode

__all__ = [
    "ASKED",
    "OnClear",
    "checked_on_clear",
    "mode_of",
    "run_param",
    "since_clear",
    "without_asked",
]

OnClear = Literal["refresh", "reuse"]
_KNOWN = get_args(OnClear)

# What a run's conf and params are asked by, and is no part of what a task computes.
ASKED = "orchestra_cache"


def checked_on_clear(on_clear: OnClear | None) -> OnClear | None:
    """One of the two, or nothing.

    Raises:
        ConfigurationError: It is something else.
    """
    if on_clear is not None and on_clear not in _KNOWN:
        raise ConfigurationError(
            f"on_clear={short_repr(on_clear)} is not known",
            f"use one of {', '.join(_KNOWN)}",
        )
    return on_clear


def run_param() -> Any:
    """A param that lets people choose in the form that triggers a run: `params={ASKED: …}`.

    `params={"orchestra_cache": run_param()}` on a DAG.
    """
    return runs.choice(list(get_args(Mode)), "what cached tasks of this run do with the cache")


def mode_of(context: Mapping[str, Any], mode: Mode, on_clear: OnClear | None) -> Mode:
    """What a task instance does with the cache, given what was declared.

    A clear asks once: its first try computes, and tries after that one find what it kept. Where
    nothing is to be kept, all of them compute (see `since_clear`). Tasks that Airflow's scheduler
    adopted after it was restarted look the same as cleared ones.

    Raises:
        ConfigurationError: The run asks for something that there is not.
    """
    asked = _asked(context)
    if mode == "use" and asked == "use" and runs.newly_cleared(context):
        return "use" if _on_clear(on_clear) == "reuse" else "refresh"
    if mode == "use" or asked == "off":
        return asked
    # To compute again and not to keep it is to do without.
    return "off" if (mode, asked) == ("readonly", "refresh") else mode


def since_clear(context: Mapping[str, Any], on_clear: OnClear | None) -> str:
    """What entries say that were made after a person cleared this task instance; nothing if so.

    A try that was cleared and failed has published nothing. The next ones must not find what the
    person wanted to be rid of.
    """
    first = runs.cleared_at(context)
    if first is None or _on_clear(on_clear) == "reuse":
        return ""
    return f"{runs.producer(context)}, try {first}"


def without_asked(params: Mapping[str, Any]) -> dict[str, Any]:
    """Params as they count in a key: a run that is told to refresh computes the same."""
    return {name: value for name, value in params.items() if name != ASKED}


def _on_clear(declared: OnClear | None) -> OnClear | None:
    return declared or checked_on_clear(setting("on_clear") or None)  # type: ignore[arg-type]


def _asked(context: Mapping[str, Any]) -> Mode:
    for place in (runs.conf(context), context.get("params") or {}):
        said = place.get(ASKED)
        if said:
            return _meant(said, runs.task_id(context))
    return "use"


def _meant(said: object, task: str) -> Mode:
    if isinstance(said, str) and said in get_args(Mode):
        return said  # type: ignore[return-value]
    if isinstance(said, Collection) and not isinstance(said, (str, bytes, Mapping)):
        # The name of a group stands for all that is in it.
        listed = any(isinstance(one, str) and f"{task}.".startswith(f"{one}.") for one in said)
        return "refresh" if listed else "use"
    raise ConfigurationError(
        f"the run asks for {ASKED}={short_repr(said)}, which there is not",
        f"use one of {', '.join(get_args(Mode))}, or a list of ids of tasks to refresh",
    )
