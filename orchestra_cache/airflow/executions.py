"""A hit or a miss around the whole `execute` of an operator that has no callable.

What Airflow does with the result happens on a hit as well. What an operator waits for in a trigger
is kept when it comes back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from orchestra_cache import surroundings
from orchestra_cache.airflow._compat import executions as _compat
from orchestra_cache.airflow.context import UNSEEN
from orchestra_cache.airflow.handing import asked_by, looks_into
from orchestra_cache.airflow.operands import Operands
from orchestra_cache.airflow.outlets import OutletEvents
from orchestra_cache.airflow.repeating import (
    Pushed,
    PushedError,
    pushed_in,
    repeat,
    watching_pushes,
)
from orchestra_cache.airflow.runs import OperatorRun
from orchestra_cache.airflow.setups import said_to_be_effect
from orchestra_cache.airflow.telling import ToldOperator
from orchestra_cache.airflow.terms import CacheTerms
from orchestra_cache.attempt import Attempt
from orchestra_cache.declaration import Declaration
from orchestra_cache.errors import ConfigurationError, OrchestraCacheError
from orchestra_cache.events import Hit, Uncached, emit

__all__ = ["ExecuteCache", "Looked"]

# Under this name a deferred task carries the key that it was looked up by.
_CARRIED = "orchestra_cache"

_NOT_KEPT = "its result is used and not kept"


@dataclass(frozen=True)
class Looked:
    """What is looked up of an operator, and where in it a key sees nothing.

    Attributes:
        unseen: What it reads of its run that no key holds, if that is not declared.
    """

    declaration: Declaration
    arguments: Mapping[str, Any]
    components: tuple[Any, ...]
    unseen: tuple[str, ...]


class ExecuteCache(ToldOperator):
    """Mix into an operator, before its class; `cached` does."""

    # Those of a class are for what was given a cache after it was constructed.
    _orchestra_cache_terms: CacheTerms
    _orchestra_cache_of: type

    def execute(self, context: Mapping[str, Any]) -> Any:
        """Return what the operator returns, found or computed."""
        with _running(self, context) as execution:
            execution.enter()
            try:
                found = execution.found
                if found is not None:
                    return self._found(found.value)
                return execution.compute(partial(super().execute, context))
            finally:
                execution.leave()

    def resume_execution(
        self, next_method: str, next_kwargs: dict[str, Any] | None, context: Mapping[str, Any]
    ) -> Any:
        """Airflow's own, in another process than the one that deferred."""
        given = dict(next_kwargs or {})
        carried = given.pop(_CARRIED, None)
        with _running(self, context) as execution:
            execution.resume(carried)
            go_on = partial(super().resume_execution, next_method, given, context)
            return execution.compute(go_on)

    def _looked(self, context: Mapping[str, Any]) -> Looked:
        """What is looked up.

        Raises:
            Exception: Anything, of what operators hold and connections are.
        """
        terms = self._orchestra_cache_terms
        if "_orchestra_cache_of" not in vars(type(self)):
            # The code that it has more would be in no key.
            raise ConfigurationError(
                f"`{type(self).__qualname__}` is made of a class that has a cache",
                "make it of the class without one, and give the cache to the result",
            )
        operands = Operands(self, self._orchestra_cache_of)
        declaration = operands.declaration(terms)
        first_party = terms.declared["first_party"]
        unseen = (
            *looks_into(operands.kind, first_party),
            *asked_by(operands.functions(terms.ignore), context),
        )
        arguments = operands.arguments(terms.ignore)
        return Looked(declaration, arguments, operands.components(terms), unseen)

    def _to_keep(self, value: Any) -> Any:
        """What is stored of a result."""
        return value

    def _found(self, value: Any) -> Any:
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
            self.run.enter(self.attempt)
            if self.found is not None:
                self._outlets.repeat(self.attempt, self.found, self.run.terms.cache)
            repeat(self.attempt, self.run.context)

    def leave(self) -> None:
        if self.attempt is not None:
            self.attempt.leave()

    def resume(self, carried: Mapping[str, Any] | None) -> None:
        """Find what to keep the result by: the key that it was looked up by before it deferred."""
        self.since = time.time()
        if carried is not None:
            self.since, self.before = carried["since"], carried["pushed"]
            self.run.telling.summary.update(carried["summary"])
        if _compat.starts_elsewhere(self.operator) or (carried is not None and not carried["key"]):
            return
        with self.run.working():
            attempt = self._attempt()
            if attempt is not None and self._is_same(attempt, carried):
                attempt.look()
                attempt.count(time.time() - self.since)
                self._outlets = OutletEvents(self.operator, self.run.context)
                # Somebody else may have been faster.
                self.attempt = None if isinstance(attempt.found, Hit) else attempt

    def compute(self, go_on: Callable[[], Any]) -> Any:
        """Have the operator do its work, or a part of it, and keep the result that it comes to."""
        with watching_pushes(self.run.context) as pushed:
            try:
                value = go_on()
            except _compat.TaskDeferred as deferred:
                carried = self._carried([*self.before, *pushed])
                deferred.kwargs = {**(deferred.kwargs or {}), _CARRIED: carried}
                raise
        if self.attempt is not None:
            with self.run.working():
                self._keep(self.attempt, value, [*self.before, *pushed])
        return value

    def _keep(self, attempt: Attempt, value: Any, pushed: Pushed) -> None:
        try:
            attempt.effects = {**attempt.effects, **pushed_in(pushed)}
            self._outlets.finish(attempt, self.operator._to_keep(value))
        except OrchestraCacheError as error:
            emit(Uncached.because(attempt.declaration.task, error))

    def _attempt(self) -> Attempt | None:
        operator, run = self.operator, self.run
        if said_to_be_effect(operator, type(operator).__qualname__):
            return None
        try:
            looked = operator._looked(run.context)
        except Exception as error:
            emit(Uncached.because(type(operator).__qualname__, error))
            return None
        run.components = looked.components
        attempt = run.attempt(looked.declaration, looked.arguments)
        if attempt is None or run.terms.context is not None:
            return attempt
        # With the recipe it is known what the code reaches.
        found = (*looked.unseen, *looked.declaration.reaches(UNSEEN))
        warning = surroundings.unseen(looked.declaration, found, ["ds"])
        if warning is not None:
            emit(warning)
        return attempt if warning is None else None

    def _carried(self, pushed: Pushed) -> dict[str, Any]:
        recipe = None if self.attempt is None else self.attempt.recipe
        try:
            pushed_in(pushed)
        except PushedError as error:
            emit(Uncached.because(type(self.operator).__qualname__, error))
            recipe, pushed = None, []
        key = "" if recipe is None else str(recipe.key)
        summary = dict(self.run.telling.summary)
        return {"key": key, "since": self.since, "pushed": pushed, "summary": summary}

    def _is_same(self, attempt: Attempt, carried: Mapping[str, Any] | None) -> bool:
        """Whether the key is still the one that the computation began with."""
        if carried is None:
            # `dags test` does not say: then only what cannot move meanwhile is to be believed.
            return not (attempt.declaration.reads or self.run.terms.context)
        if attempt.recipe is not None and carried["key"] == str(attempt.recipe.key):
            return True
        reason = "what the task depends on changed while it was deferred"
        emit(Uncached(attempt.declaration.task, carried["key"], reason, _NOT_KEPT))
        return False


@contextmanager
def _running(operator: ExecuteCache, context: Mapping[str, Any]) -> Iterator[_Execution]:
    run = OperatorRun(operator, context, operator._orchestra_cache_terms)
    try:
        yield _Execution(operator, run)
    finally:
        run.end()
