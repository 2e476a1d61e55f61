"""One run of a Python operator in a worker: its call is looked up, or made and kept."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from orchestra_cache.airflow._compat import operators as _compat
from orchestra_cache.airflow.containers import changed
from orchestra_cache.airflow.context import VALUES, unseen
from orchestra_cache.airflow.handed import Handed, counted, sends_refs
from orchestra_cache.airflow.outlets import OutletEvents
from orchestra_cache.airflow.outlines import hand_on_hit, hand_on_result
from orchestra_cache.airflow.refs import wants_refs
from orchestra_cache.airflow.repeating import Pushed, keeps, watching_pushes
from orchestra_cache.airflow.runs import OperatorRun
from orchestra_cache.airflow.setups import said_to_be_effect
from orchestra_cache.attempt import Attempt
from orchestra_cache.declaration import Declaration
from orchestra_cache.events import Uncached, emit

__all__ = ["Call"]

_UNCOUNTED = object()


@dataclass
class Call:
    """What an operator is to call in this run.

    Attributes:
        given: What the user gave by name; Airflow adds what the callable asks for.
        handed: The arguments with Refs among them, once Airflow is done with them.
    """

    operator: Any
    run: OperatorRun
    given: Mapping[str, Any] = field(default_factory=dict)
    handed: Handed | None = None

    def begin(self) -> Attempt | None:
        """Look the call up; None where it cannot be cached, said in one warning."""
        self.handed = Handed.to(self.operator, self.run.context, self.given)
        with self.run.working():
            try:
                attempt = self._attempt()
            except Exception as error:
                emit(Uncached.because(self._declaration.task, error))
                return None
            if attempt is None:
                return None
            self._outlets = OutletEvents(self.operator, self.run.context)
            self.run.enter(attempt)
            hand_on_hit(self.run, attempt, self._outlets)
            return attempt

    def load(self) -> None:
        """The callable runs: give it the values that its Refs stand for."""
        if self.handed is not None:
            self.handed.put()

    def watching(self, attempt: Attempt | None) -> AbstractContextManager[Pushed]:
        return nullcontext([]) if attempt is None else watching_pushes(self.run.context)

    def finish(self, attempt: Attempt | None, value: Any, pushed: Pushed) -> Any:
        """Keep a result; returns it, or its Ref."""
        if attempt is None:
            return value
        with self.run.working():
            if not keeps(attempt, pushed):
                return value
            return hand_on_result(self.run, attempt, self._outlets, value)

    @property
    def _declaration(self) -> Declaration:
        declaration: Declaration = self.operator._orchestra_cache_declaration
        return declaration

    def _attempt(self) -> Attempt | None:
        if said_to_be_effect(self.operator, self._declaration.task) or self._said_unseen():
            return None
        refs = sends_refs(self.operator)
        attempt = self.run.attempt(self._declaration, self._arguments(), refs=refs)
        # With the recipe it is known which classes the arguments are made of.
        return None if attempt is None or self._said_unseen() else attempt

    def _arguments(self) -> dict[str, Any]:
        """What is fingerprinted: results of a mapped task by content, which Airflow reads late."""
        operator, token = self.operator, wants_refs.set(True)
        try:
            positional = [changed(value, _compat.gathered) for value in operator.op_args]
            named = {name: self._gathered(name, held) for name, held in operator.op_kwargs.items()}
        finally:
            wants_refs.reset(token)
        bound = _without_uncounted(self._declaration.bind(*positional, **named))
        return counted(self._declaration, bound, self.run.terms)

    def _said_unseen(self) -> bool:
        passed = set(self.operator.op_kwargs) - set(self.given)
        warning = unseen(self._declaration, passed, self.run.terms.context)
        if warning is not None:
            emit(warning)
        return warning is not None

    def _gathered(self, name: str, value: Any) -> Any:
        # What Airflow passes counts if it says what a run is about, and was asked for by name: a
        # callable that takes all there is says by `context` what it reads of it.
        asked = name in VALUES and name in self._declaration.signature.parameters
        # Airflow passes these too, and they are what the user gave.
        dictionary = name == "templates_dict" and bool(self.operator.templates_dict)
        given = name in self.given or dictionary
        return changed(value, _compat.gathered) if given or asked else _UNCOUNTED


def _without_uncounted(arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments without those that do not count, be they by name or among the rest."""
    return {
        name: _without_uncounted(value) if type(value) is dict else value
        for name, value in arguments.items()
        if value is not _UNCOUNTED
    }
