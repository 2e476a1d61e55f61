"""What is declared of a cached task, in whichever of the ways that there are to make one."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from orchestra_cache.airflow.clears import OnClear, checked_on_clear
from orchestra_cache.airflow.connections import airflow_cache, is_connected
from orchestra_cache.airflow.context import RunContext
from orchestra_cache.cache import Cache
from orchestra_cache.datasets import Dataset
from orchestra_cache.declaration import Declaration
from orchestra_cache.environment import Packages
from orchestra_cache.errors import ConfigurationError
from orchestra_cache.fingerprints.digest import combine
from orchestra_cache.meant import meant, names_of
from orchestra_cache.place import checked_namespace
from orchestra_cache.policy import Mode, Policy
from orchestra_cache.readers import reads_from
from orchestra_cache.settings import CacheLike, checked_name

__all__ = ["TERMS", "CacheTerms", "checked"]

_LONGEST = 63
_OTHER = re.compile(r"[^A-Za-z0-9._-]")
_PLACEHOLDER = re.compile(r"\{(dag_id|task_id)\}")


@dataclass(frozen=True)
class CacheTerms:
    """The cache of a task, its policy, and what its key is made of.

    Attributes:
        cache: As in `airflow_cache`.
        namespace: The part of the cache to use; `{dag_id}` and `{task_id}` in it are the run's.
        context: What is declared of what the task reads of its run; None if nothing was said.
        on_clear: Whether a task that a person cleared is computed again; None is as configured.
        ignore: Parameters that do not change the result.
        declared: The other terms of a `Declaration`.
    """

    cache: CacheLike
    namespace: str | None
    context: RunContext | None
    policy: Policy
    on_clear: OnClear | None
    ignore: frozenset[str]
    declared: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(
        cls,
        *,
        cache: CacheLike = None,
        reads: Sequence[Dataset] | Dataset = (),
        ignore: Collection[str] = (),
        ordered: Collection[str] = (),
        version: str | None = None,
        packages: Packages = "reached",
        depends_on: Sequence[object] | object = (),
        files: Sequence[str] = (),
        first_party: Collection[str] = (),
        codec: str | None = None,
        namespace: str | None = None,
        context: Collection[str] | None = None,
        ttl: timedelta | None = None,
        mode: Mode = "use",
        single_flight: bool = False,
        on_clear: OnClear | None = None,
    ) -> CacheTerms:
        """Check what a user wrote, by itself; `CallableCache` says what each of it is.

        Raises:
            ConfigurationError: One of it cannot be meant.
        """
        declared = meant(reads=reads, ordered=ordered, version=version, packages=packages)
        declared |= meant(depends_on=depends_on, files=files, codec=codec)
        declared |= meant(first_party=first_party)
        _check_namespace(namespace)
        meant_cache = cache if is_connected(cache) else checked_name(cache)
        reads_from(meant_cache, airflow_cache)
        return cls(
            meant_cache,
            namespace,
            None if context is None else RunContext(context),
            Policy(ttl, mode, single_flight=single_flight),
            checked_on_clear(on_clear),
            names_of("ignore", ignore),
            declared,
        )

    def declaration(self, function: Callable[..., Any]) -> Declaration:
        """What is declared of a function.

        Raises:
            ConfigurationError: It does not fit.
        """
        return Declaration(function, ignore=self.ignore, exhausted=True, **self.declared)

    @property
    def own(self) -> Cache | None:
        """The cache; None if there is no such cache, which is said where it is used."""
        with suppress(ConfigurationError):
            return airflow_cache(self.cache)
        return None

    def place(self, dag: str, task: str) -> Cache:
        """The cache, or the part of it that is meant for a task.

        Raises:
            ConfigurationError: There is no such cache.
        """
        cache = airflow_cache(self.cache)
        if self.namespace is None:
            return cache
        named = {"dag_id": dag, "task_id": task}
        whole = _PLACEHOLDER.sub(lambda found: named[found[1]], self.namespace)
        return cache.within(_readable(whole))


def _readable(namespace: str) -> str:
    """A namespace of what letters and length one may have; no two texts have the same."""
    shown = _OTHER.sub("-", namespace)
    if shown == namespace and len(shown) <= _LONGEST:
        return shown
    return f"{shown[: _LONGEST - 9]}-{combine('airflow-namespace', namespace.encode()).hex[:8]}"


def _check_namespace(namespace: str | None) -> None:
    if namespace is None:
        return
    if not isinstance(namespace, str):
        raise ConfigurationError(
            f"namespace= is given an object of type `{type(namespace).__name__}`",
            'write `namespace="trusted"`, or `namespace="{dag_id}"`',
        )
    checked_namespace(_PLACEHOLDER.sub("id", namespace))


# The names of all of them.
TERMS = frozenset(inspect.signature(CacheTerms.of).parameters)


def checked(function: Callable[..., Any] | None, arguments: Mapping[str, Any]) -> None:
    """See to it that the terms among an operator's arguments make sense before there is one.

    Raises:
        ConfigurationError: One cannot be meant, or does not fit the function.
    """
    terms = CacheTerms.of(**{name: arguments[name] for name in TERMS if name in arguments})
    if function is not None:
        terms.declaration(function)
