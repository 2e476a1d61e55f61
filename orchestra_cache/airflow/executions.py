"""A hit or a miss around the whole `execute` of an operator that has no callable.

What Airflow does with the result happens on a hit as well. What an operator waits for in a trigger
is kept when it comes back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from orchestra_cache import surroundings
from orchestra_cache.airflow._compat import executions as _compat
from orchestra_cache.airflow._compat.operators import BaseOperator
from orchestra_cache.airflow.context import UNSEEN
from orchestra_cache.airflow.handing import asked_by, looks_into
from orchestra_cache.airflow.operands import Operands
from orchestra_cache.airflow.runs import OperatorRun
from orchestra_cache.airflow.terms import CacheTerms
from orchestra_cache.attempt import Attempt
from orchestra_cache.declaration import Declaration
from orchestra_cache.events import Hit, Uncached, emit

__all__ = ["ExecuteCache", "Looked"]

# Under this name a deferred task carries the key that it was looked up by.
_CARRIED = "orchestra_cache"


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


class ExecuteCache(BaseOperator):  # type: ignore[misc]
    """Mix into an operator, before its class; `cached` does."""

    # Of a class, as what is made of an instance after it was constructed has no constructor.
    _orchestra_cache_terms: ClassVar[CacheTerms]
    _orchestra_cache_of: ClassVar[type]

    def execute(self, context: Mapping[str, Any]) -> Any:
        """Return what the operator returns, found or computed."""
        with _running(self, context) as run:
            attempt = _entered(self, run)
            try:
                if attempt is not None and isinstance(attempt.found, Hit):
                    return self._found(attempt.found.value)
                with _carrying(_carried(attempt)):
                    value = super().execute(context)
                return _kept(self, run, attempt, value)
            finally:
                if attempt is not None:
                    attempt.leave()

    def resume_execution(
        self, next_method: str, next_kwargs: dict[str, Any] | None, context: Mapping[str, Any]
    ) -> Any:
        """Airflow's own, in another process than the one that deferred."""
        given = dict(next_kwargs or {})
        carried = given.pop(_CARRIED, None)
        with _running(self, context) as run:
            attempt = _resumed(self, run, carried)
            with _carrying(carried or _carried(attempt)):
                value = super().resume_execution(next_method, given, context)
            return _kept(self, run, attempt, value)

    def _looked(self, context: Mapping[str, Any]) -> Looked:
        """What is looked up.

        Raises:
            Exception: Anything, of what operators hold and connections are.
        """
        terms = self._terms_now()
        operands = Operands(self, self._orchestra_cache_of)
        declaration = operands.declaration(terms)
        first_party = terms.declared["first_party"]
        unseen = (
            *looks_into(operands.kind, first_party),
            *asked_by(operands.functions(terms.ignore), context),
        )
        arguments = operands.arguments(terms.ignore)
        return Looked(declaration, arguments, operands.components(terms), unseen)

    def _terms_now(self) -> CacheTerms:
        return self._orchestra_cache_terms

    def _to_keep(self, value: Any) -> Any:
        """What is stored of a result."""
        return value

    def _found(self, value: Any) -> Any:
        """The result that something stored stands for."""
        return value


@contextmanager
def _running(operator: ExecuteCache, context: Mapping[str, Any]) -> Iterator[OperatorRun]:
    run = OperatorRun(operator, context, operator._terms_now())
    try:
        yield run
    finally:
        run.end()


def _entered(operator: ExecuteCache, run: OperatorRun) -> Attempt | None:
    """Look the run up; None where it cannot be cached, which was said."""
    with run.working():
        attempt = _attempt(operator, run)
        if attempt is not None:
            attempt.enter()
        return attempt


def _attempt(operator: ExecuteCache, run: OperatorRun) -> Attempt | None:
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
        return None
    return attempt


def _kept(operator: ExecuteCache, run: OperatorRun, attempt: Attempt | None, value: Any) -> Any:
    if attempt is not None:
        with run.working():
            attempt.finish(operator._to_keep(value))
    return value


def _carried(attempt: Attempt | None) -> dict[str, Any]:
    recipe = None if attempt is None else attempt.recipe
    return {"key": "" if recipe is None else str(recipe.key), "since": time.time()}


@contextmanager
def _carrying(carried: dict[str, Any]) -> Iterator[None]:
    """Around what may defer: the key goes with it."""
    try:
        yield
    except _compat.TaskDeferred as deferred:
        deferred.kwargs = {**(deferred.kwargs or {}), _CARRIED: carried}
        raise


def _resumed(
    operator: ExecuteCache, run: OperatorRun, carried: Mapping[str, Any] | None
) -> Attempt | None:
    """What to keep the result of a deferred task by: the key that it was looked up by."""
    if _compat.starts_elsewhere(operator) or (carried is not None and not carried["key"]):
        return None
    with run.working():
        attempt = _attempt(operator, run)
        if attempt is None or attempt.recipe is None:
            return None
        if carried is None:
            # Nobody knows what was there when it began: `dags test` does not say. Then only what
            # cannot move meanwhile is to be believed.
            moves = attempt.declaration.reads or run.terms.context
            return None if moves else _looked_at(attempt)
        if carried["key"] != str(attempt.recipe.key):
            hint = "its result is used and not kept"
            reason = "what the task depends on changed while it was deferred"
            emit(Uncached(attempt.recipe.task, str(attempt.recipe.key), reason, hint))
            return None
        return _looked_at(attempt, time.time() - carried["since"])


def _looked_at(attempt: Attempt, seconds: float = 0.0) -> Attempt | None:
    attempt.look()
    attempt.count(seconds)
    # Somebody else may have been faster.
    return None if isinstance(attempt.found, Hit) else attempt
