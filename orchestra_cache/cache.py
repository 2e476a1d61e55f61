"""A place for results, and all that can be asked of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, overload

from orchestra_cache.assembly import Assembly
from orchestra_cache.attempt import Also, Attempt
from orchestra_cache.declaration import Declaration, Terms
from orchestra_cache.events import Hit, Miss, emit, subscribe
from orchestra_cache.fingerprints.recipe import Recipe
from orchestra_cache.handover import Handover
from orchestra_cache.keyring import KeySource
from orchestra_cache.leases import Leases
from orchestra_cache.lookup import find
from orchestra_cache.memoized import Memoized
from orchestra_cache.observers import logs
from orchestra_cache.place import DEFAULT, shown_place
from orchestra_cache.policy import Mode, Policy
from orchestra_cache.stores import Store
from orchestra_cache.upkeep import Upkeep

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["Cache"]

F = TypeVar("F", bound=Callable[..., Any])

subscribe(logs.write)


def utc_now() -> datetime:
    return datetime.now(timezone.utc)


class Cache(Handover, Upkeep):
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
        keys: What entries are signed with: texts or files of `orchestra-cache keygen`. The first
            signs, if it is not a public key, and what any of them signed is believed; nothing
            else is. `revoked:` and an id ends that for a key.
        read_from: Namespaces where results are looked for that are not in the own one. They are
            believed as the own one is, with the same keys and trust, and never written to.
        near: A folder of this machine for copies of what a remote place holds; what is local
            needs none.
        near_size: Bytes that may lie there; what was not used for longest goes.
        memory: Bytes of results that this process keeps in its memory; 0 is none.
        recheck: How long an entry that was invalidated elsewhere may still be hit from a copy.
        budget: How long a remote place may keep a task waiting while nothing moves.
        leases: Where tasks with `single_flight` agree who computes, as `redis://host:6379/0`, or
            a service of one's own; without it, in the place itself.
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
        keys: Sequence[KeySource] | None = None,
        read_from: Sequence[str] = (),
        near: str | os.PathLike[str] | None = None,
        near_size: int = 10 << 30,
        memory: int = 0,
        recheck: timedelta = timedelta(minutes=10),
        budget: timedelta = timedelta(seconds=2),
        leases: str | Leases | None = None,
        policy: Policy | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.policy = policy or Policy()
        self._assembly = Assembly(
            DEFAULT if place is None else os.fspath(place),
            namespace,
            trusted,
            dict(storage_options or {}),
            secrets_key,
            keys,
            read_from,
            near,
            near_size,
            memory,
            recheck,
            budget,
            leases,
        ).checked()
        self._entries, self.flights = self._assembly.entries(clock)
        self._within: dict[str, Cache] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        # Open connections and locks stay behind: a copy opens its own.
        return _rebuild, (vars(self._assembly), self.policy)

    def __deepcopy__(self, memo: object) -> Cache:
        # In one process the same place is the same memory, and the same calls in flight.
        return self

    def within(self, namespace: str) -> Cache:
        """This cache with another namespace for its own.

        Raises:
            ConfigurationError: The name cannot be meant.
        """
        if namespace == self.namespace:
            return self
        # One for all who ask: they share its memory, and what is in flight.
        known = self._within.get(namespace)
        if known is None:
            other = Cache(**{**vars(self._assembly), "namespace": namespace}, policy=self.policy)
            known = self._within.setdefault(namespace, other)
        return known

    @property
    def place(self) -> str:
        return self._assembly.place

    @property
    def namespace(self) -> str:
        return self._assembly.namespace

    @property
    def budget(self) -> timedelta:
        return self._assembly.budget

    def __repr__(self) -> str:
        return f"Cache({shown_place(self.place)!r}, namespace={self.namespace!r})"

    @property
    def store(self) -> Store:
        return self._entries.store

    def lookup(self, recipe: Recipe, *, ttl: timedelta | None = None) -> Hit | Miss:
        """Find the result of a recipe; nothing is run, and only what is wrong is reported.

        A store that fails is a miss that says so.
        """
        return find(self._entries, recipe, Policy(ttl)).outcome

    def publish(
        self,
        recipe: Recipe,
        value: object,
        *,
        seconds: float,
        producer: str = "",
        replace: bool = False,
    ) -> bool:
        """Keep the result of a recipe, unless there is one.

        Args:
            seconds: How long it took to compute: what a hit will say it saved.
            replace: If there is one, it goes.

        Returns:
            Whether it was written: another writer may have been first.

        Raises:
            CodecError: The value cannot be kept in this store.
            StoreError: The store failed.
        """
        publish = partial(self._entries.publish, recipe, value, seconds=seconds, producer=producer)
        kept = publish(ttl=self.policy.ttl)
        if kept is None and replace:
            # After a conflict no copy near by stands for what is there.
            found = self._entries.find(recipe, None, refs=False).stored
            kept = publish(ttl=self.policy.ttl, replaces=None if found is None else found.version)
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
        also: Also | None = None,
        stays: Callable[[], bool] | None = None,
    ) -> Attempt:
        """Prepare one call: its recipe is taken, and nothing is looked up yet.

        The terms and errors are those of `Attempt` and `Attempt.prepare`.
        """
        policy = policy or self.policy
        attempt = Attempt(
            self._entries, declaration, arguments, policy, producer, refs, self.flights, stays
        )
        attempt.prepare(lenient=lenient, also=also)
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
        return self.attempt(declaration, arguments, **terms).run(compute)

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
        single_flight: bool | None = None,
        **terms: Unpack[Terms],
    ) -> Callable[[F], Memoized[F]]: ...

    def memoize(
        self,
        function: Any = None,
        /,
        *,
        ttl: timedelta | None = None,
        mode: Mode | None = None,
        single_flight: bool | None = None,
        **terms: Unpack[Terms],
    ) -> Any:
        """Give a function this cache: `@cache.memoize`, or with terms, `@cache.memoize(ttl=…)`.

        Args:
            single_flight: As in `Policy`, as are `ttl` and `mode`.
            terms: What `Declaration` takes: `reads=[File("{day}.csv")]`, `ignore={"logger"}`, …

        Raises:
            ConfigurationError: A name is not a parameter, a duration is negative, or the function
                is a generator.
        """
        own = self.policy
        policy = replace(
            own,
            ttl=own.ttl if ttl is None else ttl,
            mode=mode or own.mode,
            single_flight=own.single_flight if single_flight is None else single_flight,
        )

        def decorate(function: F) -> Memoized[F]:
            return Memoized(self._entries, Declaration(function, **terms), policy, self.flights)

        return decorate if function is None else decorate(function)


def _rebuild(terms: Mapping[str, Any], policy: Policy) -> Cache:
    return Cache(**terms, policy=policy)
