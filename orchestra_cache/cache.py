"""A place for results, and all that can be asked of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, TypeVar, overload

from orchestra_cache.attempt import Attempt, find
from orchestra_cache.declaration import Declaration, Terms
from orchestra_cache.entries import Entries
from orchestra_cache.events import Hit, Miss, emit, subscribe
from orchestra_cache.fingerprints.recipe import Recipe
from orchestra_cache.memoized import Memoized
from orchestra_cache.observers import logs
from orchestra_cache.place import DEFAULT, checked_namespace, checked_place
from orchestra_cache.policy import Mode, Policy
from orchestra_cache.secrecy import secret_of
from orchestra_cache.stores import Store, open_store

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["Cache"]

F = TypeVar("F", bound=Callable[..., Any])

subscribe(logs.write)


def utc_now() -> datetime:
    return datetime.now(timezone.utc)


class Cache:
    """Results by what they depend on, in one place for everyone who can reach it.

    Args:
        place: A folder or any URL that fsspec knows; without one, a folder in the user's home.
        namespace: A part of the place with its own level of trust.
        trusted: Only trusted parties can write to a remote place, so that pickles may be read
            from it. A local folder that is the user's own is trusted without saying.
        storage_options: Credentials, endpoints and the like, as fsspec takes them.
        secrets_key: At least 32 bytes that only those know who use this namespace: secrets among
            arguments are digested under it, so that a stored key does not let them be guessed.
            Another key is another set of keys for calls that have secrets.
        policy: Terms for every task that does not set its own.

    Raises:
        ConfigurationError: The place cannot be meant; nothing is opened to find that out.
    """

    def __init__(
        self,
        place: str | os.PathLike[str] | None = None,
        *,
        namespace: str = "main",
        trusted: bool = False,
        storage_options: Mapping[str, Any] | None = None,
        secrets_key: str | bytes | None = None,
        policy: Policy | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.place = checked_place(DEFAULT if place is None else place)
        self.namespace = checked_namespace(namespace)
        self.policy = policy or Policy()
        self._terms = {
            "namespace": namespace,
            "trusted": trusted,
            "storage_options": dict(storage_options or {}),
            "secrets_key": secrets_key,
        }
        self._store = open_store(self.place, trusted=trusted, options=storage_options)
        self._entries = Entries(self._store, self.namespace, clock, secret_of(secrets_key))

    def __reduce__(self) -> tuple[Any, ...]:
        # Open connections and locks stay behind: a copy opens its own.
        return _rebuild, (self.place, self._terms, self.policy)

    def __repr__(self) -> str:
        return f"Cache({self.place!r}, namespace={self.namespace!r})"

    @property
    def store(self) -> Store:
        return self._store

    def lookup(self, recipe: Recipe, *, ttl: timedelta | None = None) -> Hit | Miss:
        """Find the result of a recipe; nothing is run, and only what is wrong is reported.

        A store that fails is a miss that says so.
        """
        return find(self._entries, recipe, Policy(ttl)).outcome

    def publish(self, recipe: Recipe, value: object, *, seconds: float, producer: str = "") -> bool:
        """Keep the result of a recipe, unless there is one.

        Args:
            seconds: How long it took to compute: what a hit will say it saved.

        Returns:
            Whether it was written: another writer may have been first.

        Raises:
            CodecError: The value cannot be kept in this store.
            StoreError: The store failed.
        """
        kept = self._entries.publish(
            recipe, value, seconds=seconds, ttl=self.policy.ttl, producer=producer
        )
        if kept is not None:
            emit(kept.event)
        return kept is not None

    def attempt(
        self,
        declaration: Declaration,
        arguments: Mapping[str, Any],
        *,
        policy: Policy | None = None,
        producer: str = "",
        refs: bool = False,
        lenient: bool = False,
    ) -> Attempt:
        """Prepare one call: its recipe is taken, and nothing is looked up yet.

        The terms and errors are those of `Attempt` and `Attempt.prepare`.
        """
        policy = policy or self.policy
        attempt = Attempt(self._entries, declaration, arguments, policy, producer, refs)
        attempt.prepare(lenient=lenient)
        return attempt

    def begin(
        self, declaration: Declaration, arguments: Mapping[str, Any], **terms: Any
    ) -> Attempt:
        """Look one call up. If it is a miss, compute and `finish`.

        `terms` are those of `attempt`, and so are the errors.

        Raises:
            StoreError: The store failed and the policy says `on_error="raise"`.
        """
        attempt = self.attempt(declaration, arguments, **terms)
        attempt.look_up()
        return attempt

    def run(
        self,
        declaration: Declaration,
        arguments: Mapping[str, Any],
        compute: Callable[[], Any],
        **terms: Any,
    ) -> Any:
        """Return the result of one call: found, or computed and published.

        `terms` are those of `attempt`, and so are the errors, with whatever `compute` raises.
        """
        attempt = self.begin(declaration, arguments, **terms)
        if isinstance(attempt.found, Hit):
            return attempt.found.value
        return attempt.finish(compute())

    @overload
    def memoize(self, function: F, /) -> Memoized[F]: ...

    @overload
    def memoize(
        self,
        function: None = None,
        /,
        *,
        ttl: timedelta | None = None,
        mode: Mode | None = None,
        **terms: Unpack[Terms],
    ) -> Callable[[F], Memoized[F]]: ...

    def memoize(
        self,
        function: Any = None,
        /,
        *,
        ttl: timedelta | None = None,
        mode: Mode | None = None,
        **terms: Unpack[Terms],
    ) -> Any:
        """Give a function this cache: `@cache.memoize`, or with terms, `@cache.memoize(ttl=…)`.

        Args:
            terms: What `Declaration` takes: `reads=[File("{day}.csv")]`, `ignore={"logger"}`, …

        Raises:
            ConfigurationError: A name is not a parameter, a duration is negative, or the function
                is a generator.
        """
        own = self.policy
        policy = Policy(own.ttl if ttl is None else ttl, mode or own.mode, own.on_error)

        def decorate(function: F) -> Memoized[F]:
            return Memoized(self._entries, Declaration(function, **terms), policy)

        return decorate if function is None else decorate(function)


def _rebuild(place: str, terms: Mapping[str, Any], policy: Policy) -> Cache:
    return Cache(place, **terms, policy=policy)
