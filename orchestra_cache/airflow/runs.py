"""What the cache is asked for one run of an operator: from what Airflow knows to an attempt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from orchestra_cache.airflow._compat import runs
from orchestra_cache.airflow.clears import mode_of, since_clear, without_asked
from orchestra_cache.airflow.inlets import inlet_components
from orchestra_cache.airflow.masking import without_masked
from orchestra_cache.airflow.telling import Telling
from orchestra_cache.airflow.terms import CacheTerms
from orchestra_cache.attempt import Attempt
from orchestra_cache.cache import Cache
from orchestra_cache.declaration import Declaration
from orchestra_cache.errors import ConfigurationError, MissingExtraError
from orchestra_cache.events import Failed, Hit, Miss, Uncached, emit
from orchestra_cache.fingerprints.recipe import Component, Recipe
from orchestra_cache.policy import Policy
from orchestra_cache.stores.bounded import quarter_of

__all__ = ["OperatorRun"]

# Which clear an entry was made after: an effect of its computation that nobody repeats.
_CLEARED = "airflow:cleared"


@dataclass
class OperatorRun:
    """One run of a cached operator in a worker.

    Attributes:
        components: What its key is made of beside a declaration, for operators without callable.
    """

    operator: Any
    context: Mapping[str, Any]
    terms: CacheTerms
    components: tuple[Component, ...] = ()
    telling: Telling = field(init=False)
    _seen: Callable[[], Recipe] | None = None
    _then: Recipe | None = None
    _inlets: tuple[Component, ...] = ()

    def __post_init__(self) -> None:
        self.telling = Telling(self.operator, self.context)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Around what the cache does for the run: it is told there, and has its share of time."""
        with self.telling.listening(), quarter_of(runs.timeout(self.operator)):
            yield

    def attempt(
        self, declaration: Declaration, arguments: Mapping[str, Any], *, refs: bool = False
    ) -> Attempt | None:
        """An attempt at the call, nothing looked up yet; None if it has no key, which was said."""
        try:
            policy = self.policy
            attempt = None if policy.mode == "off" else self._attempt(declaration, arguments, refs)
        except Exception as error:
            emit(Uncached.because(declaration.task, error))
            return None
        if attempt is None or attempt.recipe is None:
            return None
        self.telling.recipe = attempt.recipe
        if said := since_clear(self.context, self.terms.on_clear):
            attempt.effects = {_CLEARED: said}
        return attempt

    def _attempt(
        self, declaration: Declaration, arguments: Mapping[str, Any], refs: bool
    ) -> Attempt:
        return self.cache.attempt(
            declaration,
            _counted(arguments),
            policy=self.policy,
            producer=runs.producer(self.context),
            refs=refs,
            lenient=True,
            also=lambda recipe, secret: without_masked(self._added(recipe, secret), arguments),
            stays=self._stays,
        )

    def enter(self, attempt: Attempt) -> None:
        """Look up, and wait while others compute the same, for what was made since a clear."""
        if _CLEARED in attempt.effects and attempt.policy.mode != "refresh":
            # Before anybody is told of a hit that will not do.
            attempt.look()
        if not _is_outdated(attempt):
            attempt.enter()
        if _is_outdated(attempt):
            _renew(attempt)
            attempt.tell()

    def look(self, attempt: Attempt) -> None:
        """The same for a computation that has begun: nobody is told, and nobody waits."""
        attempt.look()
        if _is_outdated(attempt):
            _renew(attempt)

    @property
    def cache(self) -> Cache:
        """Where it is kept.

        Raises:
            ConfigurationError: There is no such cache.
        """
        instance = self.context["ti"]
        return self.terms.place(instance.dag_id, instance.task_id)

    @property
    def policy(self) -> Policy:
        """The declared one, with what people asked for by a clear or with the run.

        Raises:
            ConfigurationError: The run asks for something that there is not.
        """
        declared = self.terms.policy.within(runs.timeout(self.operator))
        return replace(declared, mode=mode_of(self.context, declared.mode, self.terms.on_clear))

    def end(self) -> None:
        """Write down what was used: a task's process ends without exit handlers."""
        self._last(self._flush)
        self._last(self.telling.end)

    def _last(self, do: Callable[[], None]) -> None:
        # The task is over, and what it returned is what it returned.
        try:
            do()
        except Exception as error:
            emit(Failed(str(self.operator.task_id), "", "write down what was used", error))

    def _flush(self) -> None:
        # That there is no such cache, or that it does not work, was said when it was asked.
        with suppress(ConfigurationError, MissingExtraError):
            if not self.telling.failed:
                self.cache.flush()

    def _added(self, recipe: Recipe, secret: bytes | None) -> Recipe:
        self._inlets = tuple(inlet_components(self.operator, self.context))
        declared, whole = self.terms.context, recipe.extended((*self.components, *self._inlets))
        if declared is None:
            return whole
        alone = Recipe(recipe.task, ())
        self._seen = partial(declared.added_to, alone, self.context, secret=secret)
        self._then = self._seen()
        return declared.added_to(whole, self.context, secret=secret)

    def _stays(self) -> bool:
        """Whether what was declared of the context is still so; variables and assets change."""
        if tuple(inlet_components(self.operator, self.context)) != self._inlets:
            return False
        return self._seen is None or self._seen() == self._then


def _is_outdated(attempt: Attempt) -> bool:
    """Whether what was found is what somebody wanted to be rid of."""
    said, found = attempt.effects.get(_CLEARED), attempt.found
    return bool(said) and isinstance(found, Hit) and found.effects.get(_CLEARED) != said


def _renew(attempt: Attempt) -> None:
    """Have it computed; where nothing is to be kept, everything stays as it is for others."""
    if attempt.policy.mode != "readonly":
        attempt.policy = replace(attempt.policy, mode="refresh")
        attempt.look()
    elif attempt.found is not None:
        attempt.found = Miss(attempt.found.task, attempt.found.key, "a refresh was asked for")


def _counted(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Arguments without what a run was asked to do with the cache."""
    params = arguments.get("params")
    if not isinstance(params, Mapping):
        return arguments
    return {**arguments, "params": without_asked(params)}
