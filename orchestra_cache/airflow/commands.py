"""What the result of a command depends on: its text, its variables, its working folder."""

from __future__ import annotations

import functools
import os
import re
import types
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from pydantic import SecretStr

from orchestra_cache.airflow._compat.bash import HELD, BashDecoratedOperator, BashOperator
from orchestra_cache.airflow.operands import COUNTED, MORE, Operands, functions_in, parameters_of
from orchestra_cache.airflow.terms import CacheTerms
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.fingerprints.recipe import Component, bears_secret

__all__ = ["CommandOperands", "check_outputs", "inherited", "reads_its_run", "variables"]

_NAMED = re.compile(r"\$\{?[!#]?([A-Za-z_]\w*)")

# Airflow sets these for every command: which run it is.
_OF_RUNS = "AIRFLOW_CTX_"

# Of what every command has, what counts beside its variables.
_COUNTED = (
    "bash_command", "cwd", "output_encoding", "outputs", "run_as_user", "skip_on_exit_code",
)  # fmt: skip


@dataclass(frozen=True)
class CommandOperands(Operands):
    """A command as it is when it runs.

    A class that somebody wrote on top of Airflow's counts as any operator does; Airflow's own is
    the same in all its versions.
    """

    @classmethod
    def of(cls, operator: Any) -> CommandOperands:
        """With the class that somebody wrote on top of Airflow's, or that one."""
        kind: type = type(operator)
        return cls(operator, _written_by_somebody(kind))

    @property
    def names(self) -> Mapping[str, object]:
        known = super().names
        return {**dict.fromkeys(self._given), **known} if self._given else known

    def arguments(self, terms: CacheTerms) -> dict[str, Any]:
        # They may be templates.
        check_outputs(self.operator.outputs, self.operator.cwd, terms.ignore)
        found = {} if self._is_plain else self._own(terms)
        found |= {name: getattr(self.operator, name) for name in _COUNTED}
        inherits = self.operator.env is None or bool(self.operator.append_env)
        found |= {"inherits": inherits, "output_processor": self._processor}
        found |= variables(self._given)
        if inherits:
            found |= inherited(self.operator.bash_command, self._given)
        return {name: value for name, value in found.items() if name not in terms.ignore}

    def functions(self, ignore: frozenset[str]) -> list[types.FunctionType]:
        if self._is_plain:
            # A function that says the command is no part of it.
            return [] if "output_processor" in ignore else [*functions_in(self._processor)]
        found = super().functions(ignore)
        return [one for one in found if one.__module__ != BashOperator.__module__]

    def components(self, terms: CacheTerms) -> tuple[Component, ...]:
        return () if self._is_plain else super().components(terms)

    def reads_its_run(self) -> tuple[str, ...]:
        return tuple(reads_its_run(self.operator.bash_command, self._given))

    @property
    def _is_plain(self) -> bool:
        return self.kind is BashOperator

    @property
    def _given(self) -> Mapping[str, Any]:
        # Where the variables are a template, their names are known when it runs.
        return self.operator.env if isinstance(self.operator.env, Mapping) else {}

    @property
    def _processor(self) -> Callable[[str], Any] | None:
        """What is made of the output, if it is not Airflow's own doing nothing."""
        processor: Callable[[str], Any] = self.operator.output_processor
        own = getattr(processor, "__module__", "") == BashOperator.__module__
        return None if own else processor

    def _own(self, terms: CacheTerms) -> dict[str, Any]:
        """What a class of somebody's has more."""
        others = [one for one in self.kind.__mro__ if one is BashOperator or _is_ours(one)]
        common = {name for one in others for name in parameters_of(one)} - COUNTED
        found = super().arguments(terms)
        left = {name: value for name, value in found.items() if name not in common}
        if MORE in left:
            more = left[MORE].items()
            left[MORE] = {name: value for name, value in more if name not in HELD}
        return left


@functools.cache
def _written_by_somebody(kind: type) -> type:
    for one in kind.__mro__:
        # What a class was made of, to give it a cache.
        found: type = vars(one).get("_orchestra_cache_of", one)
        if not (_is_ours(found) or issubclass(BashDecoratedOperator, found)):
            return found
    return BashOperator


def _is_ours(kind: type) -> bool:
    return kind.__module__.partition(".")[0] == __name__.partition(".")[0]


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


def check_outputs(outputs: object, cwd: object, ignore: Collection[str]) -> None:
    """See to it that declared outputs can be found, and put back where they were.

    Raises:
        ConfigurationError: They cannot.
    """
    if not isinstance(outputs, (list, tuple)) or not all(type(one) is str for one in outputs):
        raise ConfigurationError("outputs is no list of patterns", 'write `outputs=["out/*.csv"]`')
    for one in outputs:
        path = PurePath(one)
        if path.is_absolute() or ".." in path.parts or not path.parts:
            raise ConfigurationError(
                f"outputs names {one!r}, which is not inside of `cwd`",
                'write a path that starts there: `outputs=["out/*.csv"]`',
            )
    if outputs and (cwd is None or "cwd" in ignore):
        raise ConfigurationError(
            "outputs are declared, and not where they are: `cwd` is missing, or ignored",
            "give the folder that the command runs in: `cwd=…`",
        )


def _guarded(name: str, value: str | None) -> object:
    return SecretStr(value) if value is not None and bears_secret(name) else value
