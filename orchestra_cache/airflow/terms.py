"""What is declared of a cached task, in whichever of the ways that there are to make one."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, lru_cache
from typing import Any

from orchestra_cache.airflow.clears import OnClear, checked_on_clear
from orchestra_cache.airflow.connections import airflow_cache, is_connected
from orchestra_cache.airflow.context import RunContext
from orchestra_cache.cache import Cache
from orchestra_cache.declaration import Declaration
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
        said: The other terms of a `Declaration`, as they were written.
    """

    cache: CacheLike
    namespace: str | None
    context: RunContext | None
    policy: Policy
    on_clear: OnClear | None
    ignore: frozenset[str]
    said: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(
        cls,
        *,
        cache: CacheLike = None,
        ignore: Collection[str] = (),
        namespace: str | None = None,
        context: Collection[str] | None = None,
        ttl: timedelta | None = None,
        mode: Mode = "use",
        single_flight: bool = False,
        on_clear: OnClear | None = None,
        **said: Any,
    ) -> CacheTerms:
        """Take what a user wrote; `CallableCache` says what each of it is.

        Raises:
            ConfigurationError: One of it cannot be meant. What is `declared` is looked at there, or
                by the declaration.
        """
        if not said.keys() <= _DECLARED.keys():
            raise _unknown(said)
        _check_namespace(namespace)
        if isinstance(cache, str):
            _check_text(cache)
        else:
            _check_cache(cache)
        return cls(
            cache,
            namespace,
            None if context is None else RunContext(context),
            Policy(ttl, mode, single_flight=single_flight),
            checked_on_clear(on_clear),
            names_of("ignore", ignore),
            {**_DECLARED, **said},
        )

    @cached_property
    def declared(self) -> Mapping[str, Any]:
        """The other terms of a `Declaration`.

        Raises:
            ConfigurationError: One of them cannot be meant.
        """
        return meant(**self.said)

    def declaration(self, function: Callable[..., Any]) -> Declaration:
        """What is declared of a function.

        Raises:
            ConfigurationError: It does not fit.
        """
        return Declaration(function, ignore=self.ignore, exhausted=True, **self.said)

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


def _check_cache(cache: CacheLike) -> None:
    if not is_connected(cache):
        checked_name(cache)
    reads_from(cache, airflow_cache)


# A DAG may name the same one a thousand times. To see whether it is configured goes through the
# environment, and whether its library is installed is asked of the disk.
_check_text = lru_cache(maxsize=256)(_check_cache)


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


# What an operator takes of the terms of a declaration, and what each is if nothing is said.
_DECLARED = {
    name: inspect.signature(Declaration).parameters[name].default
    for name in (
        "codec", "depends_on", "files", "first_party", "ordered", "packages", "reads", "version",
    )
}  # fmt: skip

# The names of all terms.
TERMS = frozenset(inspect.signature(CacheTerms.of).parameters) - {"said"} | _DECLARED.keys()


def _unknown(said: Mapping[str, object]) -> ConfigurationError:
    return ConfigurationError(
        f"`{min(said.keys() - _DECLARED.keys())}` is no term of a cached task",
        f"there are: {', '.join(sorted(TERMS))}",
    )


def checked(function: Callable[..., Any] | None, arguments: Mapping[str, Any]) -> None:
    """See to it that the terms among an operator's arguments make sense before there is one.

    Raises:
        ConfigurationError: One cannot be meant, or does not fit the function.
    """
    terms = CacheTerms.of(**{name: arguments[name] for name in TERMS if name in arguments})
    if function is None:
        meant(**terms.said)
    else:
        terms.declaration(function)
