"""What the result of a command depends on: its text, its variables, its working folder."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

from pydantic import SecretStr

from orchestra_cache.errors import ConfigurationError, OrchestraCacheError
from orchestra_cache.fingerprints.recipe import bears_secret

__all__ = ["MissingOutputError", "check_outputs", "inherited", "made", "reads_its_run", "variables"]

_NAMED = re.compile(r"\$\{?[!#]?([A-Za-z_]\w*)")

# Airflow sets these for every command: which run it is.
_OF_RUNS = "AIRFLOW_CTX_"


class MissingOutputError(OrchestraCacheError):
    """A command did not make what it was declared to make."""


def variables(env: Mapping[str, Any]) -> dict[str, Any]:
    """The variables that a command is given, those with telling names as secrets."""
    return {name: _guarded(name, str(value)) for name, value in env.items()}


def inherited(command: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The variables of the worker that a command names itself, as they are now."""
    names = sorted(set(_NAMED.findall(command)) - given.keys())
    asked = {name: os.environ.get(name) for name in names if not name.startswith(_OF_RUNS)}
    return {f"environment:{name}": _guarded(name, value) for name, value in asked.items()}


def reads_its_run(command: str, given: Mapping[str, Any]) -> Iterator[str]:
    """Say what a command reads of the run that it is in."""
    for text in (command, *map(str, given.values())):
        found = re.search(rf"{_OF_RUNS}\w*", text)
        if found:
            yield f"`{found[0]}`, which Airflow sets"


def check_outputs(outputs: object, cwd: object, ignore: Iterable[str]) -> None:
    """See to it that declared outputs can be found, and put back where they were.

    Raises:
        ConfigurationError: They cannot.
    """
    if not isinstance(outputs, (list, tuple)) or not all(type(one) is str for one in outputs):
        raise ConfigurationError("outputs is no list of patterns", 'write `outputs=["out/*.csv"]`')
    for one in outputs:
        if PurePath(one).is_absolute() or ".." in PurePath(one).parts or not PurePath(one).parts:
            raise ConfigurationError(
                f"outputs names {one!r}, which is not inside of `cwd`",
                'write a path that starts there: `outputs=["out/*.csv"]`',
            )
    if outputs and (cwd is None or "cwd" in set(ignore)):
        raise ConfigurationError(
            "outputs are declared, and not where they are: `cwd` is missing, or ignored",
            "give the folder that the command runs in: `cwd=…`",
        )


def made(outputs: Iterable[str], cwd: str) -> list[Path]:
    """What is there of declared outputs; of a folder and what it holds, the folder.

    Raises:
        MissingOutputError: One is not there.
    """
    found: set[Path] = set()
    for one in outputs:
        paths = set(Path(cwd).glob(one))
        if not paths:
            raise MissingOutputError(
                f"the command made no `{one}` in {cwd}", "correct `outputs`, or the command"
            )
        found |= paths
    return sorted(path for path in found if found.isdisjoint(path.parents))


def _guarded(name: str, value: str | None) -> object:
    return SecretStr(value) if value is not None and bears_secret(name) else value
