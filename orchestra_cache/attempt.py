"""Look up, compute, publish: the only place where this order is written."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from orchestra_cache.declaration import Declaration
from orchestra_cache.entries import Entries, Found
from orchestra_cache.errors import CodecError, ReadOnlyError, StoreError
from orchestra_cache.events import Failed, Hit, Miss, Uncached, emit
from orchestra_cache.fingerprints.recipe import Recipe
from orchestra_cache.flight import Flight, Flights
from orchestra_cache.lookup import find
from orchestra_cache.policy import Policy
from orchestra_cache.stores import Stored
from orchestra_cache.stores.layout import entry_name, lease_name

__all__ = ["Also", "Attempt"]

Also = Callable[[Recipe, bytes | None], Recipe]


@dataclass
class Attempt:
    """One call of a task: looked up, then computed and published if that was a miss.

    Attributes:
        producer: Who computes it, for people who hit it later.
        refs: A large output is wanted as a Ref.
        flights: What others compute now, where a call may wait for them.
        stays: Whether what no declaration says of the recipe is still so.
        recipe: None if the call has no key and cannot be kept.
        found: What the lookup found; None if there was none.
        stored: What lay there then, and would be replaced.
        written: The version of the entry that this one published.
        effects: What the computation did beside its result, to be kept with it.
    """

    entries: Entries
    declaration: Declaration
    arguments: Mapping[str, Any]
    policy: Policy
    producer: str = ""
    refs: bool = False
    flights: Flights | None = None
    stays: Callable[[], bool] | None = None
    recipe: Recipe | None = None
    found: Hit | Miss | None = None
    written: str | None = None
    effects: Mapping[str, Any] = field(default_factory=dict)
    _flight: Flight | None = None
    stored: Stored | None = None
    _foreign: bool = False
    _failed: bool = False
    _started: float = 0.0

    def prepare(self, *, lenient: bool, also: Also | None = None) -> None:
        """Take the call's recipe: everything it depends on, as it is now.

        Args:
            lenient: What the user declared wrongly makes an uncached call instead of an error.
            also: Adds what no declaration says; it is given the namespace's key for secrets.

        Raises:
            FingerprintError: An argument has no identity.
            DatasetError: A dataset is not there.
        """
        if self.policy.mode == "off":
            return
        self._started = time.perf_counter()
        try:
            recipe = self.declaration.recipe(self.arguments, secret=self.entries.secret)
            self.recipe = recipe if also is None else also(recipe, self.entries.secret)
        except Exception as error:
            if not lenient:
                raise
            emit(Uncached.because(self.declaration.task, error))

    def look_up(self) -> None:
        """Find the entry of the call's recipe, if it has one, and tell observers."""
        self.look()
        self.tell()

    def look(self) -> None:
        """Find it, and tell nobody yet."""
        if self.recipe is not None:
            self._take(find(self.entries, self.recipe, self.policy, refs=self.refs))

    def tell(self) -> None:
        """Tell observers what was found; what follows is the computation."""
        if self.found is not None:
            emit(self.found)
        self._started = time.perf_counter()

    def enter(self) -> None:
        """Look up, and wait while another computes the same; then others wait until we `leave`."""
        self._flight = self._depart()
        if self._flight is not None:
            try:
                self._flight.wait()
                self._arrived(self._flight)
            except BaseException:
                self.leave()
                raise

    async def aenter(self) -> None:
        """The same in a coroutine; the store is asked in other threads."""
        from orchestra_cache.threads import in_thread

        self._flight = await in_thread(self._depart)
        if self._flight is not None:
            try:
                await self._flight.awaited()
                if isinstance(self.found, Hit):
                    await in_thread(self.leave)
                self._arrived(self._flight)
            except BaseException:
                self.leave()
                raise

    def leave(self) -> None:
        """Let others go on, who wait for what this call computes."""
        if self._flight is not None:
            self._flight.leave()

    def run(self, compute: Callable[[], Any]) -> Any:
        """Return the result: found, or computed and published, here or by another meanwhile."""
        self.look()
        return self._go(compute)

    def go_on(self, found: Found, compute: Callable[[], Any]) -> Any:
        """The same from what somebody else has found."""
        self._take(found)
        return self._go(compute)

    def _go(self, compute: Callable[[], Any]) -> Any:
        flight = self._ticket()
        if flight is None:
            self.tell()
            return self.found.value if isinstance(self.found, Hit) else self.finish(compute())
        with flight:
            flight.wait()
            self.tell()
            if isinstance(self.found, Hit):
                return self.found.value
            with flight.aloft():
                value = compute()
            return self.finish(value)

    async def arun(self, compute: Callable[[], Awaitable[Any]]) -> Any:
        """The same for a coroutine function; the store is asked in other threads."""
        from orchestra_cache.threads import in_thread

        flight = await in_thread(self._depart)
        if flight is None:
            if isinstance(self.found, Hit):
                return self.found.value
            return await in_thread(self.finish, await compute())
        async with flight:
            await flight.awaited()
            self.tell()
            if isinstance(self.found, Hit):
                return self.found.value
            with flight.aloft():
                value = await compute()
            return await in_thread(self.finish, value)

    def resume(self, other: Attempt) -> None:
        """Go on from what another attempt at the same recipe found, instead of looking again."""
        self.found, self.stored = other.found, other.stored
        self._foreign, self._failed = other._foreign, other._failed

    def lost(self, error: Exception) -> None:
        """Compute what was found: what it stands for is not there."""
        if self.found is not None:
            emit(Failed(self.found.task, self.found.key, "read", error))
            self.found = Miss(self.found.task, self.found.key, "what it stands for is gone")

    def refresh(self) -> None:
        """Let the result replace what is there; its computation may be over by now."""
        self.policy = replace(self.policy, mode="refresh")
        self.look()
        if self.found is not None:
            emit(self.found)

    def count(self, seconds: float) -> None:
        """Say how long the computation took before, in another process."""
        self._started = time.perf_counter() - seconds

    def finish(self, value: Any) -> Any:
        """Publish what was computed, unless something forbids; return it, or its Ref."""
        if self.recipe is None:
            return value
        seconds = time.perf_counter() - self._started
        try:
            return self._kept(self.recipe, value, seconds) if self.may_keep() else value
        except (CodecError, ReadOnlyError) as error:
            emit(Uncached(self.recipe.task, str(self.recipe.key), error.message, error.hint))
        except Exception as error:
            # The result is there; nothing that is wrong with keeping it may take it away.
            emit(Failed(self.recipe.task, str(self.recipe.key), "publish", error))
            if self.policy.on_error == "raise" and isinstance(error, StoreError):
                raise
        return value

    def may_keep(self) -> bool:
        """Whether a result is to be published: not if what it depends on is another by now.

        Raises:
            DatasetError: Something of that is gone.
        """
        if self.recipe is None or self.policy.mode == "readonly" or self._foreign:
            return False
        if self.stays is not None and not self.stays():
            reason = "what the task reads of its run changed meanwhile"
        elif self.declaration.moved(self.arguments, self.recipe):
            reason = "a dataset changed while the task was reading it"
        else:
            return True
        hint = "its result is used and not kept"
        emit(Uncached(self.recipe.task, str(self.recipe.key), reason, hint))
        return False

    def _depart(self) -> Flight | None:
        self.look()
        flight = self._ticket()
        if flight is None:
            self.tell()
        return flight

    def _take(self, found: Found) -> None:
        self.found, self.stored = found.outcome, found.stored
        self._foreign, self._failed = found.foreign, found.failed
        if self.policy.mode == "refresh":
            self.found = Miss(found.outcome.task, found.outcome.key, "a refresh was asked for")

    def _arrived(self, flight: Flight) -> None:
        self.tell()
        if isinstance(self.found, Hit):
            flight.leave()
        else:
            flight.take_off()

    def _ticket(self) -> Flight | None:
        """How to wait for others who compute this, if it is a miss and they would publish it."""
        alone = not self.policy.single_flight or self.policy.mode != "use"
        if alone or self.flights is None or self.recipe is None or isinstance(self.found, Hit):
            return None
        if self._failed or self._foreign or not self.entries.seals.writes:
            return None
        name, key = lease_name(self.entries.namespace, self.recipe.key), str(self.recipe.key)
        task, limit = self.recipe.task, self.policy.wait
        return Flight(self.flights, name, task=task, key=key, limit=limit, look=self._look_again)

    def _look_again(self) -> bool:
        """Whether there is an entry to use by now."""
        if self._changed():
            self.look()
        return isinstance(self.found, Hit)

    def _changed(self) -> bool:
        """Whether something else than at the lookup may be there: that is worth another one."""
        if self.recipe is None or not self.entries.store.local:
            return True
        with suppress(StoreError):
            # A local lookup that misses says what changed, which takes longer than the rest.
            present = self.entries.store.get(entry_name(self.entries.namespace, self.recipe.key))
            return _version(present) != _version(self.stored)
        return True

    def _kept(self, recipe: Recipe, value: Any, seconds: float) -> Any:
        kept = self.entries.publish(
            recipe,
            value,
            seconds=seconds,
            codec=self.declaration.codec,
            ttl=self.policy.ttl,
            producer=self.producer,
            replaces=_version(self.stored),
            refs=self.refs,
            effects=self.effects,
        )
        if kept is None:
            if self.policy.mode == "refresh":
                why, way_out = "another run replaced the entry meanwhile", "theirs is there now"
                emit(Uncached(recipe.task, str(recipe.key), why, way_out))
            return value  # Somebody else was first, and theirs is as good.
        self.written = kept.version
        emit(kept.event)
        return kept.value


def _version(stored: Stored | None) -> str | None:
    return None if stored is None else stored.version
