"""What surrounds a run as datasets: the environment, the time, packages, anything told."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import TypeVar

from orchestra_cache.datasets.base import DataVersion
from orchestra_cache.errors import ConfigurationError, DatasetError
from orchestra_cache.fingerprints import Digest
from orchestra_cache.fingerprints.digest import combine

__all__ = ["Environment", "Every", "Package", "Told"]


U = TypeVar("U", bound="_Unbound")


def _utc_now() -> datetime:
    return datetime.now(timezone.utc)


class _Unbound:
    """What these have in common: nothing in them depends on a parameter."""

    @property
    def parameters(self) -> frozenset[str]:
        return frozenset()

    def bind(self: U, arguments: Mapping[str, object]) -> U:
        return self

    def version(self) -> DataVersion:
        raise NotImplementedError

    def __fingerprint__(self) -> object:
        version = self.version()
        return (version.evidence, version.text)


@dataclass(frozen=True)
class Environment(_Unbound):
    """An environment variable; only a digest of its value is kept."""

    variable: str

    @property
    def name(self) -> str:
        return f"${self.variable}"

    def version(self) -> DataVersion:
        """Read the variable now.

        Raises:
            DatasetError: It is not set.
        """
        value = os.environ.get(self.variable)
        if value is None:
            raise DatasetError(f"dataset ${self.variable} is not set", "set the variable")
        return DataVersion("environment", _hidden(value))


@dataclass(frozen=True)
class Every(_Unbound):
    """A new version each period: `Every(hours=1)` is a result that lasts until the hour is full.

    Periods are counted from 1970 in UTC, so that every host agrees. What is computed while one
    ends is used and not kept.
    """

    period: timedelta
    clock: Callable[[], datetime] = field(compare=False, repr=False)

    def __init__(
        self,
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        given = {"days": days, "hours": hours, "minutes": minutes, "seconds": seconds}
        try:
            period = timedelta(**given)
        except (OverflowError, ValueError) as error:
            raise _no_period(given, str(error)) from error
        if period <= timedelta(0):
            raise _no_period(given, "a period is positive")
        object.__setattr__(self, "period", period)
        object.__setattr__(self, "clock", clock)

    @property
    def name(self) -> str:
        return f"every {self.period}"

    def version(self) -> DataVersion:
        now = self.clock()
        if now.tzinfo is None:
            raise DatasetError(
                f"dataset {self.name} has a clock without a time zone",
                "let it return `datetime.now(timezone.utc)`",
            )
        start = datetime(1970, 1, 1, tzinfo=timezone.utc)
        return DataVersion("period", f"{self.period}@{(now - start) // self.period}")


def _no_period(given: Mapping[str, float], why: str) -> ConfigurationError:
    shown = ", ".join(f"{unit}={number!r}" for unit, number in given.items() if number)
    return ConfigurationError(f"Every({shown}): {why}", "write `Every(hours=1)`")


@dataclass(frozen=True)
class Package(_Unbound):
    """The version of an installed distribution that the code does not show it uses."""

    distribution: str

    @property
    def name(self) -> str:
        return self.distribution

    def version(self) -> DataVersion:
        """Ask the environment now.

        Raises:
            DatasetError: It is not installed.
        """
        from importlib import metadata

        try:
            found = metadata.version(self.distribution)
        except metadata.PackageNotFoundError as error:
            raise DatasetError(
                f"dataset {self.distribution} is not installed",
                f"pip install {self.distribution}",
            ) from error
        return DataVersion("version", f"{self.distribution}@{found}")


@dataclass(frozen=True)
class Told(_Unbound):
    """Whatever a function says: `Told(lambda: model_registry.latest("churn"))`."""

    function: Callable[[], str]
    label: str = ""

    @property
    def name(self) -> str:
        return self.label or getattr(self.function, "__qualname__", "told")

    def version(self) -> DataVersion:
        """Call the function now.

        Raises:
            DatasetError: It raises, or does not return text.
        """
        try:
            told = self.function()
        except Exception as error:
            raise DatasetError(
                f"dataset {self.name} cannot be told: {error}", "correct the function"
            ) from error
        if type(told) is not str or not told:
            raise DatasetError(
                f"dataset {self.name} told {told!r}, which is no version", "return a text"
            )
        return DataVersion("told", told)


def _hidden(value: str) -> str:
    digest: Digest = combine("environment", value.encode("utf-8", "surrogateescape"))
    return digest.hex
