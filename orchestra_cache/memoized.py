"""A function that looks its result up before it runs."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Generic, TypeVar

from orchestra_cache.attempt import Attempt
from orchestra_cache.calls import call
from orchestra_cache.declaration import Declaration
from orchestra_cache.entries import Entries
from orchestra_cache.events import Hit, Miss
from orchestra_cache.explain import Explanation
from orchestra_cache.fingerprints.recipe import Recipe
from orchestra_cache.flight import Flights
from orchestra_cache.lookup import find
from orchestra_cache.policy import Policy

__all__ = ["Memoized"]

F = TypeVar("F", bound=Callable[..., Any])


def _unmarked(function: object) -> object:
    return function


class Memoized(Generic[F]):
    """Call it as the function it wraps; `lookup` and `explain` take the same arguments.

    A coroutine function stays one; its lookups and writes are made in a thread of their own.
    """

    __wrapped__: F

    def __init__(
        self,
        entries: Entries,
        declaration: Declaration,
        policy: Policy,
        flights: Flights | None = None,
    ) -> None:
        functools.update_wrapper(self, declaration.function)
        self._entries = entries
        self._declaration = declaration
        self._policy = policy
        self._flights = flights
        self._waits = inspect.iscoroutinefunction(declaration.function)
        if self._waits:
            # Before 3.12 there is no way to say so of an object.
            getattr(inspect, "markcoroutinefunction", _unmarked)(self)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        arguments = self._declaration.bind(*args, **kwargs)

        def compute() -> Any:
            return self.__wrapped__(*args, **kwargs)

        if self._declaration.materialize:
            return self._materialized(arguments, compute)
        if self._waits:
            return self._await(arguments, compute)
        return call(
            self._entries, self._declaration, arguments, self._policy, self._flights, compute
        )

    def __reduce__(self) -> str:
        # By name, as a function: it crosses processes if the name is bound to it.
        return self._declaration.task

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def recipe(self, *args: Any, **kwargs: Any) -> Recipe:
        """Everything the result of this call depends on, by name."""
        arguments = self._declaration.bind(*args, **kwargs)
        return self._declaration.recipe(arguments, secret=self._entries.secret)

    def lookup(self, *args: Any, **kwargs: Any) -> Hit | Miss:
        """Find the result of this call; nothing is run."""
        return find(self._entries, self.recipe(*args, **kwargs), self._policy).outcome

    def explain(self, *args: Any, **kwargs: Any) -> Explanation:
        """Say why this call would be a hit or a miss; nothing is run.

        Raises:
            StoreError: The store failed.
        """
        return self._entries.explain(self.recipe(*args, **kwargs), self._policy.ttl)

    def _prepared(self, arguments: Mapping[str, Any]) -> Attempt:
        attempt = Attempt(
            self._entries, self._declaration, arguments, self._policy, flights=self._flights
        )
        attempt.prepare(lenient=False)
        return attempt

    def _materialized(self, arguments: Mapping[str, Any], compute: Callable[[], Any]) -> Any:
        """What the function yields, from a list of all of it."""
        if inspect.isasyncgenfunction(inspect.unwrap(self.__wrapped__)):
            return self._stream(arguments, compute)
        return iter(self._prepared(arguments).run(lambda: list(compute())))

    async def _stream(
        self, arguments: Mapping[str, Any], compute: Callable[[], Any]
    ) -> AsyncIterator[Any]:
        async def collected() -> list[Any]:
            return [item async for item in compute()]

        for item in await self._await(arguments, collected):
            yield item

    async def _await(self, arguments: Mapping[str, Any], compute: Callable[[], Any]) -> Any:
        from orchestra_cache.threads import in_thread

        attempt = await in_thread(self._prepared, arguments)
        return await attempt.arun(compute)
