"""A hit or a miss around the whole `execute` of an operator that has no callable.

What Airflow does with the result happens on a hit as well. What an operator waits for in a trigger
is kept when it comes back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from orchestra_cache import surroundings
from orchestra_cache.airflow._compat import executions as _compat
from orchestra_cache.airflow.context import UNSEEN
from orchestra_cache.airflow.deferrals import Begun, leave, take_up
from orchestra_cache.airflow.handed import Handed, TakesRefs, sends_refs
from orchestra_cache.airflow.lookups import Looked
from orchestra_cache.airflow.operands import Operands
from orchestra_cache.airflow.outlets import OutletEvents
from orchestra_cache.airflow.outlines import hand_on_hit, hand_on_result
from orchestra_cache.airflow.repeating import (
    Pushed,
    PushedError,
    pushed_in,
    watching_pushes,
)
from orchestra_cache.airflow.runs import OperatorRun
from orchestra_cache.airflow.setups import said_to_be_effect
from orchestra_cache.airflow.terms import CacheTerms
from orchestra_cache.attempt import Attempt
from orchestra_cache.errors import ConfigurationError, OrchestraCacheError
from orchestra_cache.events import Failed, Hit, Uncached, emit

__all__ = ["ExecuteCache"]

_NOT_KEPT = "its result is used and not kept"


class ExecuteCache(TakesRefs):
    """Mix into an operator, before its class; `cached` does."""

    # Those of a class are for what was given a cache after it was constructed.
    _orchestra_cache_terms: CacheTerms
    _orchestra_cache_of: type

    # Fields that a key is made of as they are, so that they are no Refs.
    _orchestra_cache_read: Collection[str] = ()

    # A dict may name connections.
    _orchestra_cache_looks_into = ("dict",)

    def execute(self, context: Mapping[str, Any]) -> Any:
        """Return what the operator returns, found or computed."""
        with _running(self, context) as execution:
            execution.enter()
            try:
                found = execution.found
                if found is not None:
                    return self._orchestra_cache_found(found.value)
                return execution.compute(partial(super().execute, context))
            finally:
                execution.leave()

    def resume_execution(
        self, next_method: str, next_kwargs: dict[str, Any] | None, context: Mapping[str, Any]
    ) -> Any:
        """Airflow's own, in another process than the one that deferred."""
        with _running(self, context) as execution:
            execution.resume()
            go_on = partial(super().resume_execution, next_method, next_kwargs, context)
            return execution.compute(go_on)

    def _orchestra_cache_fields(self) -> Collection[str]:
        return [name for name in self.template_fields if name not in self._orchestra_cache_read]

    def _orchestra_cache_outside(self) -> Iterable[type]:
        kinds = type(self).__mro__[: type(self).__mro__.index(ExecuteCache)]
        return [kind for kind in kinds if not kind.__module__.startswith("orchestra_cache.")]

    def _orchestra_cache_operands(self) -> Operands:
        """What it is made of.

        Raises:
            ConfigurationError: It is more than what was given a cache.
        """
        if "_orchestra_cache_of" not in vars(type(self)):
            # The code that it has more would be in no key.
            raise ConfigurationError(
                f"`{type(self).__qualname__}` is made of a class that has a cache",
                "make it of the class without one, and give the cache to the result",
            )
        return Operands(self, self._orchestra_cache_of)

    def _orchestra_cache_looking(self, attempt: Attempt) -> AbstractContextManager[None]:
        """Around a lookup, which puts back what the operator made; never fails."""
        return nullcontext()

    def _orchestra_cache_computing(self) -> AbstractContextManager[None]:
        """Around what is to be kept, while the operator computes it; never fails."""
        return nullcontext()

    def _orchestra_cache_kept(self, value: Any) -> Any:
        """What is stored of a result."""
        return value

    def _orchestra_cache_found(self, value: Any) -> Any:
        """The result that something stored stands for."""
        return value


@dataclass
class _Execution:
    """One run of an operator in one process; what defers has several.

    Attributes:
        since: When the computation began, by the clock of the host that it began on.
        before: What it pushed before it deferred.
    """

    operator: ExecuteCache
    run: OperatorRun
    attempt: Attempt | None = None
    since: float = 0.0
    before: Pushed = field(default_factory=list)

    def __post_init__(self) -> None:
        self._handed = Handed.to(self.operator, self.run.context)

    @property
    def found(self) -> Hit | None:
        found = None if self.attempt is None else self.attempt.found
        return found if isinstance(found, Hit) else None

    def enter(self) -> None:
        """Look the run up, unless it cannot be cached, which is said."""
        self.since = time.time()
        with self.run.working():
            self.attempt = self._attempt()
            if self.attempt is None:
                return
            self._outlets = OutletEvents(self.operator, self.run.context)
            with self.operator._orchestra_cache_looking(self.attempt):
                self.run.enter(self.attempt)
            hand_on_hit(self.run, self.attempt, self._outlets)

    def leave(self) -> None:
        if self.attempt is not None:
            self.attempt.leave()

    def resume(self) -> None:
        """Find what to keep the result by: the key that it was looked up by before it deferred."""
        with self.run.working():
            begun = self._begun()
            if begun is None:
                return
            self.since, self.before = begun.since, begun.pushed
            attempt = self._attempt()
            if attempt is not None and self._is_same(attempt, begun.key):
                self.run.look(attempt)
                attempt.count(time.time() - self.since)
                self._outlets = OutletEvents(self.operator, self.run.context)
                # Somebody else may have been faster.
                self.attempt = None if isinstance(attempt.found, Hit) else attempt

    def compute(self, go_on: Callable[[], Any]) -> Any:
        """Have the operator do its work, or a part of it, and keep the result that it comes to.

        Returns:
            What it returned, or its Ref.
        """
        self._handed.put()
        computing = self.operator._orchestra_cache_computing
        try:
            with (
                nullcontext() if self.attempt is None else computing(),
                watching_pushes(self.run.context) as pushed,
            ):
                value = go_on()
        except _compat.TaskDeferred:
            self._leave([*self.before, *pushed])
            raise
        if self.attempt is None:
            return value
        with self.run.working():
            return self._keep(self.attempt, value, [*self.before, *pushed])

    def _keep(self, attempt: Attempt, value: Any, pushed: Pushed) -> Any:
        try:
            attempt.effects = {**attempt.effects, **pushed_in(pushed)}
            kept = self.operator._orchestra_cache_kept(value)
            result = hand_on_result(self.run, attempt, self._outlets, kept)
            return result if attempt.refs else value
        except OrchestraCacheError as error:
            emit(Uncached.because(attempt.declaration.task, error))
            return value

    def _attempt(self) -> Attempt | None:
        operator, run = self.operator, self.run
        if said_to_be_effect(operator, type(operator).__qualname__):
            return None
        try:
            looked = Looked.of(operator, run.context)
            refs = self._keeps_results and sends_refs(operator)
        except Exception as error:
            emit(Uncached.because(type(operator).__qualname__, error))
            return None
        run.components = looked.components
        attempt = run.attempt(looked.declaration, looked.arguments, refs=refs)
        if attempt is None or run.terms.context is not None:
            return attempt
        # With the recipe it is known what the code reaches.
        found = (*looked.unseen, *looked.declaration.reaches(UNSEEN))
        warning = surroundings.unseen(looked.declaration, found, ["ds"])
        if warning is not None:
            emit(warning)
        return attempt if warning is None else None

    @property
    def _keeps_results(self) -> bool:
        """Whether what is stored is the result as it is."""
        kind = type(self.operator)
        return kind._orchestra_cache_kept is ExecuteCache._orchestra_cache_kept

    def _begun(self) -> Begun | None:
        try:
            return take_up(self.run)
        except Exception as error:
            emit(Failed(type(self.operator).__qualname__, "", "read what it began with", error))
            return None

    def _leave(self, pushed: Pushed) -> None:
        """Let whoever goes on know what this was looked up by."""
        name, attempt = type(self.operator).__qualname__, self.attempt
        if attempt is None or attempt.recipe is None:
            return
        with self.run.working():
            try:
                pushed_in(pushed)
                leave(self.run, Begun(str(attempt.recipe.key), self.since, pushed))
            except PushedError as error:
                emit(Uncached.because(name, error))
            except Exception as error:
                emit(Failed(name, "", "write down what it began with", error))

    def _is_same(self, attempt: Attempt, key: str) -> bool:
        """Whether the key is still the one that the computation began with."""
        if attempt.recipe is not None and key == str(attempt.recipe.key):
            return True
        reason = "what the task depends on changed while it was deferred"
        emit(Uncached(attempt.declaration.task, key, reason, _NOT_KEPT))
        return False


@contextmanager
def _running(operator: ExecuteCache, context: Mapping[str, Any]) -> Iterator[_Execution]:
    run = OperatorRun(operator, context, operator._orchestra_cache_terms)
    try:
        yield _Execution(operator, run)
    finally:
        run.end()
