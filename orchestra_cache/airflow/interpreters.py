"""What another Python says of itself: its version, and what is installed for it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import msgspec

from orchestra_cache.environment import Packages
from orchestra_cache.errors import ConfigurationError, DatasetError
from orchestra_cache.fingerprints.digest import combine
from orchestra_cache.fingerprints.recipe import Component
from orchestra_cache.stores.bounded import within

__all__ = ["Interpreter"]

# Modules of whatever Python that is: only what has long been there.
_QUESTION = """
import json, sys
from importlib.metadata import distributions
found = [
    (one.metadata["Name"], one.version, one.read_text("direct_url.json") or "")
    for one in distributions()
]
version = sys.implementation.name + " " + ".".join(map(str, sys.version_info[:3]))
print("\\n" + json.dumps({"version": version, "installed": found}))
"""
_WRONG = (OSError, subprocess.SubprocessError, IndexError, msgspec.DecodeError)
_WAY_OUT = "correct its path; it has to be Python 3.8 or later"
_SEPARATORS = re.compile(r"[-_.]+")


class Interpreter(msgspec.Struct, frozen=True):
    """A Python with what is installed for it: name, version, and where that is from, if known."""

    version: str
    installed: list[tuple[str | None, str | None, str]]

    @classmethod
    def asked(
        cls, python: str, variables: Mapping[str, str], *, inherit: bool, budget: timedelta
    ) -> Interpreter:
        """Start it and ask: what is installed may be another at each run.

        Args:
            variables: Of its environment, beside those of this process if it is to `inherit` them.
            budget: As in `Cache`: a disk that does not answer may keep no task waiting.

        Raises:
            DatasetError: It does not start, or does not answer, or not in time.
        """
        environment = {**(os.environ if inherit else {}), **variables}
        try:
            said = within(budget, lambda: _said(python, environment, budget))
            return msgspec.json.decode(said.splitlines()[-1], type=cls)
        except _WRONG as error:
            slow = isinstance(error, (TimeoutError, subprocess.TimeoutExpired))
            way_out = "allow more time with `Cache(budget=…)`" if slow else _WAY_OUT
            raise DatasetError(
                f"{python} does not say what is installed for it: {type(error).__name__}: {error}",
                way_out,
            ) from error

    def components(self, packages: Packages) -> Iterator[Component]:
        """It in a key: its version, and the packages that are to count, all if none are named.

        Raises:
            ConfigurationError: A package is not installed there, or its code changes in place.
        """
        yield Component("python", _of(self.version), self.version)
        if packages == "none":
            return
        found = {_spelled(name): rest for name, *rest in reversed(self.installed) if name}
        named = sorted(found) if packages == "reached" else sorted(map(_spelled, packages))
        for name in named:
            yield Component(f"package:{name}", *_version(name, found))


def _said(python: str, environment: Mapping[str, str], budget: timedelta) -> bytes:
    command, seconds = [python, "-c", _QUESTION], budget.total_seconds()
    said = subprocess.run(  # noqa: S603 - the user named it, to be run with their code
        command, env=environment, capture_output=True, check=True, timeout=seconds
    )
    return said.stdout


def _version(name: str, found: Mapping[str, list[Any]]) -> tuple[Any, str]:
    if name not in found:
        raise ConfigurationError(
            f"packages names `{name}`, which is not installed for the task's Python",
            "correct the name, or install it there",
        )
    release, direct = found[name]
    if '"editable": true' in direct:
        raise ConfigurationError(
            f"`{name}` is installed in editable mode: its version does not say what its code is",
            "install it as others are, or name the packages that count: `packages={'numpy'}`",
        )
    return _of(f"{release} {direct}"), release or "unknown"


def _of(text: str) -> Any:
    return combine("version", text.encode())


def _spelled(name: str) -> str:
    return _SEPARATORS.sub("-", name).lower()
