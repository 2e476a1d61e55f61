"""A place for results, and all that can be asked of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar, overload

from orchestra_cache.attempt import Attempt
from orchestra_cache.datasets import Dataset
from orchestra_cache.declaration import Declaration
from orchestra_cache.entries import Entries, Found, Kept
from orchestra_cache.errors import CodecError
from orchestra_cache.events import Failed, Hit, Miss, Uncached, emit, subscribe
from orchestra_cache.explain import Explanation
from orchestra_cache.fingerprints.recipe import Recipe
from orchestra_cache.memoized import Memoized
from orchestra_cache.observers import logs
from orchestra_cache.place import DEFAULT, checked_namespace, checked_place
from orchestra_cache.policy import Mode, Policy
from orchestra_cache.stores import Store, open_store

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
        }
        self._store = open_store(self.place, trusted=trusted, options=storage_options)
        self._entries = Entries(self._store, self.namespace, clock)

    def __reduce__(self) -> tuple[Any, ...]:
        # Open connections and locks stay behind: a copy opens its own.
        return _rebuild, (self.place, self._terms, self.policy)

    def __repr__(self) -> str:
        return f"Cache({self.place!r}, namespace={self.namespace!r})"

    @property
    def store(self) -> Store:
        return self._store

    def lookup(self, recipe: Recipe, *, ttl: timedelta | None = None) -> Hit | Miss:
        """Find the result of a recipe; nothing is run and no event is told.

        A store that fails is a miss that says so.
        """
        return self.find(recipe, Policy(ttl)).outcome

    def keep(self, recipe: Recipe, value: object, **terms: Any) -> Kept | None:
        """Publish the result of a recipe; `terms` are those of `Entries.publish`.

        Returns:
            None if nothing was published: another writer was first, or the value cannot be kept,
            of which observers are told.

        Raises:
            StoreError: The store failed.
        """
        try:
            kept = self._entries.publish(recipe, value, **terms)
        except CodecError as error:
            emit(Uncached(recipe.task, str(recipe.key), error.message, error.hint))
            return None
        if kept is not None:
            emit(kept.event)
        return kept

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
        """Take the recipe of one call: everything it depends on, as it is now.

        Args:
            producer: Who computes it, for people who hit it later.
            refs: A large output is wanted as a Ref.
            lenient: What the user declared wrongly makes an uncached call instead of an error.

        Raises:
            FingerprintError: An argument has no identity.
            DatasetError: A dataset is not there.
        """
        policy = policy or self.policy
        recipe = None
        if policy.mode != "off":
            try:
                recipe = declaration.recipe(arguments)
            except Exception as error:
                if not lenient:
                    raise
                emit(Uncached.because(declaration.task, error))
        return Attempt(self, declaration, arguments, policy, producer, refs, recipe)

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

        `terms` are those of `begin`, and so are the errors, with whatever `compute` raises.
        """
        attempt = self.begin(declaration, arguments, **terms)
        if isinstance(attempt.found, Hit):
            return attempt.found.value
        return attempt.finish(compute())

    def explain(
        self,
        declaration: Declaration,
        arguments: Mapping[str, Any],
        *,
        policy: Policy | None = None,
    ) -> Explanation:
        """Say whether one call would be a hit, and if not, what differs from the nearest entry.

        Raises:
            FingerprintError: An argument has no identity.
            DatasetError: A dataset is not there.
            StoreError: The store failed.
        """
        recipe = declaration.recipe(arguments)
        found = self._entries.find(recipe, (policy or self.policy).ttl, refs=False).outcome
        if isinstance(found, Hit):
            return Explanation(str(found), hit=True)
        entries, changes = self._entries.compare(recipe)
        return Explanation(found.reason, entries=entries, changes=changes)

    @overload
    def memoize(self, function: F, /) -> Memoized[F]: ...

    @overload
    def memoize(
        self,
        function: None = None,
        /,
        *,
        reads: Sequence[Dataset] = (),
        ignore: Collection[str] = (),
        ttl: timedelta | None = None,
        mode: Mode | None = None,
    ) -> Callable[[F], Memoized[F]]: ...

    def memoize(
        self,
        function: Any = None,
        /,
        *,
        reads: Sequence[Dataset] = (),
        ignore: Collection[str] = (),
        ttl: timedelta | None = None,
        mode: Mode | None = None,
    ) -> Any:
        """Give a function this cache: `@cache.memoize`, or with terms, `@cache.memoize(ttl=…)`.

        Args:
            reads: Datasets it reads besides its arguments; `{name}` in them is a parameter.
            ignore: Parameters that do not change its result.

        Raises:
            ConfigurationError: A name is not a parameter, a duration is negative, or the function
                is a generator.
        """
        own = self.policy
        policy = Policy(own.ttl if ttl is None else ttl, mode or own.mode, own.on_error)

        def decorate(function: F) -> Memoized[F]:
            return Memoized(self, Declaration(function, reads=reads, ignore=ignore), policy)

        return decorate if function is None else decorate(function)

    def find(self, recipe: Recipe, policy: Policy, *, refs: bool = False) -> Found:
        """Look a recipe up under the terms of a policy, and report what is wrong with the store.

        Raises:
            StoreError: The store failed and the policy says `on_error="raise"`.
        """
        try:
            found = self._entries.find(recipe, policy.ttl, refs=refs)
        except Exception as error:
            # Also what no store should raise: the task can always run.
            emit(Failed(recipe.task, str(recipe.key), "look up", error))
            if policy.on_error == "raise":
                raise
            reason = getattr(error, "message", str(error))
            return Found(Miss(recipe.task, str(recipe.key), f"the store failed: {reason}"))
        if found.damage is not None:
            emit(Failed(recipe.task, str(recipe.key), "read", found.damage))
        return found


def _rebuild(place: str, terms: Mapping[str, Any], policy: Policy) -> Cache:
    return Cache(place, **terms, policy=policy)
