"""How long and when an entry may be used, and what happens when the cache fails."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal, get_args

from orchestra_cache.errors import ConfigurationError

__all__ = ["Mode", "OnError", "Policy"]

Mode = Literal["use", "refresh", "readonly", "off"]
OnError = Literal["run", "raise"]
_MODES, _ON_ERROR = get_args(Mode), get_args(OnError)


@dataclass(frozen=True, slots=True)
class Policy:
    """Terms of use of a cache, for one task or one call.

    Args:
        ttl: How long after it was made an entry may be used; None is forever.
        mode: `use` looks up and publishes, `refresh` computes and replaces, `readonly` never
            publishes, `off` is as if there were no cache.
        on_error: A store that fails is reported and the task runs, or the error is raised.
        single_flight: While one computes a result, others that miss it wait and then hit.
        wait: How long they wait before they compute it anyway.
    """

    ttl: timedelta | None = None
    mode: Mode = "use"
    on_error: OnError = "run"
    single_flight: bool = False
    wait: timedelta = timedelta(hours=1)

    def __post_init__(self) -> None:
        if self.ttl is not None:
            _duration("ttl", self.ttl)
            if self.ttl <= timedelta(0):
                raise ConfigurationError(
                    f"ttl={self.ttl!r} is not positive: nothing would ever be a hit",
                    "write `ttl=timedelta(days=7)`, or `mode='off'` for a task without cache",
                )
        _duration("wait", self.wait)
        if self.wait < timedelta(0):
            raise ConfigurationError(
                f"wait={self.wait!r} is negative", "write `wait=timedelta(minutes=10)`"
            )
        if not isinstance(self.single_flight, bool):
            raise ConfigurationError(
                f"single_flight={self.single_flight!r} is neither True nor False",
                "write `single_flight=True`, or leave it out",
            )
        _one_of("mode", self.mode, _MODES)
        _one_of("on_error", self.on_error, _ON_ERROR)

    def within(self, timeout: float | None) -> Policy:
        """The same for a task that has so many seconds of its own.

        Half of them are left to compute in, if the one to wait for does not come to an end.
        """
        if not timeout:
            return self
        return replace(self, wait=min(self.wait, timedelta(seconds=timeout / 2)))


def _duration(name: str, value: object) -> None:
    if not isinstance(value, timedelta):
        raise ConfigurationError(
            f"{name}={value!r} is not a duration", f"write `{name}=timedelta(days=7)`"
        )


def _one_of(name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ConfigurationError(f"{name}={value!r} is not known", f"use one of {', '.join(known)}")
